"""Whether the TrueType programs a file carries are ones a reader can load."""

from __future__ import annotations

import struct
from collections.abc import Mapping

# ISO 32000-1 §9.9: what a TrueType program in a PDF needs; the bytes of each that are read whatever is drawn.
_LEAST: Mapping[bytes, int] = {b"head": 54, b"hhea": 36, b"maxp": 6, b"hmtx": 4, b"loca": 2, b"glyf": 0}
_VERSIONS = (b"\0\1\0\0", b"true")


def tables(data: bytes) -> dict[bytes, tuple[int, int]]:
    """Where each table of a TrueType program is: (offset, length)."""
    count = struct.unpack(">H", data[4:6])[0]
    found = {}
    for index in range(count):
        tag, _, offset, length = struct.unpack(">4sLLL", data[12 + 16 * index : 28 + 16 * index])
        found[tag] = (offset, length)
    return found


def can_be_loaded(data: bytes) -> bool:
    """Whether the tables any reader begins with are there. Widths cut short are usual in subsets, and are followed."""
    if data[:4] not in _VERSIONS:
        return False
    try:
        found = tables(data)
    except struct.error:
        return False
    return all(
        tag in found and found[tag][1] >= least and found[tag][0] + least <= len(data) for tag, least in _LEAST.items()
    )
