"""Fonts a file carries, where what it says about them is not what the standard asks."""

from __future__ import annotations

import io
import re
import struct
import zlib

from fontTools import agl
from fontTools.cffLib import CFFFontSet
from fontTools.ttLib import TTFont, newTable
from fontTools.ttLib.tables._c_m_a_p import CmapSubtable
from pikepdf import Dictionary, Name, Object, Stream, String

from pli.kit.errors import Phrase
from pli.pdf.archival.conversion import Conversion
from pli.pdf.archival.encodings import codes_of
from pli.pdf.archival.families import plain_name
from pli.pdf.archival.programs_found import glyph_names, is_cff_sound, mend_truetype, program_of, tables, type1_parts
from pli.pdf.archival.remembered import remembered

_SYMBOLIC, _NONSYMBOLIC = 4, 32
_SUBSET = re.compile(r"/[A-Z]{6}\+")


def repair_simple_font(work: Conversion, font: Object, descriptor: Object) -> bool:
    """A Type 1 or TrueType font with its program in the file; whether the program can be read at all."""
    if font.get("/BaseFont") != descriptor.get("/FontName") and isinstance(font.get("/BaseFont"), Name):
        descriptor.FontName = font.BaseFont
    if not _is_sound(work, descriptor):
        return False
    if isinstance(descriptor.get("/FontFile2"), Stream):
        _repair_truetype(work, font, descriptor)
        return True
    if _SUBSET.match(str(font.get("/BaseFont", ""))):
        names = glyph_names(descriptor)
        if names:
            descriptor.CharSet = String("".join(f"/{name}" for name in names if name != ".notdef"))
    return True


def repair_cid_font(work: Conversion, font: Object, below: Object, descriptor: Object) -> bool:
    """A composite font with its program in the file; whether the program can be read at all."""
    if not _is_sound(work, descriptor):
        return False
    if str(below.get("/Subtype")) == "/CIDFontType2" and "/CIDToGIDMap" not in below:
        below.CIDToGIDMap = Name.Identity
    if below.get("/BaseFont") != descriptor.get("/FontName") and isinstance(below.get("/BaseFont"), Name):
        descriptor.FontName = below.BaseFont
    if not work.is_part1:
        _drop(descriptor, "/CIDSet")
    elif _SUBSET.match(str(below.get("/BaseFont", ""))):
        bits = _cid_set(below, descriptor)
        if bits is not None:
            compressed = zlib.compress(bits)
            descriptor.CIDSet = work.pdf.make_stream(compressed, Filter=Name.FlateDecode)
    return True


def _is_sound(work: Conversion, descriptor: Object) -> bool:
    """Whether a reader can load the program, small faults mended."""
    if isinstance(descriptor.get("/FontFile2"), Stream):
        is_sound = _mend_truetype(work, descriptor)
    elif isinstance(descriptor.get("/FontFile3"), Stream):
        stream = descriptor.FontFile3
        is_sound = remembered("loads", stream.read_raw_bytes(), lambda: is_cff_sound(stream.read_bytes()))
    else:
        is_sound = _measure_type1(descriptor.FontFile)
    if not is_sound:
        work.refuse(
            Phrase(
                "la police « %(font)s » du fichier est endommagée",
                font=plain_name(str(descriptor.get("/FontName", ""))),
            )
        )
    return is_sound


def _mend_truetype(work: Conversion, descriptor: Object) -> bool:
    stream = descriptor.FontFile2
    mended = remembered("mended", stream.read_raw_bytes(), lambda: mend_truetype(stream.read_bytes()))
    if mended:
        packed = zlib.compress(mended, 6)
        descriptor.FontFile2 = work.pdf.make_stream(packed, Filter=Name.FlateDecode, Length1=len(mended))
    return mended is not None


def _measure_type1(stream: Object) -> bool:
    """ISO 32000-1 table 127: how long each of the three parts is. Some files say it wrongly."""
    parts = remembered("parts", stream.read_raw_bytes(), lambda: type1_parts(stream.read_bytes()))
    if parts is None:
        return False
    told = [int(stream.get(key, 0)) for key in ("/Length1", "/Length2", "/Length3")]
    if (any(parts) and told[:2] != [*parts[:2]]) or "/Length3" not in stream:
        stream.Length1, stream.Length2, stream.Length3 = parts
    return True


def _drop(item: Object, key: str) -> None:
    if key in item:
        del item[key]


def _cid_set(below: Object, descriptor: Object) -> bytes | None:
    stream = program_of(descriptor, "/FontFile2", "/FontFile3")
    if stream is None:
        return None
    is_truetype = "/FontFile2" in descriptor
    mapping = below.get("/CIDToGIDMap")
    if is_truetype and isinstance(mapping, Stream):
        return _mapped_cids(mapping.read_bytes())

    def read() -> bytes | None:
        data = stream.read_bytes()
        return _bits(range(_glyph_count(data))) if is_truetype else _cff_cids(data)

    return remembered("cids", stream.read_raw_bytes(), read)


def _mapped_cids(mapping: bytes) -> bytes:
    gids = struct.unpack(f">{len(mapping) // 2}H", mapping[: len(mapping) // 2 * 2])
    return _bits([0, *(cid for cid, gid in enumerate(gids) if gid)])


def _cff_cids(data: bytes) -> bytes | None:
    if data[:4] == b"OTTO":
        return None
    fonts = CFFFontSet()
    fonts.decompile(io.BytesIO(data), None)
    top = fonts[0]
    if not hasattr(top, "ROS"):
        return _bits(range(len(top.charset)))
    return _bits([0, *(int(str(name)[3:]) for name in top.charset if str(name).startswith("cid"))])


def _bits(numbers: object) -> bytes:
    cids = list(numbers)  # type: ignore[call-overload]
    bits = bytearray(max(cids, default=0) // 8 + 1)
    for cid in cids:
        bits[cid // 8] |= 0x80 >> cid % 8
    return bytes(bits)


def _glyph_count(data: bytes) -> int:
    offset, _ = tables(data)[b"maxp"]
    return int(struct.unpack(">H", data[offset + 4 : offset + 6])[0])


def _cmap_kinds(data: bytes) -> list[tuple[int, int]]:
    place = tables(data).get(b"cmap")
    if place is None:
        return []
    offset = place[0]
    count = struct.unpack(">H", data[offset + 2 : offset + 4])[0]
    return [struct.unpack(">HH", data[offset + 4 + 8 * i : offset + 8 + 8 * i]) for i in range(count)]


def _repair_truetype(work: Conversion, font: Object, descriptor: Object) -> None:
    """ISO 19005-1 §6.3.7, ISO 19005-2 §6.2.11.6: how codes become glyphs must be beyond doubt."""
    flags = int(descriptor.get("/Flags", 0))
    encoding = font.get("/Encoding")
    stream = descriptor.FontFile2
    raw = stream.read_raw_bytes()
    kinds = remembered("cmap", raw, lambda: _cmap_kinds(stream.read_bytes()))
    if flags & _SYMBOLIC and encoding is None and (len(kinds) == 1 or (not work.is_part1 and (3, 0) in kinds)):
        return
    if not flags & _SYMBOLIC and kinds:
        base = encoding.get("/BaseEncoding") if isinstance(encoding, Dictionary) else encoding
        is_plain = not (isinstance(encoding, Dictionary) and "/Differences" in encoding)
        if is_plain and str(base) in ("/WinAnsiEncoding", "/MacRomanEncoding") and (3, 0) not in kinds:
            return
    codes = codes_of(font, built_in={}) if not (flags & _SYMBOLIC and (3, 0) in kinds and not _differs(font)) else {}
    rebuilt = remembered(f"rebuilt {sorted(codes.items())}", raw, lambda: _with_one_cmap(stream.read_bytes(), codes))
    new = work.pdf.make_stream(rebuilt[0], Filter=Name.FlateDecode, Length1=rebuilt[1])
    descriptor.FontFile2 = new
    descriptor.Flags = (flags & ~_NONSYMBOLIC) | _SYMBOLIC
    if encoding is not None and "/ToUnicode" not in font:
        font.ToUnicode = work.pdf.make_stream(_to_unicode(codes_of(font)))
    _drop(font, "/Encoding")
    work.note("Le codage d’une police du fichier a été remis en règle.")


def _differs(font: Object) -> bool:
    encoding = font.get("/Encoding")
    return isinstance(encoding, Dictionary) and "/Differences" in encoding


def _with_one_cmap(data: bytes, codes: dict[int, str]) -> tuple[bytes, int]:
    """The font with one cmap that leads from each code straight to its glyph, as a viewer would have found it."""
    program = TTFont(io.BytesIO(data), lazy=True, recalcTimestamp=False)
    found: dict[int, str] = {}
    subtables = {(t.platformID, t.platEncID): t.cmap for t in program["cmap"].tables} if "cmap" in program else {}
    unicode_map = subtables.get((3, 1)) or subtables.get((0, 3)) or {}
    symbol = subtables.get((3, 0), {})
    mac = subtables.get((1, 0), {})
    order = set(program.getGlyphOrder())
    for code in range(256):
        glyph = None
        if code in codes:
            name = codes[code]
            text = agl.toUnicode(name)
            glyph = unicode_map.get(ord(text)) if len(text) == 1 else None
            glyph = glyph or (name if name in order else None)
        glyph = glyph or symbol.get(0xF000 + code) or symbol.get(code) or mac.get(code)
        if glyph is not None:
            found[code] = glyph
    table = newTable("cmap")
    table.tableVersion = 0
    only = CmapSubtable.newSubtable(4)
    only.platformID, only.platEncID, only.language = 3, 0, 0
    only.cmap = {0xF000 + code: glyph for code, glyph in found.items()}
    table.tables = [only]
    program["cmap"] = table
    written = io.BytesIO()
    program.save(written, reorderTables=False)
    return zlib.compress(written.getvalue(), 6), len(written.getvalue())


def _to_unicode(codes: dict[int, str]) -> bytes:
    pairs = [(code, agl.toUnicode(name)) for code, name in sorted(codes.items())]
    lines = [f"<{code:02X}> <{text.encode('utf-16-be').hex().upper()}>" for code, text in pairs if text]
    blocks = [lines[i : i + 100] for i in range(0, len(lines), 100)]
    body = "".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar\n" for block in blocks)
    return (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
        "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
        f"1 begincodespacerange\n<00> <FF>\nendcodespacerange\n{body}"
        "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
    ).encode()
