"""Page images and text with PDFium, image cleaning with Pillow. Runs in the sandbox only."""

from __future__ import annotations

import ctypes
import io
import math
import mmap
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import pypdfium2
import pypdfium2.raw as pdfium
from PIL import Image, ImageChops

from pli.pdf.errors import BadImage, DamagedPdf, EncryptedPdf, PageOutOfRange, PdfTooLarge

_JPEG_QUALITY = 82
_MAX_POINTS = 200_000
_MAPPED_BYTES = 256 << 20
_MAX_CHARACTERS_PER_PAGE = 2_000_000


def warm() -> None:
    """Exercise the parsers once on something of our own, so that they load every part while files can still be read."""
    document = pypdfium2.PdfDocument.new()
    page = document.new_page(10, 10)
    page.get_textpage().get_text_range()
    image = page.render(scale=1, rev_byteorder=True).to_pil()
    document.close()
    Image.init()
    for kind in ("JPEG", "PNG"):
        written = io.BytesIO()
        image.convert("RGBA" if kind == "PNG" else "RGB").save(written, kind)
        Image.open(io.BytesIO(written.getvalue())).load()


@contextmanager
def opened_document(source: BinaryIO) -> Iterator[pypdfium2.PdfDocument]:
    """The file mapped, not read: PDFium touches only the pages of it that the wanted page needs.

    One so large that its map would eat the job's address space is read piece by piece, which is slower.
    """
    wanted: Any = source
    if os.fstat(source.fileno()).st_size <= _MAPPED_BYTES:
        mapped = mmap.mmap(source.fileno(), 0, access=mmap.ACCESS_COPY)
        wanted = (ctypes.c_char * len(mapped)).from_buffer(mapped)
    try:
        document = pypdfium2.PdfDocument(wanted)
    except pypdfium2.PdfiumError as error:
        if error.err_code in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY):
            raise EncryptedPdf() from None
        raise DamagedPdf(reason="pdfium") from None
    yield document


def render(source: BinaryIO, *, page: int, width_px: int, max_pixels: int) -> bytes:
    """One page as JPEG, ``width_px`` wide, annotations and form fields drawn."""
    with opened_document(source) as document:
        _refuse_page(document, page)
        if document.get_formtype() != pdfium.FORMTYPE_NONE:
            document.init_forms()
        try:
            sheet = document[page - 1]
            scale = _scale(*sheet.get_size(), width_px=width_px, max_pixels=max_pixels)
            bitmap = sheet.render(scale=scale, rev_byteorder=True)
        except pypdfium2.PdfiumError:
            raise DamagedPdf(reason="page") from None
        written = io.BytesIO()
        bitmap.to_pil().save(written, "JPEG", quality=_JPEG_QUALITY)
        return written.getvalue()


def _scale(width: float, height: float, *, width_px: int, max_pixels: int) -> float:
    """Pixels per point for a page ``width_px`` wide, less when it would hold more than ``max_pixels``."""
    if not (0 < width < _MAX_POINTS and 0 < height < _MAX_POINTS) or max(width / height, height / width) > 500:
        raise DamagedPdf(reason="page size")
    scale = width_px / width
    excess = height * scale * width_px / max_pixels
    return float(max(scale / math.sqrt(max(1.0, excess)), 1 / min(width, height)))


def extract_text(source: BinaryIO, *, first: int, last: int | None, max_characters: int) -> list[str]:
    """The text of pages ``first`` to ``last``, one string a page, lines separated by ``\\n``."""
    with opened_document(source) as document:
        _refuse_page(document, first)
        if last is not None:
            _refuse_page(document, last)
        texts, total = [], 0
        for index in range(first - 1, last or len(document)):
            text = _page_text(document, index)
            total += len(text)
            if total > max_characters:
                raise PdfTooLarge(reason="text")
            texts.append(text)
        return texts


def _page_text(document: pypdfium2.PdfDocument, index: int) -> str:
    try:
        sheet = document[index]
        text: str = sheet.get_textpage().get_text_range()
        sheet.close()
    except pypdfium2.PdfiumError:
        return ""
    if len(text) > _MAX_CHARACTERS_PER_PAGE:
        raise PdfTooLarge(reason="text")
    # U+FFFE and U+0002 are PDFium's marks for a hyphen at a line's end; NUL is nothing a database can store.
    return text.replace("\r\n", "\n").replace("\ufffe", "-").replace("\x02", "-").replace("\x00", "")


def _refuse_page(document: pypdfium2.PdfDocument, page: int) -> None:
    if not 1 <= page <= len(document):
        raise PageOutOfRange(page=page, pages=len(document))


def clean_image(source: BinaryIO, *, max_pixels: int, max_side: int) -> bytes:
    """A drawn or uploaded signature as opaque RGB PNG: on white, cropped to its ink, without metadata."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(source, formats=("PNG", "JPEG"))
            if image.width * image.height > max_pixels:
                raise BadImage(reason="pixels")
            image.draft("RGB", (max_side, max_side))
            rgba = image.convert("RGBA")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, EOFError):
        raise BadImage(reason="unreadable") from None
    opaque = Image.new("RGB", rgba.size, "white")
    opaque.paste(rgba, mask=rgba.getchannel("A"))
    ink = ImageChops.difference(opaque, Image.new("RGB", opaque.size, "white")).convert("L")
    box = ink.point([0] * 16 + [255] * 240).getbbox()
    if box is None:
        raise BadImage(reason="empty")
    opaque = opaque.crop(box)
    opaque.thumbnail((max_side, max_side), Image.Resampling.LANCZOS)
    written = io.BytesIO()
    opaque.save(written, "PNG", optimize=False)
    return written.getvalue()
