"""Font programs built from a face, glyph by glyph with the widths a file asks for; each built once per process."""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass
from functools import lru_cache

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.pens.transformPen import TransformPen

from pli.pdf.archival.encodings import win_ansi
from pli.pdf.archival.faces import Face, Metrics, face, load_all

Wanted = tuple[tuple[str, str, int | None], ...]
"""(glyph's name in the program, the face's glyph, its width or None for the face's own)."""
# A glyph is drawn at most this much narrower or wider than the face has it; beyond, only its advance follows.
_NARROWEST, _WIDEST = 0.55, 1.8


@dataclass(frozen=True)
class Program:
    """A Type 1C font program, deflated, with what a PDF font must say about it."""

    name: str
    data: bytes
    char_set: str
    metrics: Metrics


@lru_cache(maxsize=256)
def program(face_name: str, wanted: Wanted) -> Program:
    """The program with exactly the ``wanted`` glyphs.

    :raises FontsMissing: the face is not installed.
    """
    drawn = face(face_name)
    digest = hashlib.sha256(repr((face_name, wanted)).encode()).digest()
    tag = "".join(chr(65 + byte % 26) for byte in digest[:6])
    name = f"{tag}+{face_name}"
    if drawn.raw is not None and all(width is None or width == drawn.width(glyph) for _, glyph, width in wanted):
        glyphs = drawn.glyph_names
        data = drawn.raw
        if all(alias == glyph for alias, glyph, _ in wanted):
            return Program(face_name, zlib.compress(data, 9), _char_set(glyphs), drawn.metrics)
    data = _compile(face_name, drawn, wanted)
    return Program(name, zlib.compress(data, 9), _char_set([alias for alias, _, _ in wanted]), drawn.metrics)


def _char_set(glyphs: tuple[str, ...] | list[str]) -> str:
    return "".join(f"/{glyph}" for glyph in glyphs if glyph != ".notdef")


def _compile(name: str, drawn: Face, wanted: Wanted) -> bytes:
    strings = {".notdef": _draw(drawn, ".notdef", None)}
    for alias, glyph, width in wanted:
        if alias != ".notdef":
            strings[alias] = _draw(drawn, glyph, width)
    builder = FontBuilder(1000, isTTF=False)
    builder.setupGlyphOrder(list(strings))
    builder.setupCFF(name, {"FontBBox": list(drawn.metrics.box)}, strings, {})
    return bytes(builder.font["CFF "].compile(builder.font))


def _draw(drawn: Face, glyph: str, width: int | None) -> object:
    own = drawn.width(glyph)
    stretch = width / own if width and own and abs(width - own) > 1 else 1.0
    stretch = min(max(stretch, _NARROWEST), _WIDEST)
    pen = T2CharStringPen(own if width is None else width, drawn.glyphs)
    scale = drawn.scale
    drawn.outline(glyph).draw(TransformPen(pen, (scale * stretch, 0, 0, scale, 0, 0)))
    return pen.getCharString()


def warm() -> None:
    """Load the faces and build what nearly every old file asks for: Helvetica and its bold in WinAnsiEncoding."""
    load_all()
    for name in ("PliSans", "PliSans-Bold"):
        program(name, every_code(name, win_ansi()))


def every_code(face_name: str, codes: dict[int, str]) -> Wanted:
    """The glyphs of an encoding at the face's own widths."""
    drawn = face(face_name)
    found = dict.fromkeys(place for glyph in codes.values() if (place := drawn.find(glyph)))
    return tuple((glyph, glyph, None) for glyph in sorted(found))
