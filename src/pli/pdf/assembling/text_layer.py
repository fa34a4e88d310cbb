"""Invisible text over a scan: it can be searched and copied, and the picture is what it was.

The font draws nothing: one glyph without ink that every character leads to, and a table from codes to characters.
"""

from __future__ import annotations

import io
import unicodedata
import zlib
from collections.abc import Iterable
from functools import cache
from typing import Protocol

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from pikepdf import Array, Dictionary, Name, Object, Pdf, String

from pli.pdf.assembling.views import Box, draw, find_resource, name_resource, seen

_RESOURCE = "PliText"
_ADVANCE = 500
_FORBIDDEN = frozenset({0xFEFF, 0xFFFE, 0xFFFF})


class PlacedWord(Protocol):
    """A word and where it stands on the page as seen."""

    @property
    def text(self) -> str: ...

    @property
    def box(self) -> Box: ...


def add_text_layer(pdf: Pdf, page_index: int, words: Iterable[PlacedWord]) -> None:
    """Write ``words`` invisibly over a page (from 0), each stretched to its box; fit for PDF/A of any part."""
    page = pdf.pages[page_index]
    view = seen(page)
    lines = []
    for word in words:
        coded = _coded(word.text)
        left, bottom, width, height = view.place(word.box)
        if not coded or width <= 0 or height <= 0:
            continue
        natural = len(coded) / 2 * _ADVANCE / 1000 * height
        lines.append(
            f"{100 * width / natural:.2f} Tz /{_RESOURCE} {height:.2f} Tf "
            f"1 0 0 1 {left:.2f} {bottom + height / 5:.2f} Tm <{coded.hex()}> Tj"
        )
    if not lines:
        return
    font = find_resource(pdf, page_index + 1, "/Font", _RESOURCE)
    name_resource(page, "/Font", _RESOURCE, font if font is not None else pdf.make_indirect(_font(pdf)))
    draw(page, ("BT 3 Tr\n" + "\n".join(lines) + "\nET").encode(), wrapped=False)


def _coded(text: str) -> bytes:
    """UTF-16 without what lies outside the first plane or cannot be shown."""
    kept = [
        character if ord(character) < 0x10000 else "?"
        for character in unicodedata.normalize("NFC", text)
        if unicodedata.category(character) not in ("Cc", "Cs", "Co") and ord(character) not in _FORBIDDEN
    ]
    return "".join(kept).encode("utf-16-be")


def _font(pdf: Pdf) -> Object:
    data = _program()
    file = pdf.make_stream(zlib.compress(data, 9), Dictionary(Filter=Name.FlateDecode, Length1=len(data)))
    descriptor = Dictionary(
        Type=Name.FontDescriptor,
        FontName=Name("/PliText"),
        Flags=4,
        FontBBox=Array([0, 0, _ADVANCE, 1000]),
        ItalicAngle=0,
        Ascent=1000,
        Descent=0,
        CapHeight=1000,
        StemV=80,
        FontFile2=file,
    )
    below = Dictionary(
        Type=Name.Font,
        Subtype=Name.CIDFontType2,
        BaseFont=Name("/PliText"),
        CIDSystemInfo=Dictionary(Registry=String("Adobe"), Ordering=String("Identity"), Supplement=0),
        CIDToGIDMap=pdf.make_stream(zlib.compress(b"\0\1" * 65536, 9), Dictionary(Filter=Name.FlateDecode)),
        DW=_ADVANCE,
        FontDescriptor=pdf.make_indirect(descriptor),
    )
    return Dictionary(
        Type=Name.Font,
        Subtype=Name.Type0,
        BaseFont=Name("/PliText"),
        Encoding=Name("/Identity-H"),
        DescendantFonts=Array([pdf.make_indirect(below)]),
        ToUnicode=pdf.make_stream(zlib.compress(_to_unicode(), 9), Dictionary(Filter=Name.FlateDecode)),
    )


@cache
def _program() -> bytes:
    """A TrueType font of two glyphs without ink."""
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "blank"])
    builder.setupCharacterMap({0x20: "blank"})
    # A line there and back: no ink, but a height, without which some readers pass over the word on a turned page.
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    pen.lineTo((_ADVANCE, 1000))
    pen.closePath()
    blank = pen.glyph()
    builder.setupGlyf({".notdef": blank, "blank": blank})
    builder.setupHorizontalMetrics({".notdef": (_ADVANCE, 0), "blank": (_ADVANCE, 0)})
    builder.setupHorizontalHeader(ascent=1000, descent=0)
    builder.setupNameTable({"familyName": "PliText", "styleName": "Regular", "psName": "PliText"})
    builder.setupOS2()
    builder.setupPost()
    builder.font["head"].created = builder.font["head"].modified = 0
    builder.font.recalcTimestamp = False
    written = io.BytesIO()
    builder.save(written)
    return written.getvalue()


@cache
def _to_unicode() -> bytes:
    """Each code is its character: a range for each high byte, as ranges may not cross it."""
    ranges = []
    for high in range(256):
        if 0xD8 <= high <= 0xDF:
            continue
        low, top = (0x20 if high == 0 else 0), (0xFD if high == 0xFF else 0xFE if high == 0xFE else 0xFF)
        ranges.append(f"<{high:02X}{low:02X}> <{high:02X}{top:02X}> <{high:02X}{low:02X}>")
    blocks = [ranges[start : start + 100] for start in range(0, len(ranges), 100)]
    body = "".join(f"{len(block)} beginbfrange\n" + "\n".join(block) + "\nendbfrange\n" for block in blocks)
    return (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
        "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
        f"1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n{body}"
        "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
    ).encode()
