"""The font programs a file carries: whether a reader can load them, small faults mended, and what they hold."""

from __future__ import annotations

import contextlib
import io
import re
import struct
from collections.abc import Mapping

from fontTools.cffLib import CFFFontSet
from fontTools.misc.eexec import decrypt
from fontTools.pens.basePen import NullPen
from pikepdf import Object, Stream

from pli.pdf.archival.remembered import remembered

# ISO 32000-1 §9.9: what a TrueType program in a PDF needs; the bytes of each that are read whatever is drawn.
_LEAST: Mapping[bytes, int] = {b"head": 54, b"hhea": 36, b"maxp": 6, b"hmtx": 4, b"loca": 2, b"glyf": 0}
_VERSIONS = (b"\0\1\0\0", b"true")
_TYPE1_GLYPH = re.compile(rb"/([!-.0-~]+)\s+\d+\s+(?:RD|-\||\S{1,3}) ")
_TYPE1_END = re.compile(rb"\s*(?:0\s*){400,}cleartomark\s*$")
_PFB = b"\x80\1"
_POST_2, _POST_3, _POST_HEAD = b"\0\2\0\0", b"\0\3\0\0", 34


def tables(data: bytes) -> dict[bytes, tuple[int, int]]:
    """Where each table of a TrueType program is: (offset, length)."""
    count = struct.unpack(">H", data[4:6])[0]
    found = {}
    for index in range(count):
        tag, _, offset, length = struct.unpack(">4sLLL", data[12 + 16 * index : 28 + 16 * index])
        found[tag] = (offset, length)
    return found


def mend_truetype(data: bytes) -> bytes | None:
    """The program mended: empty when it needs no mending, None when no reader can begin with it.

    Widths cut short are usual in subsets, and are followed. An odd word for how long the places of glyphs are, and
    names of glyphs that are not there, are told as viewers take them.
    """
    try:
        found = tables(data)
    except struct.error:
        return None
    if data[:4] not in _VERSIONS or not all(
        tag in found and found[tag][1] >= least and found[tag][0] + least <= len(data) for tag, least in _LEAST.items()
    ):
        return None
    mended = bytearray(data)
    glyphs = struct.unpack_from(">H", data, found[b"maxp"][0] + 4)[0]
    at = found[b"head"][0] + 50
    length = len(data) - found[b"loca"][0]
    is_long = struct.unpack_from(">H", data, at)[0]
    if is_long > 1:
        is_long = 1  # As FreeType and so most viewers take it.
        struct.pack_into(">H", mended, at, is_long)
    if length < (4 if is_long else 2) * (glyphs + 1):
        return None
    _mend_names(mended, found.get(b"post"))
    return b"" if mended == data else bytes(mended)


def _mend_names(program: bytearray, place: tuple[int, int] | None) -> None:
    """Glyphs' names that are announced and not there: none at all. Nothing in a PDF is found by them."""
    if place is None or program[place[0] : place[0] + 4] != _POST_2:
        return
    start, length = place[0], min(place[1], len(program) - place[0])
    count = struct.unpack_from(">H", program, start + 32)[0] if length >= _POST_HEAD else 0xFFFF
    if _POST_HEAD + 2 * count > length:
        program[start : start + 4] = _POST_3


def outlined_widths(data: bytes) -> dict[int, float]:
    """The widths, in thousandths of the em, of the glyphs that have an outline."""
    found = tables(data)
    unit = struct.unpack_from(">H", data, found[b"head"][0] + 18)[0] or 1000
    is_long = struct.unpack_from(">H", data, found[b"head"][0] + 50)[0]
    glyphs = struct.unpack_from(">H", data, found[b"maxp"][0] + 4)[0]
    measured = struct.unpack_from(">H", data, found[b"hhea"][0] + 34)[0]
    start, length = found[b"hmtx"]
    measured = min(measured, length // 4, (len(data) - start) // 4, glyphs)
    if not measured:
        return {}
    advances = struct.unpack_from(f">{2 * measured}H", data, start)[::2]
    places = struct.unpack_from(f">{glyphs + 1}{'L' if is_long else 'H'}", data, found[b"loca"][0])
    return {
        gid: advances[min(gid, measured - 1)] * 1000 / unit for gid in range(glyphs) if places[gid + 1] > places[gid]
    }


def is_cff_sound(data: bytes) -> bool:
    """Whether a CFF program (or an OpenType one around it) holds together, as any reader reads it."""
    if data[:4] == b"OTTO":
        return True
    if data[:1] != b"\1" or data[2:3] != b"\4":
        return False
    fonts = CFFFontSet()
    try:
        fonts.decompile(io.BytesIO(data), None)
        top = fonts[0]
        below = list(top.FDArray) if hasattr(top, "FDArray") else [top]
        has_private = all("Private" in one.rawDict and one.Private.rawDict is not None for one in below)
        return has_private and len(top.CharStrings) > 0
    except Exception:  # noqa: BLE001 - a broken program breaks its reader in any way
        return False


def cff_widths(data: bytes) -> dict[str, float]:
    """The widths of the glyphs of a CFF program, in thousandths of the em; none where its units are its own."""
    if data[:4] == b"OTTO":
        return {}
    fonts = CFFFontSet()
    fonts.decompile(io.BytesIO(data), None)
    top = fonts[0]
    if hasattr(top, "FDArray"):
        return {}
    scale = top.FontMatrix[0] * 1000
    widths = {}
    for name in top.CharStrings.keys():  # noqa: SIM118 - not a dict
        with contextlib.suppress(Exception):  # A glyph that can't be drawn has no width to speak of.
            glyph = top.CharStrings[name]
            glyph.draw(NullPen())
            widths[str(name)] = glyph.width * scale
    return widths


def type1_parts(data: bytes) -> tuple[int, int, int] | None:
    """How long the clear, the hidden and the closing part of a Type 1 program are; None without any hidden part. One in
    the segments of a PFB file, which readers take out of them, is not measured: zeroes."""
    if data[:2] == _PFB:
        return 0, 0, 0
    place = data.find(b"eexec")
    if place < 0 or not data.lstrip().startswith(b"%!"):
        return None
    clear = place + len(b"eexec")
    while data[clear : clear + 1] in (b" ", b"\r", b"\n", b"\t"):
        clear += 1
    end = _TYPE1_END.search(data, clear)
    hidden = (end.start() if end else len(data)) - clear
    return (clear, hidden, len(data) - clear - hidden) if hidden > 0 else None


def program_of(descriptor: Object, *keys: str) -> Stream | None:
    """The program under the first of ``keys`` that has one. Never asked by its truth: a new stream is false."""
    for key in keys:
        stream = descriptor.get(key)
        if isinstance(stream, Stream):
            return stream
    return None


def glyph_names(descriptor: Object) -> frozenset[str]:
    """The names of the glyphs of a Type 1 or CFF program; none when it has no names."""
    stream = program_of(descriptor, "/FontFile3", "/FontFile")
    if stream is None:
        return frozenset()
    is_cff = "/FontFile3" in descriptor

    def read() -> frozenset[str]:
        data = stream.read_bytes()
        return frozenset(_cff_names(data) if is_cff else _type1_names(data, int(stream.get("/Length1", 0))))

    return remembered("names", stream.read_raw_bytes(), read)


def _cff_names(data: bytes) -> list[str]:
    if data[:4] == b"OTTO":
        return []
    fonts = CFFFontSet()
    fonts.decompile(io.BytesIO(data), None)
    return [str(name) for name in fonts[0].CharStrings.keys()]  # noqa: SIM118 - not a dict


def _type1_names(data: bytes, clear: int) -> list[str]:
    start = data.find(b"eexec") + 5
    if start < 5:
        start = clear
    while data[start : start + 1] in (b" ", b"\r", b"\n", b"\t"):
        start += 1
    hidden = data[start:]
    if re.fullmatch(rb"[0-9A-Fa-f\s]{8}", hidden[:8]):
        hidden = bytes.fromhex(re.sub(rb"[^0-9A-Fa-f]", b"", hidden)[: len(hidden) // 2 * 2].decode())
    opened, _ = decrypt(hidden, 55665)
    place = opened.find(b"/CharStrings")
    return [match.group(1).decode("latin-1") for match in _TYPE1_GLYPH.finditer(opened, max(place, 0) + 12)]
