"""Text that came out of a hostile file, made fit for the database: no NUL, no half characters."""

from __future__ import annotations

import json
from typing import Any


def plain(value: Any) -> Any:
    """``value`` (of what JSON carries) with every text in it harmless to store."""
    # Written out, what is not harmless is always an escape: a thousand texts are told harmless by one search.
    told = json.dumps(value)
    return _cleaned(value) if "\\u0000" in told or "\\ud" in told else value


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\x00", "").encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_cleaned(name): _cleaned(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_cleaned(inner) for inner in value]
    return value
