"""Colour profiles: sRGB made here (IEC 61966-2-1, as an ICC version 2 matrix profile), and one for device CMYK."""

from __future__ import annotations

import struct
import zlib
from functools import cache
from pathlib import Path

from pli.pdf.errors import FontsMissing

CMYK_FILE = Path(__file__).parent.parent / "profiles" / "CGATS001Compat-v2-micro.icc"
# sRGB primaries and white adapted to D50, as every sRGB profile has them.
_COLOURS = {
    b"wtpt": (0.9642, 1.0, 0.8249),
    b"rXYZ": (0.43607, 0.22249, 0.01392),
    b"gXYZ": (0.38515, 0.71687, 0.09708),
    b"bXYZ": (0.14307, 0.06061, 0.7141),
}
_CURVE_POINTS = 1024


@cache
def srgb() -> bytes:
    """An ICC 2.1 display profile of sRGB: what PDF 1.4, and so PDF/A-1, understands."""
    tags = {tag: _xyz(*value) for tag, value in _COLOURS.items()}
    tags[b"desc"] = _description("sRGB IEC61966-2.1")
    tags[b"cprt"] = b"text\0\0\0\0No copyright, use freely\0"
    curve = b"curv\0\0\0\0" + struct.pack(f">L{_CURVE_POINTS}H", _CURVE_POINTS, *_curve())
    shared = (b"rTRC", b"gTRC", b"bTRC")
    offset = 128 + 4 + 12 * (len(tags) + len(shared))
    table, body = b"", b""
    for tag, data in tags.items():
        table += struct.pack(">4sLL", tag, offset + len(body), len(data))
        body += data + b"\0" * (-len(data) % 4)
    for tag in shared:
        table += struct.pack(">4sLL", tag, offset + len(body), len(curve))
    body += curve
    count = struct.pack(">L", len(tags) + len(shared))
    return _header(offset + len(body)) + count + table + body


@cache
def srgb_deflated() -> bytes:
    """The same, as it goes into a file."""
    return zlib.compress(srgb(), 9)


@cache
def cmyk() -> bytes:
    """What device CMYK means where nobody said: the common printing condition CGATS TR 001.

    :raises FontsMissing: the set-up did not unpack it.
    """
    if not CMYK_FILE.is_file():
        raise FontsMissing(font=CMYK_FILE.name)
    return CMYK_FILE.read_bytes()


def _header(size: int) -> bytes:
    date = struct.pack(">6H", 2026, 1, 1, 0, 0, 0)
    white = b"".join(_fixed(value) for value in (0.9642, 1.0, 0.8249))
    start = struct.pack(">LLL4s4s4s", size, 0, 0x02100000, b"mntr", b"RGB ", b"XYZ ")
    return (start + date + b"acsp" + b"\0" * 28 + white).ljust(128, b"\0")


def _fixed(value: float) -> bytes:
    return struct.pack(">l", round(value * 65536))


def _xyz(x: float, y: float, z: float) -> bytes:
    return b"XYZ \0\0\0\0" + _fixed(x) + _fixed(y) + _fixed(z)


def _description(text: str) -> bytes:
    raw = text.encode() + b"\0"
    return b"desc\0\0\0\0" + struct.pack(">L", len(raw)) + raw + b"\0" * (4 + 4 + 2 + 1 + 67)


def _curve() -> list[int]:
    points = []
    for index in range(_CURVE_POINTS):
        value = index / (_CURVE_POINTS - 1)
        linear = value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        points.append(round(linear * 65535))
    return points
