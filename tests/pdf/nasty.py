"""Files written by hand, each with one thing an archive may not hold, drawn so that a mistake would be seen."""

from __future__ import annotations

import io
import zlib

import numpy
import pikepdf
from fontTools.ttLib import TTFont
from pikepdf import Array, Dictionary, Name, Pdf, String
from PIL import Image, ImageCms

from tests.pdf.producers import FONTS

_TEXT = b"BT /F1 14 Tf 60 700 Td (Facture 2026-0042) Tj 0 -30 Td (Montant 1 234,56 \200) Tj ET\n"


def page(content: bytes, resources: Dictionary | None = None, **entries: object) -> Pdf:
    """One A4 page that draws ``content``; ``/F1`` is Helvetica, not embedded."""
    pdf = Pdf.new()
    sheet = pdf.add_blank_page(page_size=(595, 842))
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica, Encoding=Name.WinAnsiEncoding)
    wanted = resources if resources is not None else Dictionary()
    if "/Font" not in wanted:
        wanted.Font = Dictionary(F1=pdf.make_indirect(font))
    sheet.obj.Resources = wanted
    sheet.obj.Contents = pdf.make_stream(content)
    for key, value in entries.items():
        sheet.obj[f"/{key}"] = value  # type: ignore[assignment]
    return pdf


def saved(pdf: Pdf, **options: object) -> bytes:
    written = io.BytesIO()
    pdf.save(written, **options)  # type: ignore[arg-type]
    pdf.close()
    return written.getvalue()


def _image(pdf: Pdf, raw: bytes, size: tuple[int, int], space: object, **entries: object) -> pikepdf.Object:
    return pdf.make_stream(
        zlib.compress(raw),
        Dictionary(
            Type=Name.XObject, Subtype=Name.Image, Width=size[0], Height=size[1], ColorSpace=space,
            BitsPerComponent=8, Filter=Name.FlateDecode, **entries,
        ),
    )  # fmt: skip


def odd_widths() -> bytes:
    """Calibri, only named, with widths of its own and two codes that share a glyph at two widths."""
    pdf = page(b"BT /F1 20 Tf 60 700 Td (Marge large \\001\\002) Tj ET")
    widths = [0, 300, 900, *([0] * 29), *((507 + 7 * (code % 11)) for code in range(32, 256))]
    pdf.pages[0].obj.Resources.Font.F1 = pdf.make_indirect(
        Dictionary(
            Type=Name.Font, Subtype=Name.TrueType, BaseFont=Name("/Calibri,Bold"), FirstChar=0, LastChar=255,
            Widths=Array(widths),
            Encoding=Dictionary(
                BaseEncoding=Name.WinAnsiEncoding, Differences=Array([1, Name.eacute, Name.eacute, 3, Name("/uni20AC")])
            ),
            FontDescriptor=pdf.make_indirect(
                Dictionary(
                    Type=Name.FontDescriptor, FontName=Name("/Calibri,Bold"), Flags=32, FontBBox=Array([0, 0, 1, 1]),
                    ItalicAngle=0, Ascent=750, Descent=-250, CapHeight=700, StemV=120,
                )
            ),
        )
    )  # fmt: skip
    return saved(pdf)


def truetype_differences() -> bytes:
    """A whole TrueType font, said non-symbolic, with differences: what part 1 forbids and many programs write."""
    font = TTFont(FONTS / "Inter_400Regular.ttf")
    data = (FONTS / "Inter_400Regular.ttf").read_bytes()
    scale = 1000 / font["head"].unitsPerEm
    cmap, metrics = font.getBestCmap(), font["hmtx"]
    widths = [round(metrics[cmap[code]][0] * scale) if code in cmap else 0 for code in range(32, 127)]
    widths[ord("#") - 32] = round(metrics[cmap[0x20AC]][0] * scale)
    pdf = page(b"BT /F1 20 Tf 60 700 Td (Total 12 #) Tj ET")
    program = pdf.make_stream(zlib.compress(data), Filter=Name.FlateDecode, Length1=len(data))
    pdf.pages[0].obj.Resources.Font.F1 = pdf.make_indirect(
        Dictionary(
            Type=Name.Font, Subtype=Name.TrueType, BaseFont=Name("/Inter"), FirstChar=32, LastChar=126,
            Widths=Array(widths),
            Encoding=Dictionary(BaseEncoding=Name.WinAnsiEncoding, Differences=Array([35, Name.Euro])),
            FontDescriptor=pdf.make_indirect(
                Dictionary(
                    Type=Name.FontDescriptor, FontName=Name("/Inter"), Flags=32, FontBBox=Array([0, -300, 1000, 1000]),
                    ItalicAngle=0, Ascent=900, Descent=-250, CapHeight=700, StemV=80, FontFile2=program,
                )
            ),
        )
    )  # fmt: skip
    return saved(pdf)


def barcode_font() -> bytes:
    """A barcode drawn with a font the file does not carry: letters in its place would be another document."""
    pdf = page(b"BT /F1 20 Tf 60 700 Td (*0042*) Tj ET")
    pdf.pages[0].obj.Resources.Font.F1.BaseFont = Name("/Code39-Regular")
    return saved(pdf)


def cmyk() -> bytes:
    """Inks: operators, an image, an ink of its own mixed from the four."""
    pdf = page(
        _TEXT
        + b"0.1 0.8 0 0 k 60 500 100 50 re f\n/Spot cs 0.7 scn 200 500 100 50 re f\nq 100 0 0 100 60 300 cm /Im Do Q"
    )
    raw = numpy.tile(numpy.array([10, 200, 30, 0], dtype="uint8"), 400).tobytes()
    resources = pdf.pages[0].obj.Resources
    resources.XObject = Dictionary(Im=_image(pdf, raw, (20, 20), Name.DeviceCMYK))
    tint = pdf.make_stream(
        b"{dup 0.2 mul exch dup 0.9 mul exch dup 0 mul exch 0.1 mul}",
        Dictionary(FunctionType=4, Domain=Array([0, 1]), Range=Array([0, 1] * 4)),
    )
    resources.ColorSpace = Dictionary(Spot=Array([Name.Separation, Name.Orange, Name.DeviceCMYK, tint]))
    return saved(pdf)


def soft_mask(*, hard: bool = False) -> bytes:
    """A round logo on a page: its edge half seen, or cut clean."""
    size = 60
    y, x = numpy.mgrid[0:size, 0:size]
    distance = numpy.hypot(x - size / 2, y - size / 2)
    alpha = numpy.clip((28 - distance) * (255 if hard else 40), 0, 255).astype("uint8")
    if hard:
        alpha = numpy.where(alpha > 0, 255, 0).astype("uint8")
    colours = numpy.zeros((size, size, 3), dtype="uint8")
    colours[..., 0] = 200
    pdf = page(_TEXT + b"q 120 0 0 120 60 400 cm /Im Do Q")
    mask = _image(pdf, alpha.tobytes(), (size, size), Name.DeviceGray)
    image = _image(pdf, colours.tobytes(), (size, size), Name.DeviceRGB, SMask=mask, Interpolate=True)
    pdf.pages[0].obj.Resources.XObject = Dictionary(Im=image)
    return saved(pdf)


def live_transparency() -> bytes:
    """A veil over the text."""
    pdf = page(_TEXT + b"/Half gs 1 0 0 rg 50 680 200 60 re f")
    pdf.pages[0].obj.Resources.ExtGState = Dictionary(Half=Dictionary(Type=Name.ExtGState, ca=0.5, CA=0.5))
    return saved(pdf)


def declared_transparency() -> bytes:
    """States nobody uses, a group round an opaque page: transparent on paper only."""
    pdf = page(_TEXT, Group=Dictionary(Type=Name.Group, S=Name.Transparency, CS=Name.DeviceRGB, I=True))
    pdf.pages[0].obj.Resources.ExtGState = Dictionary(
        Half=Dictionary(Type=Name.ExtGState, ca=0.5, BM=Name.Multiply), Plain=Dictionary(ca=1, SMask=Name("/None"))
    )
    return saved(pdf)


def recent_profile() -> bytes:
    """An ICC profile of version 4, which PDF 1.4 can't know."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    pdf = page(_TEXT + b"q 100 0 0 100 60 400 cm /Im Do Q")
    space = Array([Name.ICCBased, pdf.make_stream(profile, Dictionary(N=3))])
    pdf.pages[0].obj.Resources.XObject = Dictionary(Im=_image(pdf, bytes([0, 90, 200] * 100), (10, 10), space))
    return saved(pdf)


def jpeg2000() -> bytes:
    """A JPEG 2000 picture."""
    packed = io.BytesIO()
    Image.linear_gradient("L").resize((64, 64)).convert("RGB").save(packed, "JPEG2000")
    pdf = page(_TEXT + b"q 100 0 0 100 60 400 cm /Im Do Q")
    pdf.pages[0].obj.Resources.XObject = Dictionary(
        Im=pdf.make_stream(
            packed.getvalue(),
            Dictionary(
                Type=Name.XObject, Subtype=Name.Image, Width=64, Height=64, Filter=Name.JPXDecode,
                ColorSpace=Name.DeviceRGB, BitsPerComponent=8,
            ),
        )
    )  # fmt: skip
    return saved(pdf, compress_streams=False)


def sixteen_bits() -> bytes:
    """A grey picture of sixteen bits a sample."""
    raw = (numpy.arange(64 * 64, dtype=">u2") * 15).tobytes()
    pdf = page(_TEXT + b"q 100 0 0 100 60 400 cm /Im Do Q")
    image = _image(pdf, raw, (64, 64), Name.DeviceGray)
    image.BitsPerComponent = 16
    pdf.pages[0].obj.Resources.XObject = Dictionary(Im=image)
    return saved(pdf)


def old_packing() -> bytes:
    """LZW, an inline image to be smoothed, a transfer function, a page transition."""
    inline = b"\nq 50 0 0 50 60 300 cm BI /W 2 /H 2 /BPC 8 /CS /G /I true ID \x00\x80\xc0\xff EI Q\n/T gs\n"
    pdf = page(_TEXT + inline, Trans=Dictionary(S=Name.Dissolve), Dur=3)
    pdf.pages[0].obj.Resources.ExtGState = Dictionary(T=Dictionary(Type=Name.ExtGState, TR=Name.Identity))
    data = pdf.pages[0].obj.Contents.read_bytes()
    pdf.pages[0].obj.Contents.write(_lzw(data), filter=Name.LZWDecode)
    return saved(pdf, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none)


def _lzw(data: bytes) -> bytes:
    """LZW that never learns: nine-bit codes, the table cleared before it grows."""
    bits = ""
    for index in range(0, len(data), 200):
        bits += f"{256:09b}" + "".join(f"{byte:09b}" for byte in data[index : index + 200])
    bits += f"{257:09b}"
    bits += "0" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


def programs_everywhere() -> bytes:
    """JavaScript at opening, in a bookmark, on a link; a launch, a page action."""
    pdf = page(_TEXT, AA=Dictionary(O=Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))))
    script = pdf.make_indirect(Dictionary(S=Name.JavaScript, JS=String("app.alert(1)")))
    pdf.Root.OpenAction = script
    pdf.Root.Names = Dictionary(JavaScript=Dictionary(Names=Array([String("a"), script])))
    item = pdf.make_indirect(Dictionary(Title=String("Sommaire"), A=script))
    pdf.Root.Outlines = pdf.make_indirect(Dictionary(Type=Name.Outlines, First=item, Last=item, Count=1))
    item.Parent = pdf.Root.Outlines
    link = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([60, 690, 200, 720]))
    pdf.pages[0].obj.Annots = Array(
        [
            pdf.make_indirect(Dictionary({**dict(link.items()), "/A": Dictionary(S=Name.Launch, F=String("x.exe"))})),
            pdf.make_indirect(
                Dictionary({**dict(link.items()), "/A": Dictionary(S=Name.URI, URI=String("https://a.fr"))})
            ),
        ]
    )
    return saved(pdf)


def annotations() -> bytes:
    """A note that is drawn, a highlight half seen, a sound, a file on the page."""
    pdf = page(_TEXT)
    look = pdf.make_stream(
        b"1 1 0 rg 0 0 100 20 re f", Dictionary(Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 100, 20]))
    )
    kinds = (Name.Square, Name.Highlight, Name.FileAttachment, Name.Text)
    pdf.pages[0].obj.Annots = Array(
        [
            pdf.make_indirect(
                Dictionary(
                    Type=Name.Annot, Subtype=kind, Rect=Array([60, 600 - 40 * at, 160, 620 - 40 * at]), F=4, CA=0.5,
                    Contents=String("remarque"), **({"AP": Dictionary(N=look)} if kind == Name.Square else {}),
                )
            )
            for at, kind in enumerate(kinds)
        ]
    )  # fmt: skip
    return saved(pdf)


def layered() -> bytes:
    """One layer shown, one hidden, and a picture that belongs to the hidden one."""
    pdf = page(
        b"/OC /On BDC " + _TEXT + b"EMC /OC /Off BDC BT /F1 30 Tf 60 300 Td (BROUILLON) Tj ET EMC "
        b"q 100 0 0 100 300 300 cm /Im Do Q"
    )
    shown = pdf.make_indirect(Dictionary(Type=Name.OCG, Name=String("Texte")))
    hidden = pdf.make_indirect(Dictionary(Type=Name.OCG, Name=String("Brouillon")))
    resources = pdf.pages[0].obj.Resources
    resources.Properties = Dictionary(On=shown, Off=hidden)
    resources.XObject = Dictionary(Im=_image(pdf, bytes(300), (10, 10), Name.DeviceRGB, OC=hidden))
    pdf.Root.OCProperties = Dictionary(
        OCGs=Array([shown, hidden]), D=Dictionary(OFF=Array([hidden]), Order=Array([shown, hidden]))
    )
    return saved(pdf)


def type3() -> bytes:
    """A font made of drawings."""
    pdf = page(b"BT /F1 40 Tf 60 600 Td (aa) Tj ET")
    glyph = pdf.make_stream(b"750 0 0 0 750 750 d1 0 0 700 700 re f")
    pdf.pages[0].obj.Resources.Font.F1 = pdf.make_indirect(
        Dictionary(
            Type=Name.Font, Subtype=Name.Type3, FontBBox=Array([0, 0, 750, 750]), FirstChar=97, LastChar=97,
            FontMatrix=Array([0.001, 0, 0, 0.001, 0, 0]), Widths=Array([750]), CharProcs=Dictionary(sq=glyph),
            Encoding=Dictionary(Type=Name.Encoding, Differences=Array([97, Name.sq])), Resources=Dictionary(),
        )
    )  # fmt: skip
    return saved(pdf)


def ends_with_return() -> bytes:
    """A stream whose last byte is a carriage return: `page-validation` takes it for one byte longer than it is."""
    pdf = page(_TEXT + b"q Q\r")
    return saved(pdf, compress_streams=False)


def owner_locked() -> bytes:
    """Anybody may open it, nobody change it."""
    return saved(page(_TEXT), encryption=pikepdf.Encryption(user="", owner="maitre", R=6))


def invoice_inside() -> bytes:
    """The XML of an electronic invoice carried as Factur-X has it."""
    pdf = page(_TEXT)
    pdf.attachments["factur-x.xml"] = pikepdf.AttachedFileSpec(
        pdf, b"<x/>", filename="factur-x.xml", mime_type="text/xml", relationship=Name.Alternative
    )
    pdf.Root.Metadata = pdf.make_stream(
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        b'<rdf:Description rdf:about="" xmlns:fx="urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#">'
        b"<fx:DocumentType>INVOICE</fx:DocumentType><fx:DocumentFileName>factur-x.xml</fx:DocumentFileName>"
        b"<fx:Version>1.0</fx:Version><fx:ConformanceLevel>EN 16931</fx:ConformanceLevel>"
        b"</rdf:Description></rdf:RDF></x:xmpmeta>",
        Dictionary(Type=Name.Metadata, Subtype=Name.XML),
    )
    return saved(pdf)
