"""Text that came out of a hostile file, made fit for the database: no NUL, no half characters."""

from __future__ import annotations

from typing import Any


def plain(value: Any) -> Any:
    """``value`` (of what JSON carries) with every text in it harmless to store."""
    if isinstance(value, str):
        if value.isascii() and "\x00" not in value:
            return value
        return value.replace("\x00", "").encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {plain(name): plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value
