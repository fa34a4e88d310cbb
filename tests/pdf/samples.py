"""PDF files of every kind, made on the spot: what tests of any room may import as ``tests.pdf.samples``."""

from __future__ import annotations

import io
import re
import zlib

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, Stream, String
from PIL import Image, ImageDraw
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen import canvas


def simple_contract(pages: int = 3, *, title: str = "Contrat de prestation") -> bytes:
    """An ordinary contract, as a business program writes it."""
    written = io.BytesIO()
    sheet = canvas.Canvas(written, pagesize=A4, invariant=1)
    sheet.setTitle(title)
    for number in range(1, pages + 1):
        sheet.setFont("Helvetica-Bold", 18)
        sheet.drawString(72, 770, title)
        sheet.setFont("Helvetica", 11)
        for line in range(20):
            sheet.drawString(72, 730 - 18 * line, f"Article {line + 1}. Les parties conviennent de ce qui suit.")
        sheet.drawString(72, 60, f"Page {number} sur {pages}")
        sheet.showPage()
    sheet.save()
    return written.getvalue()


def scanned_like(pages: int = 2) -> bytes:
    """Pages that are one JPEG each, as a scanner makes them: no text."""
    written = io.BytesIO()
    images = []
    for number in range(pages):
        image = Image.new("RGB", (1240, 1754), (250, 249, 245))
        drawing = ImageDraw.Draw(image)
        for line in range(30):
            drawing.rectangle(
                (120, 200 + 45 * line, 400 + (line * 97 + number * 31) % 700, 220 + 45 * line), (40, 40, 50)
            )
        images.append(image)
    images[0].save(written, "PDF", save_all=True, append_images=images[1:], resolution=150)
    return written.getvalue()


def many_pages(count: int) -> bytes:
    """``count`` pages that share one content."""
    with Pdf.new() as pdf:
        content = pdf.make_stream(b"0 0 m 100 100 l S")
        kids = [
            pdf.make_indirect(
                Dictionary(Type=Name.Page, MediaBox=Array([0, 0, 595, 842]), Contents=content, Resources=Dictionary())
            )
            for _ in range(count)
        ]
        tree = pdf.make_indirect(Dictionary(Type=Name.Pages, Kids=Array(kids), Count=count))
        for kid in kids:
            kid.Parent = tree
        pdf.Root.Pages = tree
        return _saved(pdf)


def _saved(pdf: Pdf, **options: object) -> bytes:
    written = io.BytesIO()
    pdf.save(written, **options)  # type: ignore[arg-type]
    return written.getvalue()


def _changed(change: object, source: bytes | None = None) -> bytes:
    with pikepdf.open(io.BytesIO(source or simple_contract(2))) as pdf:
        change(pdf)  # type: ignore[operator]
        return _saved(pdf)


def with_javascript() -> bytes:
    """A program run at opening, from the names tree and from OpenAction."""

    def change(pdf: Pdf) -> None:
        script = pdf.make_indirect(Dictionary(S=Name.JavaScript, JS=String("app.alert('x')")))
        pdf.Root.Names = Dictionary(JavaScript=Dictionary(Names=Array([String("a"), script])))
        pdf.Root.OpenAction = script

    return _changed(change)


def with_action(kind: str, **entries: object) -> bytes:
    """A link on page 2 that does ``kind`` (``/Launch``, ``/SubmitForm``, ``/GoToR``, ``/URI``…)."""

    def change(pdf: Pdf) -> None:
        link = Dictionary(
            Type=Name.Annot,
            Subtype=Name.Link,
            Rect=Array([72, 700, 200, 720]),
            A=Dictionary(
                S=Name(kind),
                **{
                    key: pikepdf.Object.parse(value) if isinstance(value, bytes) else value
                    for key, value in entries.items()
                },
            ),
        )
        pdf.pages[1].obj.Annots = Array([pdf.make_indirect(link)])

    return _changed(change)


def with_outline_javascript() -> bytes:
    """A script where no list of scripts looks: in a bookmark."""

    def change(pdf: Pdf) -> None:
        item = pdf.make_indirect(
            Dictionary(Title=String("Sommaire"), A=Dictionary(S=Name.JavaScript, JS=String("app.alert(1)")))
        )
        pdf.Root.Outlines = pdf.make_indirect(Dictionary(Type=Name.Outlines, First=item, Last=item, Count=1))
        item.Parent = pdf.Root.Outlines

    return _changed(change)


def with_attachment(name: str = "secret.docm") -> bytes:
    """A file inside the file."""

    def change(pdf: Pdf) -> None:
        pdf.attachments[name] = b"<x/>"

    return _changed(change)


def with_hidden_layer() -> bytes:
    """Optional content switched off: on paper or in another viewer it may show."""

    def change(pdf: Pdf) -> None:
        group = pdf.make_indirect(Dictionary(Type=Name.OCG, Name=String("Calque")))
        pdf.Root.OCProperties = Dictionary(OCGs=Array([group]), D=Dictionary(OFF=Array([group]), Order=Array([group])))
        page = pdf.pages[0]
        page.obj.Resources.Properties = Dictionary(Layer=group)
        page.contents_add(b"/OC /Layer BDC BT /F1 40 Tf 72 400 Td (CLAUSE CACHEE) Tj ET EMC")

    return _changed(change)


def with_overlay() -> bytes:
    """A white FreeText annotation over the text of page 1."""

    def change(pdf: Pdf) -> None:
        appearance = pdf.make_stream(
            b"1 1 1 rg 0 0 300 20 re f", Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 300, 20])
        )
        pdf.pages[0].obj.Annots = Array(
            [
                pdf.make_indirect(
                    Dictionary(
                        Type=Name.Annot,
                        Subtype=Name.FreeText,
                        Rect=Array([72, 720, 372, 740]),
                        Contents=String("1 000 EUR"),
                        DA=String("/Helv 12 Tf"),
                        F=4,
                        AP=Dictionary(N=appearance),
                    )
                )
            ]
        )

    return _changed(change)


def form_with_fields() -> bytes:
    """A form one can still fill, with a zero-size field and an empty place for a signature."""
    written = io.BytesIO()
    sheet = canvas.Canvas(written, pagesize=A4, invariant=1)
    sheet.drawString(72, 770, "Formulaire")
    sheet.acroForm.textfield(name="montant", value="1 000", x=72, y=700, width=200, height=20)
    sheet.acroForm.checkbox(name="accord", x=72, y=660, checked=True)
    sheet.save()

    def change(pdf: Pdf) -> None:
        hidden = pdf.make_indirect(
            Dictionary(
                Type=Name.Annot, Subtype=Name.Widget, FT=Name.Tx, T=String("invisible"), Rect=Array([0, 0, 0, 0])
            )
        )
        place = pdf.make_indirect(
            Dictionary(
                Type=Name.Annot,
                Subtype=Name.Widget,
                FT=Name.Sig,
                T=String("Signature1"),
                Rect=Array([72, 100, 250, 160]),
            )
        )
        for field in (hidden, place):
            pdf.pages[0].obj.Annots.append(field)
            pdf.Root.AcroForm.Fields.append(field)

    return _changed(change, written.getvalue())


def encrypted(*, user: str = "secret", owner: str = "maitre") -> bytes:
    """Locked with a password; with ``user=""`` it opens, but forbids changes."""
    with pikepdf.open(io.BytesIO(simple_contract(1))) as pdf:
        rights = pikepdf.Permissions(modify_other=False, modify_annotation=False, modify_form=False)
        return _saved(pdf, encryption=pikepdf.Encryption(user=user, owner=owner, R=6, allow=rights))


def bomb(*, unpacked: int = 400 << 20) -> bytes:
    """A few hundred kilobytes that unpack to ``unpacked`` bytes of page content."""
    packer = zlib.compressobj(9)
    packed = bytearray()
    block = b" " * (1 << 20)
    for _ in range(unpacked // len(block)):
        packed += packer.compress(block)
    packed += packer.flush()
    with Pdf.new() as pdf:
        page = pdf.add_blank_page()
        content = Stream(pdf, bytes(packed))
        content.stream_dict.Filter = Name.FlateDecode
        page.obj.Contents = content
        return _saved(pdf, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none)


def nested_bomb() -> bytes:
    """Flate in Flate: a thousand times a thousand."""
    once = zlib.compress(b"\0" * (300 << 20), 9)
    with Pdf.new() as pdf:
        page = pdf.add_blank_page()
        content = Stream(pdf, zlib.compress(once, 9))
        content.stream_dict.Filter = Array([Name.FlateDecode, Name.FlateDecode])
        page.obj.Contents = content
        return _saved(pdf, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none)


def vast_image() -> bytes:
    """An image that claims 100,000 × 100,000 pixels."""
    with Pdf.new() as pdf:
        page = pdf.add_blank_page()
        image = pdf.make_stream(
            b"\0", Type=Name.XObject, Subtype=Name.Image, Width=100_000, Height=100_000, ColorSpace=Name.DeviceGray,
            BitsPerComponent=8, Filter=Name.JPXDecode,
        )  # fmt: skip
        page.obj.Resources = Dictionary(XObject=Dictionary(Im=image))
        page.obj.Contents = pdf.make_stream(b"q 100 0 0 100 0 0 cm /Im Do Q")
        return _saved(pdf)


def vast_page() -> bytes:
    """A page ten kilometres wide."""
    with Pdf.new() as pdf:
        pdf.add_blank_page()
        pdf.pages[0].obj.MediaBox = Array([0, 0, 28_000_000, 10])
        return _saved(pdf)


def deep(levels: int = 5000) -> bytes:
    """Arrays in arrays, deeper than a parser should follow."""
    body = b"[" * levels + b"]" * levels
    head = b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R/X " + body + b">>endobj\n"
    tail = (
        b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>endobj\n"
        b"trailer<</Root 1 0 R/Size 4>>\nstartxref\n0\n%%EOF\n"
    )
    return head + tail


def rotated(angle: int = 90) -> bytes:
    """Pages turned by ``angle`` degrees."""

    def change(pdf: Pdf) -> None:
        for page in pdf.pages:
            page.obj.Rotate = angle

    return _changed(change)


def cropbox_offset() -> bytes:
    """A crop box that starts away from the origin: what is displayed is 400 × 500 points from (50, 60)."""

    def change(pdf: Pdf) -> None:
        for page in pdf.pages:
            page.obj.CropBox = Array([50, 60, 450, 560])

    return _changed(change)


def damaged() -> bytes:
    """A cross-reference table that points nowhere, as after a transfer in text mode: readers rebuild it."""
    return re.sub(rb"startxref\s+\d+", b"startxref\n7", simple_contract(2))


def cut_short() -> bytes:
    """Cut before its cross-reference table: neither table nor trailer is left."""
    data = simple_contract(2)
    return data[: data.rindex(b"xref\n", 0, data.rindex(b"startxref"))]


def cut_in_a_page() -> bytes:
    """Cut in what its last page shows, as a copy nobody finished; a trailer was put behind it since."""
    data = _plain_objects(3)
    return data[: data.rindex(b"endstream") - 30] + b"\ntrailer<</Root 1 0 R/Size 9>>\nstartxref\n0\n%%EOF\n"


def page_gone() -> bytes:
    """One object of three pages is no page any more, and the table has to be rebuilt."""
    return _plain_objects(3).replace(b"4 0 obj<</Type/Page/", b"4 0 obj<</Tyqe/Pagf(", 1)


def end_to_end() -> bytes:
    """Three files as one, as ``copy /b`` makes them: readers show the last."""
    return simple_contract(1) + b"\r\n" + simple_contract(2) + simple_contract(3)


def without_pages() -> bytes:
    """Well formed, and nothing to read in it."""
    return _saved(Pdf.new())


def _plain_objects(pages: int) -> bytes:
    """Pages and then what they show, one object after the other, without a table."""
    kids = b" ".join(b"%d 0 R" % (3 + at) for at in range(pages))
    parts = [
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n",
        b"2 0 obj<</Type/Pages/Count %d/Kids[%s]>>endobj\n" % (pages, kids),
    ]
    for at in range(pages):
        shown = b"BT 40 700 Td (Facture %d) Tj ET " % at * 3
        own, content = 3 + at, 3 + pages + at
        parts.append(
            b"%d 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<<>>/Contents %d 0 R>>endobj\n"
            % (own, content)
        )
        parts.append(b"%d 0 obj<</Length %d>>stream\n%s\nendstream endobj\n" % (content, len(shown), shown))
    return b"".join(parts) + b"trailer<</Root 1 0 R/Size 20>>\nstartxref\n0\n%%EOF\n"


def hopeless() -> bytes:
    """Starts like a PDF and is none."""
    return b"%PDF-1.7\n" + bytes(range(256)) * 40


def with_xfa(*, dynamic: bool = False) -> bytes:
    """A form that carries its XML twin."""

    def change(pdf: Pdf) -> None:
        pdf.Root.AcroForm.XFA = pdf.make_stream(b"<xdp:xdp/>")
        if dynamic:
            pdf.Root.NeedsRendering = True

    return _changed(change, form_with_fields())


def signed(*, certified: int | None = None, locked: bool = False) -> bytes:
    """A file whose structure carries a signature (its value is not one): what the inspection must recognise."""

    def change(pdf: Pdf) -> None:
        value = Dictionary(Type=Name.Sig, Filter=Name("/Adobe.PPKLite"), SubFilter=Name("/ETSI.CAdES.detached"))
        if certified:
            value.Reference = Array(
                [
                    Dictionary(
                        Type=Name.SigRef,
                        TransformMethod=Name.DocMDP,
                        TransformParams=Dictionary(Type=Name.TransformParams, P=certified, V=Name("/1.2")),
                    )
                ]
            )
        signature = pdf.make_indirect(value)
        field = Dictionary(
            Type=Name.Annot,
            Subtype=Name.Widget,
            FT=Name.Sig,
            T=String("Signature1"),
            V=signature,
            Rect=Array([0, 0, 0, 0]),
        )
        if locked:
            field.Lock = Dictionary(Type=Name.SigFieldLock, Action=Name.All, P=1)
        placed = pdf.make_indirect(field)
        pdf.Root.AcroForm = Dictionary(Fields=Array([placed]), SigFlags=3)
        pdf.pages[0].obj.Annots = Array([placed])
        if certified:
            pdf.Root.Perms = Dictionary(DocMDP=signature)

    return _changed(change)


def page_tree_loop() -> bytes:
    """A page tree that contains itself."""
    return (
        b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[2 0 R 3 0 R]/Count 2>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>endobj\n"
        b"trailer<</Root 1 0 R/Size 4>>\nstartxref\n0\n%%EOF\n"
    )
