"""A job's module that loads much beforehand, as recognisers and fonts are."""

from __future__ import annotations

import mmap
from collections.abc import Mapping
from typing import BinaryIO

LOADED = 600 << 20
_kept: list[mmap.mmap] = []


def prepare_sandbox() -> None:
    """Take room in the server."""
    _kept.append(mmap.mmap(-1, LOADED))


def take(files: Mapping[str, BinaryIO], *, size: int) -> int:
    """Take ``size`` bytes more."""
    return len(bytearray(size))
