"""Files other programs wrote with loose ends: what the corpora of PDF readers hold, drawn anew and small."""

from __future__ import annotations

import io
import zlib
from itertools import pairwise

import pikepdf
from pikepdf import Array, Dictionary, Name, String

from tests.pdf.nasty import page, saved
from tests.pdf.producers import reportlab_embedded

_TEXT = b"BT /F1 14 Tf 60 700 Td (Facture 2026-0042) Tj ET\n"


def loose_ends() -> bytes:
    """PDF 2.0; a bookmark and a link to pages that are gone, one that says no way to show its page, bookmarks nobody
    counted; a font descriptor that does not say what it is; filters by their short names."""
    with pikepdf.open(io.BytesIO(reportlab_embedded())) as pdf:
        first = pdf.pages[0].obj
        for font in first.Resources.Font.values():
            if "/FontDescriptor" in font:
                del font.FontDescriptor["/Type"]
        ends = [Array([None, Name.Fit]), Array([first]), Array([first, Name.Fit])]
        entries = [pdf.make_indirect(Dictionary(Title=String(f"Page {at}"), Dest=end)) for at, end in enumerate(ends)]
        for before, after in pairwise(entries):
            before.Next, after.Prev = after, before
        pdf.Root.Outlines = pdf.make_indirect(Dictionary(Type=Name.Outlines, First=entries[0], Last=entries[-1]))
        for entry in entries:
            entry.Parent = pdf.Root.Outlines
        link = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([9, 9, 99, 99]))
        link.A = Dictionary(S=Name.GoTo, D=Array([None, Name.Fit]))
        first.Annots = Array([pdf.make_indirect(link)])
        drawn = pikepdf.Page(first)
        drawn.contents_coalesce()
        packed = zlib.compress(first.Contents.read_bytes()).hex().encode() + b">"
        first.Contents = pdf.make_stream(packed, Filter=Array([Name("/AHx"), Name("/Fl")]))
        return saved(pdf, force_version="2.0", stream_decode_level=pikepdf.StreamDecodeLevel.none)


def unknown_filter() -> bytes:
    """A stream packed as no reader knows, beside the page."""
    pdf = page(_TEXT)
    pdf.Root.Private = pdf.make_stream(b"\x01\x02", Filter=Name("/XORDecode"))
    return saved(pdf, stream_decode_level=pikepdf.StreamDecodeLevel.none)


def damaged_font() -> bytes:
    """A font program cut short in its first table."""
    with pikepdf.open(io.BytesIO(reportlab_embedded())) as pdf:
        for item in pdf.objects:
            if isinstance(item, Dictionary) and "/FontFile2" in item:
                item.FontFile2 = pdf.make_stream(item.FontFile2.read_bytes()[:300])
        return saved(pdf)


def carried_elsewhere() -> bytes:
    """A file carried by the structure of the document, not by its list of attachments."""
    pdf = page(_TEXT)
    inside = pdf.make_stream(b"a,b", Type=Name.EmbeddedFile)
    spec = pdf.make_indirect(Dictionary(Type=Name.Filespec, F=String("a.csv"), EF=Dictionary(F=inside)))
    pdf.Root.StructTreeRoot = pdf.make_indirect(Dictionary(Type=Name.StructTreeRoot, AF=Array([spec])))
    return saved(pdf)


def smallest_page() -> bytes:
    """A page of three points by three, without a word."""
    pdf = pikepdf.Pdf.new()
    pdf.add_blank_page(page_size=(3, 3))
    return saved(pdf)
