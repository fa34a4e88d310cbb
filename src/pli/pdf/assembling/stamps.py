"""Text and pictures put on pages. Opaque: PDF/A-1b has no transparency, so a light stamp is a light colour."""

from __future__ import annotations

import hashlib
import io
import math
import unicodedata
import zlib
from dataclasses import dataclass

import numpy
from pikepdf import Array, Dictionary, Name, Object, Pdf, String
from PIL import Image

from pli.pdf.archival.encodings import win_ansi
from pli.pdf.archival.faces import face
from pli.pdf.archival.programs import every_code, program
from pli.pdf.assembling.views import Box, draw, find_resource, name_resource, seen
from pli.pdf.errors import BadImage

_MOST_PIXELS = 20_000_000
_REPLACED = {0x2011: "-", 0x202F: " ", 0x2009: " ", 0x2212: "-", 0x0153: "œ"}


@dataclass(frozen=True)
class TextLook:
    """How a stamp is written. ``position``: shares of the page as seen, of the text's anchor point."""

    position: tuple[float, float] = (0.5, 0.97)
    anchor: str = "center"
    """``left``, ``center`` or ``right``: which point of the text stands at the position."""
    size: float = 9
    angle: float = 0
    """Degrees, counter-clockwise."""
    colour: tuple[float, float, float] = (0, 0, 0)
    strength: float = 1
    """1: the colour itself; less: nearer to white, as a veil would look on white paper."""
    is_bold: bool = False
    is_under: bool = False


def stamp_text(pdf: Pdf, page_index: int, text: str, look: TextLook) -> None:
    """Write ``text`` (one line) on a page, with a font of ours carried by the file."""
    page = pdf.pages[page_index]
    name = "PliSans-Bold" if look.is_bold else "PliSans"
    resource = name.replace("-", "")
    font = find_resource(pdf, page_index + 1, "/Font", resource)
    name_resource(page, "/Font", resource, font if font is not None else pdf.make_indirect(_font(pdf, name)))
    coded = _coded(text)
    width = sum(_widths(name)[byte] for byte in coded) / 1000 * look.size
    start = {"left": 0.0, "right": -width}.get(look.anchor, -width / 2)
    view = seen(page)
    x, y = look.position[0] * view.width, (1 - look.position[1]) * view.height
    turn = math.radians(look.angle)
    cos, sin = math.cos(turn), math.sin(turn)
    x, y = x + start * cos, y + start * sin
    shade = " ".join(f"{1 - (1 - value) * look.strength:.4f}" for value in look.colour)
    literal = coded.replace(b"\\", rb"\\").replace(b"(", rb"\(").replace(b")", rb"\)")
    operators = (
        f"BT {shade} rg /{resource} {look.size:g} Tf\n"
        f"{cos:.6f} {sin:.6f} {-sin:.6f} {cos:.6f} {x:.3f} {y:.3f} Tm ("
    ).encode() + literal + b") Tj ET"  # fmt: skip
    draw(page, operators, under=look.is_under, wrapped=False)


def _coded(text: str) -> bytes:
    """As WinAnsiEncoding writes it; a character it lacks becomes its plain letter, else a question mark; control
    characters are blanks."""
    out = bytearray()
    for character in unicodedata.normalize("NFC", text.translate(_REPLACED)):
        if unicodedata.category(character) == "Cc" or character == "\N{NO-BREAK SPACE}":
            # No font has glyphs for control characters, and not every reader finds this space's.
            out += b" "
            continue
        try:
            out += character.encode("cp1252")
        except UnicodeEncodeError:
            plain = unicodedata.normalize("NFKD", character).encode("ascii", "ignore")
            out += plain or b"?"
    return bytes(out)


def _widths(name: str) -> list[int]:
    drawn = face(name)
    codes = win_ansi()
    return [drawn.width(drawn.find(codes[code]) or ".notdef") if code in codes else 0 for code in range(256)]


def _font(pdf: Pdf, name: str) -> Dictionary:
    made = program(name, every_code(name, win_ansi()))
    metrics = made.metrics
    stream = pdf.make_stream(made.data, Dictionary(Filter=Name.FlateDecode, Subtype=Name.Type1C))
    descriptor = Dictionary(
        Type=Name.FontDescriptor,
        FontName=Name("/" + made.name),
        Flags=32,
        FontBBox=Array(list(metrics.box)),
        ItalicAngle=metrics.italic_angle,
        Ascent=metrics.ascent,
        Descent=metrics.descent,
        CapHeight=metrics.cap_height,
        StemV=metrics.stem,
        CharSet=String(made.char_set),
        FontFile3=stream,
    )
    return Dictionary(
        Type=Name.Font,
        Subtype=Name.Type1,
        BaseFont=Name("/" + made.name),
        Encoding=Name.WinAnsiEncoding,
        FirstChar=32,
        LastChar=255,
        Widths=Array(_widths(name)[32:]),
        FontDescriptor=pdf.make_indirect(descriptor),
    )


def stamp_image(
    pdf: Pdf, page_index: int, data: bytes, box: Box, *, angle: float = 0, strength: float = 1, is_under: bool = False
) -> None:
    """Draw a PNG or JPEG picture inside ``box`` (shares of the page as seen), in proportion, centred.

    What the picture hides nothing of stays seen through it; half-seen edges are blended with white.

    :raises BadImage: unreadable, or of more than twenty million pixels.
    """
    page = pdf.pages[page_index]
    name = f"Pli{hashlib.sha256(data + f'{strength:g}'.encode()).hexdigest()[:12]}"
    image = find_resource(pdf, page_index + 1, "/XObject", name)
    if image is None:
        image = _image(pdf, data, strength)
    name_resource(page, "/XObject", name, image)
    left, bottom, width, height = seen(page).place(box)
    scale = min(width / int(image.Width), height / int(image.Height))
    across, up = int(image.Width) * scale, int(image.Height) * scale
    turn = math.radians(angle)
    cos, sin = math.cos(turn), math.sin(turn)
    middle = left + width / 2, bottom + height / 2
    operators = (
        f"{cos:.6f} {sin:.6f} {-sin:.6f} {cos:.6f} {middle[0]:.3f} {middle[1]:.3f} cm\n"
        f"{across:.3f} 0 0 {up:.3f} {-across / 2:.3f} {-up / 2:.3f} cm /{name} Do"
    )
    draw(page, operators.encode(), under=is_under)


def _image(pdf: Pdf, data: bytes, strength: float) -> Object:
    try:
        picture = Image.open(io.BytesIO(data), formats=("PNG", "JPEG"))
        if picture.width * picture.height > _MOST_PIXELS:
            raise BadImage()
        picture.load()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise BadImage() from error
    alpha = numpy.asarray(picture.convert("RGBA"))[..., 3].astype("float32")[..., None] / 255
    colours = numpy.asarray(picture.convert("RGB")).astype("float32")
    weight = alpha * strength
    blended = (colours * weight + 255 * (1 - weight)).round().clip(0, 255).astype("uint8")
    entries = Dictionary(
        Type=Name.XObject,
        Subtype=Name.Image,
        Width=picture.width,
        Height=picture.height,
        ColorSpace=Name.DeviceRGB,
        BitsPerComponent=8,
        Filter=Name.FlateDecode,
    )
    hidden = alpha[..., 0] == 0
    if hidden.any():
        entries.Mask = pdf.make_stream(
            zlib.compress(numpy.packbits(hidden, axis=1).tobytes()),
            Dictionary(
                Type=Name.XObject,
                Subtype=Name.Image,
                ImageMask=True,
                Width=picture.width,
                Height=picture.height,
                BitsPerComponent=1,
                Filter=Name.FlateDecode,
            ),
        )
    if picture.format == "JPEG" and picture.mode == "RGB" and strength == 1:
        entries.Filter = Name.DCTDecode
        return pdf.make_stream(data, entries)
    return pdf.make_stream(zlib.compress(blended.tobytes()), entries)
