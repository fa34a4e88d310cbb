"""PWG raster (PWG 5102.4), Apple raster (URF) and JPEG as pages of a PDF. Runs in the sandbox only.

Lines are unpacked one at a time and go straight into the compressed image of their page: a page is never held whole.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

from PIL import Image, ImageOps

from pli.capture.errors import UnreadablePrint

MOST_PAGES = 2000
MOST_PIXELS = 120_000_000
_POINTS = 72.0
_A4 = (595.276, 841.89)
_HEADER = 1796
_PWG_TOTAL = 452
"""TotalPageCount (PWG 5102.4 table 1): 0 when it is not known."""
_GREY, _RGB, _BLACK = 18, 19, 3
# URF colour spaces: grey, sRGB.
_URF_CHANNELS = {0: 1, 1: 3, 4: 1}


TURNED = {3: 180, 6: 90, 8: 270}
MIRRORED = (2, 4, 5, 7)
_ORIENTATION, _QUALITY = 0x0112, 92


def prepare_sandbox() -> None:
    """Load now what Pillow loads at its first picture: a job may not read a single file."""
    Image.init()


@dataclass(frozen=True)
class Page:
    """One page of pixels: ``bits`` a pixel (1 is black ink), lines of ``line_bytes``, ``dpi`` dots an inch."""

    width: int
    height: int
    bits: int
    line_bytes: int
    dpi: tuple[int, int]
    is_inverted: bool
    blank: bytes
    announced: int = 0
    """How many pages the file says it has; 0 when it was made without knowing."""


def convert(files: Mapping[str, BinaryIO], *, media_type: str) -> int:
    """Write ``source`` as a PDF into ``target``; the number of pages.

    :raises UnreadablePrint: when it is not what it says, is cut short or passes a limit.
    """
    source, book = files["source"], PdfBook(files["target"])
    try:
        if media_type == "image/jpeg":
            _convert_jpeg(source, book)
        elif media_type == "image/pwg-raster":
            _convert_raster(source, book, _pwg_pages)
        elif media_type == "image/urf":
            _convert_raster(source, book, _urf_pages)
        else:
            raise UnreadablePrint(reason="ce n’est pas le format annoncé")
    except struct.error:
        raise UnreadablePrint(reason="le fichier s’arrête avant la fin") from None
    if not book.pages:
        raise UnreadablePrint(reason="il n’y a aucune page")
    book.finish()
    return len(book.pages)


def _convert_raster(source: BinaryIO, book: PdfBook, read_pages: Any) -> None:
    announced = 0
    for page in read_pages(source):
        if len(book.pages) >= MOST_PAGES:
            raise UnreadablePrint(reason="il y a trop de pages")
        book.add_raster(page, _read_lines(source, page))
        announced = max(announced, page.announced)
    if len(book.pages) < announced:
        # Cut between two pages, it would look whole.
        raise UnreadablePrint(reason="le fichier s’arrête avant la fin")


def _pwg_pages(source: BinaryIO) -> Iterator[Page]:
    if source.read(4) != b"RaS2":
        raise UnreadablePrint(reason="ce n’est pas le format annoncé")
    while header := source.read(_HEADER):
        if len(header) < _HEADER:
            raise UnreadablePrint(reason="le fichier s’arrête avant la fin")
        across, down = struct.unpack_from(">II", header, 276)
        width, height = struct.unpack_from(">II", header, 372)
        bits, line_bytes = struct.unpack_from(">II", header, 388)
        (space,) = struct.unpack_from(">I", header, 400)
        if (space, bits) not in ((_GREY, 8), (_RGB, 24), (_BLACK, 1), (_BLACK, 8)):
            raise UnreadablePrint(reason="ces couleurs ne sont pas prévues")
        is_ink = space == _BLACK
        page = _checked(width, height, bits, line_bytes, (across, down), is_inverted=is_ink)
        yield replace(page, announced=struct.unpack_from(">I", header, _PWG_TOTAL)[0])


def _urf_pages(source: BinaryIO) -> Iterator[Page]:
    head = source.read(12)
    if head[:8] != b"UNIRAST\0" or len(head) < 12:
        raise UnreadablePrint(reason="ce n’est pas le format annoncé")
    announced = int.from_bytes(head[8:12], "big")
    while header := source.read(32):
        if len(header) < 32:
            raise UnreadablePrint(reason="le fichier s’arrête avant la fin")
        bits, space = header[0], header[1]
        width, height, dpi = struct.unpack_from(">II", header, 12) + struct.unpack_from(">I", header, 20)
        if _URF_CHANNELS.get(space, 0) * 8 != bits:
            raise UnreadablePrint(reason="ces couleurs ne sont pas prévues")
        page = _checked(width, height, bits, width * bits // 8, (dpi, dpi), is_inverted=space == 4)
        yield replace(page, announced=announced)


def _checked(width: int, height: int, bits: int, line_bytes: int, dpi: tuple[int, int], *, is_inverted: bool) -> Page:
    if not (0 < width <= 60_000 and 0 < height <= 120_000 and width * height <= MOST_PIXELS):
        raise UnreadablePrint(reason="l’image est trop grande")
    if line_bytes != (width * bits + 7) // 8 or not all(36 <= value <= 2400 for value in dpi):
        raise UnreadablePrint(reason="une page se contredit")
    blank = b"\x00" if is_inverted else b"\xff"
    return Page(width, height, bits, line_bytes, dpi, is_inverted, blank)


def _read_lines(source: BinaryIO, page: Page) -> Iterator[tuple[bytes, int]]:
    """Each line with how often it stands there (PWG 5102.4 §4.2, the same run-length code in URF)."""
    unit = max(1, page.bits // 8)
    left = page.height
    while left:
        repeat = source.read(1)
        if not repeat:
            raise UnreadablePrint(reason="le fichier s’arrête avant la fin")
        line = _read_line(source, page, unit)
        count = min(repeat[0] + 1, left)
        left -= count
        yield line, count


def _read_line(source: BinaryIO, page: Page, unit: int) -> bytes:
    line = bytearray()
    read = source.read
    while len(line) < page.line_bytes:
        code = read(1)
        if not code:
            raise UnreadablePrint(reason="le fichier s’arrête avant la fin")
        number = code[0]
        if number == 128:
            line += page.blank * (page.line_bytes - len(line))
        elif number < 128:
            line += read(unit) * (number + 1)
        else:
            line += read((257 - number) * unit)
    if len(line) != page.line_bytes:
        raise UnreadablePrint(reason="une ligne déborde")
    return bytes(line)


def _convert_jpeg(source: BinaryIO, book: PdfBook) -> None:
    try:
        image = Image.open(source, formats=("JPEG",))
        if image.width * image.height > MOST_PIXELS:
            raise UnreadablePrint(reason="l’image est trop grande")
        orientation = orientation_of(image)
        mode, size, is_adobe = image.mode, image.size, "adobe" in image.info
        image.load()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, EOFError):
        raise UnreadablePrint(reason="l’image ne peut pas être lue") from None
    if mode not in ("L", "RGB", "CMYK"):
        raise UnreadablePrint(reason="ces couleurs ne sont pas prévues")
    if orientation in MIRRORED:
        source, size = unmirrored(image)
        mode, orientation, is_adobe = "RGB", 1, False
    source.seek(0)
    book.add_jpeg(source, size, mode, TURNED.get(orientation, 0), is_adobe=is_adobe)


def orientation_of(image: Image.Image) -> int:
    """How the device was held (EXIF 2.3, tag 0x0112): 1 upright; what is no number from 1 to 8 says nothing."""
    told = image.getexif().get(_ORIENTATION, 1)
    return told if isinstance(told, int) and 1 <= told <= 8 else 1


def unmirrored(image: Image.Image) -> tuple[BinaryIO, tuple[int, int]]:
    """The JPEG of a picture a front camera mirrored, as one sees it, and its size: a page of a PDF can be turned, never
    mirrored."""
    out = io.BytesIO()
    upright = ImageOps.exif_transpose(image).convert("RGB")
    upright.save(out, "JPEG", quality=_QUALITY)
    return out, upright.size


class PdfBook:
    """A PDF written front to back, one page of one image after the other."""

    def __init__(self, target: BinaryIO) -> None:
        self._target = target
        self._places: list[int] = [0, 0]
        self.pages: list[int] = []
        self._at = 0
        self._write(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")

    def add_raster(self, page: Page, lines: Iterator[tuple[bytes, int]]) -> None:
        """A page of lines, at its own size."""
        colours = b"/DeviceRGB" if page.bits == 24 else b"/DeviceGray"
        depth = 1 if page.bits == 1 else 8
        extra = b"/Decode[1 0]" if page.is_inverted else b""
        length = self._reserve()
        image = self._begin()
        self._write(
            b"<</Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace%b/BitsPerComponent %d%b"
            b"/Filter/FlateDecode/Length %d 0 R>>stream\n" % (page.width, page.height, colours, depth, extra, length)
        )
        start = self._at
        packer = zlib.compressobj(6)
        for line, count in lines:
            for _ in range(count):
                self._write(packer.compress(line))
        self._write(packer.flush())
        size = self._at - start
        self._write(b"\nendstream\nendobj\n")
        self._place(length)
        self._write(b"%d 0 obj\n%d\nendobj\n" % (length, size))
        across, down = page.dpi
        box = page.width / across * _POINTS, page.height / down * _POINTS
        self._add_page(image, box, (0.0, 0.0, *box), rotation=0)

    def add_jpeg(self, source: BinaryIO, size: tuple[int, int], mode: str, rotation: int, *, is_adobe: bool) -> None:
        """A photograph as it is, as large as A4 allows, in the direction that suits it."""
        colours = {"L": b"/DeviceGray", "RGB": b"/DeviceRGB", "CMYK": b"/DeviceCMYK"}[mode]
        extra = b"/Decode[1 0 1 0 1 0 1 0]" if mode == "CMYK" and is_adobe else b""  # Adobe's are stored inverted
        content = source.read()
        image = self._begin()
        self._write(
            b"<</Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace%b/BitsPerComponent 8%b"
            b"/Filter/DCTDecode/Length %d>>stream\n" % (*size, colours, extra, len(content))
        )
        self._write(content)
        self._write(b"\nendstream\nendobj\n")
        sheet = _A4 if size[0] <= size[1] else (_A4[1], _A4[0])
        scale = min(sheet[0] / size[0], sheet[1] / size[1])
        width, height = size[0] * scale, size[1] * scale
        place = (sheet[0] - width) / 2, (sheet[1] - height) / 2, width, height
        self._add_page(image, sheet, place, rotation=rotation)

    def finish(self) -> None:
        """Catalogue, page tree and cross-reference table."""
        kids = b" ".join(b"%d 0 R" % number for number in self.pages)
        catalogue = self._reserve()
        # Object 1 was promised to the pages as their parent.
        self._place(1)
        self._write(b"1 0 obj\n<</Type/Pages/Count %d/Kids[%b]>>\nendobj\n" % (len(self.pages), kids))
        self._place(catalogue)
        self._write(b"%d 0 obj\n<</Type/Catalog/Pages 1 0 R>>\nendobj\n" % catalogue)
        start = self._at
        self._write(b"xref\n0 %d\n0000000000 65535 f \n" % len(self._places))
        for place in self._places[1:]:
            self._write(b"%010d 00000 n \n" % place)
        self._write(
            b"trailer\n<</Size %d/Root %d 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(self._places), catalogue, start)
        )

    def _add_page(
        self, image: int, sheet: tuple[float, float], place: tuple[float, float, float, float], *, rotation: int
    ) -> None:
        left, bottom, width, height = place
        drawing = b"q %.3f 0 0 %.3f %.3f %.3f cm /I Do Q" % (width, height, left, bottom)
        content = self._begin()
        self._write(b"<</Length %d>>stream\n%b\nendstream\nendobj\n" % (len(drawing), drawing))
        page = self._begin()
        turned = b"/Rotate %d" % rotation if rotation else b""
        self._write(
            b"<</Type/Page/Parent 1 0 R/MediaBox[0 0 %.3f %.3f]%b/Contents %d 0 R"
            b"/Resources<</XObject<</I %d 0 R>>>>>>\nendobj\n" % (*sheet, turned, content, image)
        )
        self.pages.append(page)

    def _begin(self) -> int:
        number = self._reserve()
        self._place(number)
        self._write(b"%d 0 obj\n" % number)
        return number

    def _reserve(self) -> int:
        self._places.append(0)
        return len(self._places) - 1

    def _place(self, number: int) -> None:
        self._places[number] = self._at

    def _write(self, content: bytes) -> None:
        self._target.write(content)
        self._at += len(content)
