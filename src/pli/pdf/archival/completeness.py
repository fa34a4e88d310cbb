"""Fonts a file carries, held against what the file shows with them: every glyph there, at the width it is set with.

PDFBox Preflight looks at this where page-validation does not. What can be told without touching the font is put right;
a font that lacks what is shown keeps the file as it came.
"""

from __future__ import annotations

import io
import re
from hashlib import sha256

from fontTools.cffLib import CFFFontSet
from fontTools.encodings.StandardEncoding import StandardEncoding
from pikepdf import Array, Dictionary, Name, Object, Stream

from pli.kit.errors import Phrase
from pli.pdf.archival.conversion import Conversion
from pli.pdf.archival.encodings import codes_of, named, write_differences
from pli.pdf.archival.families import plain_name
from pli.pdf.archival.programs_found import cff_widths, glyph_names, outlined_widths, program_of
from pli.pdf.archival.remembered import remembered

_TYPE1_ENCODED = re.compile(rb"\bdup\s+(\d{1,3})\s*/([!-.0-~]+)\s+put\b")
_PREDEFINED = ("/WinAnsiEncoding", "/MacRomanEncoding", "/StandardEncoding", "/MacExpertEncoding")
_MOST_APART = 1.0
"""Thousandths of the em by which a width may differ from the font's own (ISO 19005-1 §6.3.6, as judges read it)."""
_BLANK = "PliBlank"


def complete_descriptor(descriptor: Object) -> None:
    """ISO 32000-1 table 122: what a descriptor must say, from what it does say of the same font."""
    box = descriptor.get("/FontBBox")
    sides = (
        [float(side) for side in box.as_list()] if isinstance(box, Array) and len(box) == 4 else [0, -200, 1000, 900]
    )
    defaults = {"/Ascent": sides[3], "/Descent": sides[1], "/CapHeight": sides[3], "/ItalicAngle": 0, "/StemV": 80}
    for key, value in (defaults | ({} if isinstance(box, Array) else {"/FontBBox": Array(sides)})).items():
        if key not in descriptor:
            descriptor[key] = value if isinstance(value, Array) else round(value)
    if "/Flags" not in descriptor:
        descriptor.Flags = 32


def check_shown(work: Conversion, font: Object, descriptor: Object) -> None:
    """A Type 1 font: every code shown leads to a glyph of the font, and has a width."""
    encoding = font.get("/Encoding")
    if isinstance(encoding, Name) and str(encoding) not in _PREDEFINED:
        del font["/Encoding"]
    if isinstance(descriptor.get("/FontFile2"), Stream) or work.shown is None:
        return
    if not isinstance(font.get("/Widths"), Array) or "/FirstChar" not in font or "/LastChar" not in font:
        _refuse(work, font, "la police « %(font)s » du fichier ne dit pas la largeur de ses lettres")
        return
    shown = work.shown.codes(font)
    if not shown:
        return
    names = glyph_names(descriptor)
    # A predefined encoding stands before the program's own.
    codes = codes_of(font, built_in=None if isinstance(font.get("/Encoding"), Name) else _built_in_codes(descriptor))
    if names and any(codes.get(code, ".notdef") not in names - {".notdef"} for code in shown):
        _refuse(work, font, "la police « %(font)s » du fichier n’a pas toutes les lettres écrites avec elle")
    _check_widths(work, font, descriptor, {code: codes[code] for code in shown if code in codes})


def _check_widths(work: Conversion, font: Object, descriptor: Object, shown: dict[int, str]) -> None:
    first, last = int(font.FirstChar), int(font.LastChar)
    told, missing = font.Widths.as_list(), float(descriptor.get("/MissingWidth", 0))
    if isinstance(descriptor.get("/FontFile3"), Stream):
        stream = descriptor.FontFile3
        own = remembered("widths", stream.read_raw_bytes(), lambda: cff_widths(stream.read_bytes()))
        for code, name in shown.items():
            set_with = float(told[code - first]) if 0 <= code - first < len(told) else missing
            if name in own and abs(own[name] - set_with) >= _MOST_APART:
                _refuse(work, font, "la police « %(font)s » du fichier n’a pas les largeurs que le document lui donne")
                return
    if "/MissingWidth" not in descriptor and any(not first <= code <= last for code in shown):
        _refuse(work, font, "la police « %(font)s » du fichier ne dit pas la largeur de ses lettres")


def check_shown_pairs(work: Conversion, font: Object, below: Object, descriptor: Object) -> None:
    """A composite font: its program is of a kind such fonts have, and is laid out at its own widths."""
    if isinstance(descriptor.get("/FontFile"), Stream):
        _refuse(work, font, "la police « %(font)s » du fichier est endommagée")
        return
    if _is_straight(font, below) and work.shown and work.shown.may_have_notdef and 0 in work.shown.pairs(font):
        _refuse(work, font, "la police « %(font)s » du fichier n’a pas toutes les lettres écrites avec elle")
    stream = descriptor.get("/FontFile2")
    if not isinstance(stream, Stream) or work.shown is None or not _is_straight(font, below):
        return
    widths, usual = below.get("/W", Array()), float(below.get("/DW", 1000))
    kind = f"apart {usual} {sha256(widths.unparse()).hexdigest()}"
    apart = remembered(kind, stream.read_raw_bytes(), lambda: _apart(stream.read_bytes(), widths, usual))
    if apart and apart & work.shown.pairs(font):
        _refuse(work, font, "la police « %(font)s » du fichier n’a pas les largeurs que le document lui donne")


def _is_straight(font: Object, below: Object) -> bool:
    """Whether the codes shown are the numbers of the glyphs themselves, as nearly every program writes them."""
    return font.get("/Encoding") == Name("/Identity-H") and below.get("/CIDToGIDMap", Name.Identity) == Name.Identity


def _apart(data: bytes, widths: Object, usual: float) -> frozenset[int]:
    """The glyphs whose own width is not the one the file sets them with."""
    told = _told_widths(list(widths.as_list()))
    own = outlined_widths(data)
    return frozenset(gid for gid, width in own.items() if abs(told.get(gid, usual) - width) > _MOST_APART)


def _told_widths(entries: list[Object]) -> dict[int, float]:
    """A /W array (ISO 32000-1 §9.7.4.3): a first number and its widths, or two numbers and theirs."""
    told: dict[int, float] = {}
    at = 0
    while at + 1 < len(entries):
        first, following = int(entries[at]), entries[at + 1]
        if isinstance(following, Array):
            told.update(enumerate(map(float, following.as_list()), first))
            at += 2
        elif at + 2 < len(entries):
            told.update(dict.fromkeys(range(first, min(int(following), 65535) + 1), float(entries[at + 2])))
            at += 3
        else:
            break
    return told


def _refuse(work: Conversion, font: Object, reason: str) -> None:
    work.refuse(Phrase(reason, font=plain_name(str(font.get("/BaseFont", "")))))


def _built_in_codes(descriptor: Object) -> dict[int, str]:
    """What the codes of a font program mean by themselves."""
    stream = program_of(descriptor, "/FontFile3", "/FontFile")
    if stream is None:
        return {}
    is_cff = "/FontFile3" in descriptor

    def read() -> dict[int, str]:
        data = stream.read_bytes()
        return _cff_codes(data) if is_cff else _type1_codes(data)

    return remembered("codes", stream.read_raw_bytes(), read)


def _cff_codes(data: bytes) -> dict[int, str]:
    fonts = CFFFontSet()
    fonts.decompile(io.BytesIO(data), None)
    encoding = fonts[0].Encoding
    table = StandardEncoding if isinstance(encoding, str) else encoding
    return {code: str(name) for code, name in enumerate(table) if name != ".notdef"}


def _type1_codes(data: bytes) -> dict[int, str]:
    clear = data[: data.find(b"eexec")]
    told = {int(code): name.decode("latin-1") for code, name in _TYPE1_ENCODED.findall(clear)}
    return told or named("/StandardEncoding")


def complete_drawn_font(work: Conversion, font: Object) -> None:
    """A font whose letters are drawings (Type 3): each code names its own, and what is shown without one is blank."""
    procedures = font.get("/CharProcs")
    if not isinstance(procedures, Dictionary) or work.shown is None:
        return
    encoding = font.get("/Encoding")
    codes = {code: name for code, name in codes_of(font, built_in={}).items() if f"/{name}" in procedures}
    widths, first = font.get("/Widths"), int(font.get("/FirstChar", 0))
    told: dict[int, float] = {}
    if isinstance(widths, Array):
        told = dict(enumerate(map(float, widths.as_list()), first))
    missing = work.shown.codes(font) - codes.keys()
    has_base = isinstance(encoding, Name) or (isinstance(encoding, Dictionary) and "/BaseEncoding" in encoding)
    if not missing and not has_base:
        return
    for code in missing:
        name = f"{_BLANK}{code}"
        width = told.setdefault(code, 0)
        procedures[f"/{name}"] = work.pdf.make_stream(b"%g 0 d0\n" % width)
        codes[code] = name
    font.Encoding = write_differences(codes)
    font.FirstChar, font.LastChar = min(told, default=0), max(told, default=0)
    font.Widths = Array([told.get(code, 0) for code in range(font.FirstChar, font.LastChar + 1)])
