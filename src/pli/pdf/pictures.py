"""Pages as grey pictures, for optical recognition, codes and blank pages. Runs in the sandbox only."""

from __future__ import annotations

import io
import math
import warnings
from typing import Any, BinaryIO

import cv2
import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium
from PIL import Image

from pli.pdf.errors import BadPicture, DamagedPdf, PageOutOfRange
from pli.pdf.rasterise import opened_document
from pli.pdf.scans import Grey, scanned_grey

cv2.setNumThreads(1)  # Work is shared out by process; a job may have no thread to spare.

MOST_PIXELS = 40_000_000
"""Of one picture: an A3 page at 400 dpi has 31 million."""
_MOST_POINTS = 200_000
_INCH = 72
_BLANK_PIXELS = 900_000
"""A blank page is looked for on a copy of about this size: A4 at 100 dpi."""
_CONTRAST = 40
"""How much darker than the paper around it a point must be to be ink: more than a verso that shows through."""
_LEAST_PATCH = (10, 5)
_LEAST_INK = 25
"""Points, wide, high and inked in all: a word of three letters has more, a speck of dust less."""
_EDGE = 0.04
"""Left out on each side: shadows of the lid, holes, staples."""


def render_grey(source: BinaryIO, page: int, dpi: int) -> bytes:
    """One page (from 1) as a grey picture (PGM) at ``dpi`` (less when it would hold more than :data:`MOST_PIXELS`).

    :raises PageOutOfRange, NotAPdf, DamagedPdf, EncryptedPdf: it can't be drawn.
    """
    with opened_document(source) as document:
        if not 1 <= page <= len(document):
            raise PageOutOfRange(page=page, pages=len(document))
        if document.get_formtype() != pdfium.FORMTYPE_NONE:
            document.init_forms()
        scan = _scan_of(source, document, page, dpi)
        return encode_picture(draw_grey(document, page, dpi=dpi) if scan is None else scan)


def encode_picture(picture: Grey) -> bytes:
    """``picture`` as a portable greymap: nothing to compress, nothing to unpack, and every library reads it."""
    height, width = picture.shape
    return b"P5 %d %d 255\n" % (width, height) + picture.tobytes()


def draw_grey(document: pypdfium2.PdfDocument, page: int, *, dpi: int) -> Grey:
    """One page of an open document.

    :raises DamagedPdf: PDFium can't draw it, or its size makes no sense.
    """
    try:
        sheet = document[page - 1]
        bitmap = sheet.render(scale=_scale_of(sheet, dpi), grayscale=True)
        picture = np.ascontiguousarray(bitmap.to_numpy().reshape(bitmap.height, -1)[:, : bitmap.width])
        sheet.close()
    except pypdfium2.PdfiumError:
        raise DamagedPdf(reason="page") from None
    return picture


def _scan_of(source: BinaryIO, document: pypdfium2.PdfDocument, page: int, dpi: int) -> Grey | None:
    """The same of a page that is a plain scan, in a fifth of the time."""
    try:
        sheet = document[page - 1]
        scale = _scale_of(sheet, dpi)
        width, height = (math.ceil(side * scale) for side in sheet.get_size())
        found = scanned_grey(source, page, sheet.raw, (width, height), most_pixels=MOST_PIXELS)
        sheet.close()
    except pypdfium2.PdfiumError:
        raise DamagedPdf(reason="page") from None
    return found


def _scale_of(sheet: pypdfium2.PdfPage, dpi: int) -> float:
    width, height = sheet.get_size()
    if not (0 < width < _MOST_POINTS and 0 < height < _MOST_POINTS) or max(width / height, height / width) > 500:
        raise DamagedPdf(reason="page size")
    scale = dpi / _INCH
    scale /= math.sqrt(max(1.0, width * height * scale * scale / MOST_PIXELS))
    return float(max(scale, 1 / min(width, height)))


def decode_grey(image: bytes) -> Grey:
    """A PNG, JPEG, TIFF or PGM picture as grey values, its size checked before it is unpacked.

    :raises BadPicture: it can't be read, is empty or holds more than :data:`MOST_PIXELS`.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            opened: Image.Image = Image.open(io.BytesIO(image), formats=("PNG", "JPEG", "TIFF", "PPM"))
            if opened.width * opened.height > MOST_PIXELS:
                raise BadPicture(reason="pixels")
            if opened.mode in ("RGBA", "LA", "PA", "P"):
                ground = Image.new("RGBA", opened.size, "white")
                opened = Image.alpha_composite(ground, opened.convert("RGBA"))
            return np.array(opened.convert("L"))
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError):
        raise BadPicture(reason="unreadable") from None


def shrink_jpeg(image: bytes) -> Grey:
    """A JPEG as grey values at about the size a blank page is looked for: most of it is never unpacked.

    :raises BadPicture: it can't be read.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            opened: Image.Image = Image.open(io.BytesIO(image), formats=("JPEG",))
            scale = math.sqrt(max(1.0, opened.width * opened.height / _BLANK_PIXELS))
            opened.draft("L", (int(opened.width / scale), int(opened.height / scale)))
            if opened.width * opened.height > MOST_PIXELS:
                raise BadPicture(reason="pixels")
            return np.array(opened.convert("L"))
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError):
        raise BadPicture(reason="unreadable") from None


def is_blank_picture(picture: Grey) -> bool:
    """Whether next to nothing is on the page: dust, paper grain, a show-through or a black edge do not count."""
    height, width = picture.shape
    top, side = int(height * _EDGE), int(width * _EDGE)
    inner = picture[top : height - top or height, side : width - side or width]
    if inner.size == 0:
        return True
    scale = min(1.0, math.sqrt(_BLANK_PIXELS / inner.size))
    small = _shrunk(inner, scale) if scale < 1 else inner
    # The paper around a point: the median of its neighbourhood, worked out on a small copy.
    coarse = cv2.medianBlur(_shrunk(small, 0.125), 5)
    paper = cv2.resize(coarse, (small.shape[1], small.shape[0]), interpolation=cv2.INTER_LINEAR)
    ink = (cv2.subtract(paper, small) > _CONTRAST).astype(np.uint8)
    # Letters close to each other become one patch; dust stays apart and small.
    joined = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((3, 9), np.uint8))
    _, labels, patches, _ = cv2.connectedComponentsWithStats(joined)
    # The first is the ground. A page that is not blank shows it at the first letters looked at.
    return not any(
        wide >= _LEAST_PATCH[0]
        and high >= _LEAST_PATCH[1]
        and _inked(ink, labels, number, (left, top, wide, high)) >= _LEAST_INK
        for number, (left, top, wide, high, _) in enumerate(patches)
        if number > 0
    )


def _shrunk(picture: Grey, scale: float) -> Grey:
    """A smaller copy, of one point at least: pages a few points wide or high exist."""
    height, width = picture.shape
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))


def _inked(ink: Grey, labels: Any, number: int, place: tuple[int, int, int, int]) -> int:
    """Points of ink in one patch."""
    left, top, wide, high = place
    part = np.s_[top : top + high, left : left + wide]
    return int(((labels[part] == number) & (ink[part] > 0)).sum())
