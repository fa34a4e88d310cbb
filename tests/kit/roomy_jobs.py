"""A job's module that loads much beforehand, as recognisers and fonts are."""

from __future__ import annotations

import ctypes
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


def has_symbol(files: Mapping[str, BinaryIO], *, name: str) -> bool:
    """Whether a function of this name is among what the process has loaded."""
    return hasattr(ctypes.CDLL(None), name)
