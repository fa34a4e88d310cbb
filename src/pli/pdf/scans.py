"""Pages that are one JPEG and nothing else, as scanners make them: their picture straight from the JPEG. Sandbox only.

PDFium unpacks, converts and scales such a picture in five times the time a JPEG library takes to.
"""

from __future__ import annotations

import ctypes
from typing import Any, BinaryIO

import cv2
import numpy as np
import pikepdf
import pypdfium2.raw as pdfium
from pikepdf import Dictionary, Name

Grey = np.ndarray[Any, np.dtype[np.uint8]]
"""Rows of grey values, 0 black, 255 white."""
_LARGEST_SCAN = 64 << 20
_PLAIN_SPACES = (pdfium.FPDF_COLORSPACE_DEVICEGRAY, pdfium.FPDF_COLORSPACE_DEVICERGB, pdfium.FPDF_COLORSPACE_ICCBASED)
_FEW_BITS = (8, 24)
_SLACK = 0.01
"""Share of the page by which its picture may stand beside it."""
_PLAIN_KEYS = frozenset(
    [
        "/Type",
        "/Subtype",
        "/Width",
        "/Height",
        "/BitsPerComponent",
        "/ColorSpace",
        "/Filter",
        "/Length",
        "/Name",
        "/Interpolate",
        "/Intent",
    ]
)
_SLIGHTLY = 0.66


def only_jpeg(page: Any) -> bytes:
    """The JPEG that is all there is on the page (a PDFium handle); empty for any other page."""
    item = _only_image(page)
    if item is None or pdfium.FPDFImageObj_GetImageFilterCount(item) != 1:
        return b""
    name = ctypes.create_string_buffer(16)
    pdfium.FPDFImageObj_GetImageFilter(item, 0, name, len(name))
    size = pdfium.FPDFImageObj_GetImageDataRaw(item, None, 0)
    if name.value != b"DCTDecode" or not 0 < size <= _LARGEST_SCAN:
        return b""
    buffer = ctypes.create_string_buffer(size)
    pdfium.FPDFImageObj_GetImageDataRaw(item, buffer, size)
    return buffer.raw


def scanned_grey(source: BinaryIO, number: int, page: Any, size: tuple[int, int], *, most_pixels: int) -> Grey | None:
    """What a page that is one plain JPEG shows, at ``size`` (pixels, as seen); None for any other page.

    Plain: it covers the page, upright, grey or RGB, opaque, of no more than ``most_pixels``. ``page``: PDFium's
    handle of page ``number`` (from 1) of ``source``.
    """
    item = _only_image(page)
    if item is None or not _is_plain(page, item, most_pixels) or not _is_said_plainly(source, number):
        return None
    jpeg = only_jpeg(page)
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE) if jpeg else None
    if picture is None or not picture.size:
        return None
    turned = np.ascontiguousarray(np.rot90(picture, -pdfium.FPDFPage_GetRotation(page)))
    scale = size[0] / turned.shape[1]
    # Made a little smaller, a scan loses nothing by the quick way.
    way = cv2.INTER_LINEAR if scale >= _SLIGHTLY else cv2.INTER_AREA
    resized = cv2.resize(turned, size, interpolation=way)
    return resized.astype(np.uint8, copy=False)


def _only_image(page: Any) -> Any:
    if pdfium.FPDFPage_CountObjects(page) != 1 or pdfium.FPDFPage_GetAnnotCount(page) > 0:
        return None
    item = pdfium.FPDFPage_GetObject(page, 0)
    return item if pdfium.FPDFPageObj_GetType(item) == pdfium.FPDF_PAGEOBJ_IMAGE else None


def _is_plain(page: Any, item: Any, most_pixels: int) -> bool:
    told = pdfium.FPDF_IMAGEOBJ_METADATA()
    if not pdfium.FPDFImageObj_GetImageMetadata(item, page, told) or pdfium.FPDFPageObj_HasTransparency(item):
        return False
    if told.colorspace not in _PLAIN_SPACES or told.bits_per_pixel not in _FEW_BITS:
        return False
    return 0 < told.width * told.height <= most_pixels and _covers(page, item)


def _is_said_plainly(source: BinaryIO, number: int) -> bool:
    """Whether the file says no more of the picture than size and colours: PDFium tells of no mask and no negative."""
    try:
        with pikepdf.open(source, access_mode=pikepdf.AccessMode.mmap) as pdf:
            drawn = pdf.pages[number - 1].resources.get(Name.XObject)
            images = list(drawn.values()) if isinstance(drawn, Dictionary) else []
            return len(images) == 1 and set(images[0].keys()) <= _PLAIN_KEYS
    except (pikepdf.PdfError, ValueError, AttributeError, IndexError):
        return False


def _covers(page: Any, item: Any) -> bool:
    """Whether the picture stands upright on the page and just covers what shows of it."""
    matrix, box = pdfium.FS_MATRIX(), pdfium.FS_RECTF()
    if not pdfium.FPDFPageObj_GetMatrix(item, matrix) or not pdfium.FPDF_GetPageBoundingBox(page, box):
        return False
    width, height = box.right - box.left, box.top - box.bottom
    if width <= 0 or height <= 0:
        return False
    apart = (
        (matrix.a - width) / width,
        (matrix.d - height) / height,
        (matrix.e - box.left) / width,
        (matrix.f - box.bottom) / height,
        matrix.b / width,
        matrix.c / height,
    )
    return all(abs(one) <= _SLACK for one in apart)
