"""Fonts: those a file only names are replaced by ours at the widths it counts on; those it carries are put right."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from pikepdf import Array, Dictionary, Name, Object, Stream, String

from pli.kit.errors import Phrase
from pli.pdf.archival.completeness import check_shown, check_shown_pairs, complete_descriptor, complete_drawn_font
from pli.pdf.archival.conversion import Conversion
from pli.pdf.archival.encodings import codes_of, write_differences
from pli.pdf.archival.faces import Face, face
from pli.pdf.archival.families import choose_face, plain_name
from pli.pdf.archival.programs import Program, Wanted, program
from pli.pdf.archival.repairs import repair_cid_font, repair_simple_font

_PROGRAMS = ("/FontFile", "/FontFile2", "/FontFile3")


def settle_fonts(work: Conversion, fonts: Iterable[Object]) -> None:
    """Make every font of ``fonts`` fit, or say which can't be."""
    for font in fonts:
        subtype = str(font.get("/Subtype"))
        if "/Type" not in font:
            font.Type = Name.Font
        if subtype == "/Type0":
            _settle_composite(work, font)
        elif subtype in ("/Type1", "/MMType1", "/TrueType"):
            descriptor = font.get("/FontDescriptor")
            _name_its_type(descriptor)
            if isinstance(descriptor, Dictionary) and _is_embedded(descriptor):
                complete_descriptor(descriptor)
                if repair_simple_font(work, font, descriptor):
                    check_shown(work, font, descriptor)
            else:
                _replace(work, font, descriptor if isinstance(descriptor, Dictionary) else None)
        elif subtype == "/Type3":
            complete_drawn_font(work, font)


def _name_its_type(descriptor: Object | None) -> None:
    """ISO 32000-1 table 122: a descriptor says that it is one."""
    if isinstance(descriptor, Dictionary) and "/Type" not in descriptor:
        descriptor.Type = Name.FontDescriptor


def _is_embedded(descriptor: Object) -> bool:
    return any(isinstance(descriptor.get(key), Stream) for key in _PROGRAMS)


def _settle_composite(work: Conversion, font: Object) -> None:
    descendants = font.get("/DescendantFonts")
    below = descendants[0] if isinstance(descendants, Array) and len(descendants) else None
    descriptor = below.get("/FontDescriptor") if isinstance(below, Dictionary) else None
    _name_its_type(descriptor)
    if isinstance(below, Dictionary) and isinstance(descriptor, Dictionary) and _is_embedded(descriptor):
        complete_descriptor(descriptor)
        if repair_cid_font(work, font, below, descriptor):
            check_shown_pairs(work, font, below, descriptor)
        return
    work.refuse(
        Phrase(
            "la police « %(font)s » n’est pas dans le fichier et ne peut pas être remplacée (police composite)",
            font=plain_name(str(font.get("/BaseFont", ""))),
        )
    )


def _replace(work: Conversion, font: Object, descriptor: Object | None) -> None:
    name = str(font.get("/BaseFont", "/Helvetica"))
    flags = descriptor.get("/Flags", 0) if descriptor is not None else 0
    chosen = choose_face(name, int(flags))
    if chosen is None:
        work.refuse(
            Phrase("la police « %(font)s » n’est pas dans le fichier et rien ne la remplace", font=plain_name(name))
        )
        return
    drawn = face(chosen)
    codes = codes_of(font, built_in=drawn.encoding if drawn.metrics.is_symbolic else None)
    blanks = _blanks(work, font, codes, drawn)
    codes |= blanks
    asked = _asked_widths(font, descriptor)
    wanted, aliases, widths = _choose_glyphs(chosen, tuple(codes.items()), None if asked is None else tuple(asked))
    made = program(chosen, wanted)
    encoding = font.get("/Encoding")
    is_kept = isinstance(encoding, Name) and str(encoding) in ("/WinAnsiEncoding", "/MacRomanEncoding")
    if (
        not is_kept
        or blanks
        or any(codes[code] is not alias and codes[code] != alias for code, alias in aliases.items())
    ):
        font.Encoding = write_differences(aliases)
    font.Subtype = Name.Type1
    font.BaseFont = Name("/" + made.name)
    first, last = min(widths, default=32), max(widths, default=32)
    font.FirstChar, font.LastChar = first, last
    font.Widths = Array([widths.get(code, 0) for code in range(first, last + 1)])
    font.FontDescriptor = work.shared(("descriptor", made.name), lambda: _describe(work, made))
    work.note(
        Phrase("Police « %(font)s » absente du fichier : une police équivalente y a été mise.", font=plain_name(name))
    )


def _blanks(work: Conversion, font: Object, codes: dict[int, str], drawn: Face) -> dict[int, str]:
    """Control characters and other codes shown without any glyph: viewers leave them blank, and a glyph must say so."""
    shown = work.shown.codes(font) if work.shown else ()
    # A predefined encoding has its spaces that do not break under a name of their own in some readers.
    return {
        code: "space" for code in shown
        if code not in codes or (code != 32 and codes[code] == "space") or drawn.find(codes[code]) in (None, ".notdef")
    }  # fmt: skip


def _asked_widths(font: Object, descriptor: Object | None) -> list[int] | None:
    """The advances the file lays its text out with; None when it relies on those of a standard font."""
    widths = font.get("/Widths")
    if not isinstance(widths, Array):
        return None
    first = int(font.get("/FirstChar", 0))
    missing = int(descriptor.get("/MissingWidth", 0)) if descriptor is not None else 0
    asked = [missing] * 256
    for index, width in enumerate(widths.as_list()):
        if 0 <= first + index < 256:
            asked[first + index] = round(float(width))
    return asked


@lru_cache(maxsize=256)
def _choose_glyphs(
    chosen: str, codes: tuple[tuple[int, str], ...], asked: tuple[int, ...] | None
) -> tuple[Wanted, dict[int, str], dict[int, int]]:
    """The glyphs to build, the name each code then has, and its width. A glyph asked at two widths is built twice.

    Remembered, and never changed by who gets it: a run's documents ask the same again and again.
    """
    drawn = face(chosen)
    wanted: dict[str, tuple[str, int | None]] = {}
    aliases: dict[int, str] = {}
    widths: dict[int, int] = {}
    for code, name in sorted(codes):
        glyph = drawn.find(name)
        if glyph is None:
            continue
        own = drawn.width(glyph)
        width = own if asked is None else asked[code]
        target = None if width == own else width
        alias = name if wanted.get(name, (glyph, target)) == (glyph, target) else f"{name}.w{width}"
        wanted[alias] = (glyph, target)
        aliases[code], widths[code] = alias, width
    return tuple((alias, *wanted[alias]) for alias in sorted(wanted)), aliases, widths


def _describe(work: Conversion, made: Program) -> Object:
    stream = work.pdf.make_stream(made.data)
    stream.Filter = Name.FlateDecode
    stream.Subtype = Name.Type1C
    metrics = made.metrics
    flags = (1 if metrics.is_fixed else 0) | (2 if metrics.is_serif else 0) | (64 if metrics.italic_angle else 0)
    return Dictionary(
        Type=Name.FontDescriptor,
        FontName=Name("/" + made.name),
        Flags=flags | (4 if metrics.is_symbolic else 32),
        FontBBox=Array(list(metrics.box)),
        ItalicAngle=metrics.italic_angle,
        Ascent=metrics.ascent,
        Descent=metrics.descent,
        CapHeight=metrics.cap_height,
        StemV=metrics.stem,
        CharSet=String(made.char_set),
        FontFile3=stream,
    )
