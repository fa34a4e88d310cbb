"""What was found about a font program, kept for the next file that carries the same: a run's files mostly do."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
_known: OrderedDict[tuple[str, bytes], object] = OrderedDict()
_MOST_KNOWN = 512


def remembered(kind: str, raw: bytes, make: Callable[[], T]) -> T:
    """What ``make`` found about the program whose stored bytes are ``raw``."""
    key = (kind, hashlib.sha256(raw).digest())
    if key not in _known:
        _known[key] = make()
        if len(_known) > _MOST_KNOWN:
            _known.popitem(last=False)
    return _known[key]  # type: ignore[return-value]
