"""The outlines that stand in for fonts a file names without carrying them: same widths as the fourteen standard ones.

Sans is Liberation Sans (SIL OFL 1.1), the others are PDFium's (BSD); the set-up unpacks them into ``standard_fonts/``.
Inside a file they are called « PliSans », « PliSerif »…: none of them may carry the name of the font it replaces.
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from fontTools import agl
from fontTools.cffLib import CFFFontSet, cffStandardStrings
from fontTools.ttLib import TTFont

from pli.pdf.archival.symbol_encodings import dingbats, symbol
from pli.pdf.errors import FontsMissing

FOLDER = Path(__file__).parent.parent / "standard_fonts"
_FILES = {
    "PliSans": "LiberationSans-Regular.ttf",
    "PliSans-Bold": "LiberationSans-Bold.ttf",
    "PliSans-Italic": "LiberationSans-Italic.ttf",
    "PliSans-BoldItalic": "LiberationSans-BoldItalic.ttf",
    "PliSerif": "FoxitSerif.pfb",
    "PliSerif-Bold": "FoxitSerifBold.pfb",
    "PliSerif-Italic": "FoxitSerifItalic.pfb",
    "PliSerif-BoldItalic": "FoxitSerifBoldItalic.pfb",
    "PliMono": "FoxitFixed.pfb",
    "PliMono-Bold": "FoxitFixedBold.pfb",
    "PliMono-Italic": "FoxitFixedItalic.pfb",
    "PliMono-BoldItalic": "FoxitFixedBoldItalic.pfb",
    "PliSymbol": "FoxitSymbol.pfb",
    "PliDingbats": "FoxitDingbats.pfb",
}
_ASCENT = {"PliSans": (905, -212, 729), "PliSerif": (683, -217, 662), "PliMono": (629, -157, 562)}


@dataclass(frozen=True)
class Metrics:
    """What a font descriptor says besides its name; thousandths of the em."""

    box: tuple[int, int, int, int]
    ascent: int
    descent: int
    cap_height: int
    italic_angle: int
    stem: int
    is_fixed: bool
    is_serif: bool
    is_symbolic: bool


class Face:
    """One face: its glyphs by their Adobe names, drawable, in thousandths of the em."""

    def __init__(self, name: str, data: bytes) -> None:
        self.name = name
        self._scale = 1.0
        self._box = (0, 0, 0, 0)
        self.raw: bytes | None = None
        self.encoding = {"PliSymbol": symbol(), "PliDingbats": dingbats()}.get(name, {})
        """What its codes mean by themselves: only fonts of symbols have such a habit."""
        if data[:4] == b"\0\1\0\0":
            self._read_truetype(TTFont(io.BytesIO(data), lazy=True))
        else:
            self._read_cff(data)
        family, _, style = name.partition("-")
        ascent, descent, cap = _ASCENT.get(family, (800, -200, 700))
        self.metrics = Metrics(
            box=self._box,
            ascent=ascent,
            descent=descent,
            cap_height=cap,
            italic_angle=-12 if "Italic" in style else 0,
            stem=140 if "Bold" in style else 80,
            is_fixed=family == "PliMono",
            is_serif=family == "PliSerif",
            is_symbolic=family in ("PliSymbol", "PliDingbats"),
        )

    def _read_truetype(self, font: Any) -> None:
        self.glyphs = font.getGlyphSet()
        self._scale = 1000 / int(font["head"].unitsPerEm)
        names = {".notdef": ".notdef"}
        for code, glyph in font.getBestCmap().items():
            names.setdefault(name_of(code), glyph)
        self._places: dict[str, str] = names
        head = font["head"]
        self._box = _whole(value * self._scale for value in (head.xMin, head.yMin, head.xMax, head.yMax))

    def _read_cff(self, data: bytes) -> None:
        fonts = CFFFontSet()
        fonts.decompile(io.BytesIO(data), None)
        top = fonts[0]
        self.raw = data
        self.glyphs = top.CharStrings
        self._places = {glyph: glyph for glyph in top.CharStrings.keys()}  # noqa: SIM118 - not a dict
        self._box = _whole(top.FontBBox)

    @property
    def scale(self) -> float:
        """From the outlines' units to thousandths of the em."""
        return self._scale

    @property
    def glyph_names(self) -> tuple[str, ...]:
        """Every glyph, in the file's order where it has one."""
        return tuple(self._places)

    def find(self, glyph: str) -> str | None:
        """The face's own name for ``glyph``: itself, or the one that shows the same character, if it has any."""
        if glyph in self._places:
            return glyph
        text = agl.toUnicode(glyph)
        if not text:
            return None
        for candidate in (text, unicodedata.normalize("NFKC", text)):
            if len(candidate) == 1 and (name := name_of(ord(candidate))) in self._places:
                return name
        return None

    def outline(self, glyph: str) -> Any:
        """A glyph that draws itself with a pen."""
        return self.glyphs[self._places[glyph]]

    @cache  # noqa: B019 - faces live as long as the process
    def width(self, glyph: str) -> int:
        """The advance, in thousandths of the em."""
        outline = self.outline(glyph)
        if self.raw is not None:
            from fontTools.pens.basePen import NullPen

            outline.draw(NullPen())
        width: float = outline.width
        return round(width * self._scale)


def _whole(values: Iterable[float]) -> tuple[int, int, int, int]:
    left, bottom, right, top = (round(value) for value in values)
    return left, bottom, right, top


@cache
def face(name: str) -> Face:
    """The face called ``name``. In a sandbox job it must have been loaded before.

    :raises FontsMissing: the set-up did not unpack it.
    """
    path = FOLDER / _FILES[name]
    if not path.is_file():
        raise FontsMissing(font=path.name)
    return Face(name, path.read_bytes())


def load_all() -> None:
    """Read every face's file: a sandbox job may not."""
    for name in _FILES:
        face(name)


@cache
def _standard_names() -> dict[int, str]:
    names: dict[int, str] = {}
    for name in cffStandardStrings[:229]:
        text = agl.toUnicode(name)
        if len(text) == 1:
            names.setdefault(ord(text), name)
    names.update({0x20AC: "Euro", 0xA0: "uni00A0", 0xAD: "uni00AD"})
    return names


@cache
def name_of(code: int) -> str:
    """The Adobe name of a character, as fonts and encodings write it."""
    return _standard_names().get(code) or agl.UV2AGL.get(code) or f"uni{code:04X}"
