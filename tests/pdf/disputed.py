"""Files on which PDF/A judges disagree: PDFBox Preflight refuses what page-validation lets pass."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, String

from pli.pdf.archival.programs_found import tables
from tests.pdf.nasty import page, saved
from tests.pdf.producers import reportlab_embedded


def repairable() -> bytes:
    """Control characters and a space that does not break in a font that is only named; a comment stuck to an operator;
    a form whose resources name itself; a picture drawn that is not there; a stencil with colours; an opening that leads
    nowhere; a destination wrapped in a dictionary; bookmarks that tell their neighbours wrongly."""
    pdf = page(
        b"BT /F1 14 Tf 60 700 Td (Facture\\240n\\260 42\\n\\000) Tj ET\n0 0 10 10 re%a comment\nf\n"
        b"q 50 0 0 50 60 600 cm /Form Do Q /Gone Do q 40 0 0 40 60 500 cm /Stencil Do Q\n"
    )
    resources = pdf.pages[0].obj.Resources
    form = pdf.make_stream(b"0.5 g 0 0 1 1 re f", Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 1, 1]))
    form.Resources = Dictionary(XObject=Dictionary(Form=form))
    stencil = pdf.make_stream(
        b"\xaa" * 8, Type=Name.XObject, Subtype=Name.Image, ImageMask=True, Width=8, Height=8, BitsPerComponent=1,
        ColorSpace=Name.DeviceGray,
    )  # fmt: skip
    resources.XObject = Dictionary(Form=form, Stencil=stencil)
    pdf.Root.OpenAction = Dictionary(S=Name.GoTo, D=Array([]))
    first = pdf.pages[0].obj
    link = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([9, 9, 99, 99]))
    link.Dest = Dictionary(D=Array([first, Name.Fit]))
    first.Annots = Array([pdf.make_indirect(link)])
    top = pdf.Root.Outlines = pdf.make_indirect(Dictionary(Type=Name.Outlines, Count=3))
    marks = [pdf.make_indirect(Dictionary(Title=String(str(n)), Dest=Array([first, Name.Fit]))) for n in range(3)]
    top.First, top.Last = marks[0], marks[0]
    for at, mark in enumerate(marks):
        mark.Parent, mark.Prev = top, marks[-1]
        if at < 2:
            mark.Next = marks[at + 1]
    return saved(pdf)


def drawn_letters() -> bytes:
    """Letters that are drawings, found by a base encoding, one of them shown without any drawing."""
    pdf = page(b"BT /F1 20 Tf 60 700 Td (a a) Tj ET\n")
    letter = pdf.make_stream(b"500 0 0 0 400 400 d1 0 0 400 400 re f")
    pdf.pages[0].obj.Resources.Font.F1 = pdf.make_indirect(
        Dictionary(
            Type=Name.Font, Subtype=Name.Type3, FontBBox=Array([0, 0, 500, 500]), FirstChar=97, LastChar=97,
            FontMatrix=Array([0.001, 0, 0, 0.001, 0, 0]), Widths=Array([500]), CharProcs=Dictionary(a=letter),
            Encoding=Dictionary(Type=Name.Encoding, BaseEncoding=Name.WinAnsiEncoding, Differences=Array([])),
            Resources=Dictionary(),
        )
    )  # fmt: skip
    return saved(pdf)


def unspoken_names() -> bytes:
    """A TrueType program whose table of glyph names announces names that are not there."""
    return _changed(lambda program, found: struct.pack_into(">4s", program, found[b"post"][0], b"\0\2\0\0"), cut=34)


def odd_places() -> bytes:
    """A TrueType program that says by an odd number that the places of its glyphs are long."""
    return _changed(_say_oddly, cut=0)


def _say_oddly(program: bytearray, found: dict[bytes, tuple[int, int]]) -> None:
    at, count = found[b"head"][0] + 50, struct.unpack_from(">H", program, found[b"maxp"][0] + 4)[0] + 1
    is_long = struct.unpack_from(">H", program, at)[0]
    short = [] if is_long else struct.unpack_from(f">{count}H", program, found[b"loca"][0])
    struct.pack_into(">H", program, at, 7)
    entry = _entry_of(program, b"loca")
    if short and entry is not None:
        struct.pack_into(">LL", program, entry + 8, len(program), 4 * count)
        program += struct.pack(f">{count}L", *(2 * place for place in short))


def lacking_places() -> bytes:
    """A TrueType program that ends before the places of its glyphs do."""
    return _changed(lambda program, found: struct.pack_into(">H", program, found[b"maxp"][0] + 4, 65535), cut=0)


def draws_itself() -> bytes:
    """A form drawn by the form it draws."""
    pdf = page(b"/Form Do")
    forms = [
        pdf.make_stream(b"/Other Do", Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 9, 9])) for _ in range(2)
    ]
    for form, other in (forms, forms[::-1]):
        form.Resources = Dictionary(XObject=Dictionary(Other=other))
    pdf.pages[0].obj.Resources.XObject = Dictionary(Form=forms[0])
    return saved(pdf)


def text_without_font() -> bytes:
    """Text in a font the page does not have."""
    pdf = page(b"BT /F9 12 Tf 60 700 Td (perdu) Tj ET")
    return saved(pdf)


def other_widths() -> bytes:
    """A composite font set with widths that are not its own."""
    pdf = _composite()
    for item in pdf.objects:
        if isinstance(item, Dictionary) and item.get("/Subtype") == Name.CIDFontType2:
            item.W = Array([1, Array([123] * 60)])
    return saved(pdf)


def shows_nothing() -> bytes:
    """A composite font that shows its glyph for « no such glyph »."""
    pdf = _composite()
    drawn = pdf.pages[0].obj
    drawn.Contents = pdf.make_stream(b"BT /F1 12 Tf 60 700 Td <00000001> Tj ET")
    return saved(pdf)


def _composite() -> Pdf:
    """The font of a file by reportlab, as a composite one."""
    pdf = pikepdf.open(io.BytesIO(reportlab_embedded()))
    simple = next(f for f in pdf.pages[0].obj.Resources.Font.values() if "/FontDescriptor" in f)
    below = Dictionary(
        Type=Name.Font, Subtype=Name.CIDFontType2, BaseFont=simple.BaseFont, CIDToGIDMap=Name.Identity,
        CIDSystemInfo=Dictionary(Registry=String("Adobe"), Ordering=String("Identity"), Supplement=0),
        FontDescriptor=simple.FontDescriptor,
    )  # fmt: skip
    whole = Dictionary(Type=Name.Font, Subtype=Name.Type0, BaseFont=simple.BaseFont, Encoding=Name("/Identity-H"))
    whole.DescendantFonts = Array([pdf.make_indirect(below)])
    drawn = pdf.pages[0].obj
    drawn.Resources = Dictionary(Font=Dictionary(F1=pdf.make_indirect(whole)))
    drawn.Contents = pdf.make_stream(b"BT /F1 12 Tf 60 700 Td <000100020003> Tj ET")
    return pdf


def _changed(change: Callable[[bytearray, dict[bytes, tuple[int, int]]], None], *, cut: int) -> bytes:
    """A file by reportlab, its TrueType programs changed; the table of names put at the end, ``cut`` bytes of it."""
    with pikepdf.open(io.BytesIO(reportlab_embedded())) as pdf:
        for item in pdf.objects:
            if not isinstance(item, Dictionary) or "/FontFile2" not in item:
                continue
            program = bytearray(item.FontFile2.read_bytes())
            if cut and (at := _entry_of(program, b"post")) is not None:
                struct.pack_into(">LL", program, at + 8, len(program), cut)
                program += b"\0\3\0\0" + b"\0" * 28 + b"\xff\xff"
            change(program, tables(bytes(program)))
            item.FontFile2 = pdf.make_stream(bytes(program), Length1=len(program))
        return saved(pdf)


def _entry_of(program: bytearray, tag: bytes) -> int | None:
    """Where the directory speaks of a table."""
    places = range(12, 12 + 16 * struct.unpack_from(">H", program, 4)[0], 16)
    return next((at for at in places if program[at : at + 4] == tag), None)
