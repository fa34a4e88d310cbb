"""Words of a page and where they stand, with PDFium. Runs in the sandbox only, on an open file."""

from __future__ import annotations

import ctypes
import re
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium

from pli.pdf.errors import BadPicture, DamagedPdf, PageOutOfRange, PdfTooLarge
from pli.pdf.pictures import draw_grey, is_blank_picture, shrink_jpeg
from pli.pdf.rasterise import opened_document
from pli.pdf.scans import only_jpeg

Box = tuple[float, float, float, float]
"""Left, top, right, bottom as shares (0 to 1) of the page as it is seen, its rotation applied."""

_MOST_CHARACTERS = 2_000_000
_MOST_WORDS = 100_000
_BLANK_DPI = 100
# PDFium's marks for a hyphen that cuts a word at a line's end: the word then stands on two lines.
_CUT = "\x02\ufffe"
_WORD = re.compile(rf"[^\s{_CUT}]+[{_CUT}]?|[{_CUT}]")
_UNCLEAN = ("\ufffe", "\x02", "\x00")
_GRID = 1_000_000
Matrix = tuple[float, float, float, float, float, float]
# PDFium's function without the checks of its binding, which cost more than it: text page, number, place of the result.
_loose_box = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)(
    ctypes.cast(pdfium.FPDFText_GetLooseCharBox, ctypes.c_void_p).value or 0
)


@dataclass(frozen=True)
class PageText:
    """One page as read. ``number`` counts from 1; ``width`` and ``height`` are points, as seen."""

    number: int
    width: float
    height: float
    text: str
    words: tuple[tuple[str, Box], ...] = ()
    """Each word and where it stands."""
    is_blank: bool = False


def read_pages(source: BinaryIO, *, first: int = 1, last: int | None = None, words: bool = True) -> list[PageText]:
    """The text of pages ``first`` to ``last`` (both included), and with ``words`` the place of each word.

    Text outside the part of the page that shows (its crop box) is not read as a word. A page that cannot be read comes
    out with no text. A page without text counts as blank when next to nothing is drawn on it (a scan's dust aside).

    :raises NotAPdf, DamagedPdf, EncryptedPdf, PageOutOfRange, PdfTooLarge: nothing of it can be read.
    """
    with opened_document(source) as document:
        count = len(document)
        last = count if last is None else last
        for page in (first, last):
            if not 1 <= page <= count:
                raise PageOutOfRange(page=page, pages=count)
        return [_read_page(document, number, words=words) for number in range(first, last + 1)]


def _read_page(document: pypdfium2.PdfDocument, number: int, *, words: bool) -> PageText:
    page = pdfium.FPDF_LoadPage(document.raw, number - 1)
    if not page:
        return PageText(number, 0, 0, "")
    try:
        width, height = pdfium.FPDF_GetPageWidthF(page), pdfium.FPDF_GetPageHeightF(page)
        text, found = _page_words(page, words=words)
        is_blank = not text.strip() and _shows_nothing(document, page, number)
        return PageText(number, float(width), float(height), text, found, is_blank)
    finally:
        pdfium.FPDF_ClosePage(page)


def _page_words(page: pdfium.FPDF_PAGE, *, words: bool) -> tuple[str, tuple[tuple[str, Box], ...]]:
    layer = pdfium.FPDFText_LoadPage(page)
    if not layer:
        return "", ()
    try:
        count = pdfium.FPDFText_CountChars(layer)
        if count <= 0:
            return "", ()
        if count > _MOST_CHARACTERS:
            raise PdfTooLarge(reason="text")
        buffer = (ctypes.c_ushort * (count + 1))()
        written = pdfium.FPDFText_GetText(layer, 0, count, buffer)
        raw = bytes(buffer)[: 2 * max(0, written - 1)].decode("utf-16-le", "replace")
        # PDFium numbers units of UTF-16; letters of two units, and characters it leaves out, shift places in the text.
        number_of = None if len(raw) == count else _numbering(layer, raw, count)
        found = _words(layer, raw, number_of, _seen_from(page)) if words else ()
        return _clean(raw), found
    finally:
        pdfium.FPDFText_ClosePage(layer)


def _words(
    layer: pdfium.FPDF_TEXTPAGE, raw: str, number_of: list[int] | None, seen: Matrix
) -> tuple[tuple[str, Box], ...]:
    """The place of a word is that of its first and of its last letter: two calls a word, their results in one array."""
    texts, numbers = [], []
    for match in _WORD.finditer(raw):
        texts.append(match.group())
        numbers.append((match.start(), match.end() - 1))
    if len(texts) > _MOST_WORDS:
        raise PdfTooLarge(reason="text")
    if number_of is not None:
        known = len(number_of)
        numbers = [(number_of[start], number_of[end]) for start, end in numbers if end < known]
        texts = texts[: len(numbers)]
    # Not a number where PDFium knows no place: such a word is then on no page.
    corners = np.full((len(texts), 2, 4), np.nan, np.float32)
    handle, target = ctypes.cast(layer, ctypes.c_void_p).value, corners.ctypes.data
    for start, end in numbers:
        _loose_box(handle, start, target)
        _loose_box(handle, end, target + 16)
        target += 32
    boxes, shown = _boxes_seen(corners, seen)
    if any(mark in raw for mark in _UNCLEAN):
        texts = [_clean(text) for text in texts]
    return tuple(
        (text, (box[0], box[1], box[2], box[3])) for text, box, here in zip(texts, boxes, shown, strict=True) if here
    )


def _boxes_seen(corners: np.ndarray[Any, Any], seen: Matrix) -> tuple[list[list[float]], list[bool]]:
    """PDFium's left, top, right, bottom of first and last letters as shares of the page, and whether they are on it."""
    a, b, c, d, e, f = seen
    # In double precision: a box written in single has six figures, and nothing here needs more.
    whole = corners.astype(np.float64)
    xs, ys = whole[:, :, (0, 2)].reshape(-1, 4), whole[:, :, (1, 3)].reshape(-1, 4)
    left, right, low, high = xs.min(axis=1), xs.max(axis=1), ys.min(axis=1), ys.max(axis=1)
    x0, y0 = a * left + c * high + e, b * left + d * high + f
    x1, y1 = a * right + c * low + e, b * right + d * low + f
    box = np.stack([np.minimum(x0, x1), np.minimum(y0, y1), np.maximum(x0, x1), np.maximum(y0, y1)], axis=1)
    shown = (box[:, 2] > 0) & (box[:, 0] < 1) & (box[:, 3] > 0) & (box[:, 1] < 1)
    return np.nan_to_num(np.clip(box, 0, 1)).round(5).tolist(), shown.tolist()


def _numbering(layer: pdfium.FPDF_TEXTPAGE, raw: str, count: int) -> list[int]:
    """PDFium's number of the character at each place of ``raw``."""
    of_unit: list[int] = []
    for number in range(count):
        if pdfium.FPDFText_GetTextIndexFromCharIndex(layer, number) == len(of_unit):
            of_unit.append(number)
    numbers, unit = [], 0
    for letter in raw:
        if unit >= len(of_unit):
            break
        numbers.append(of_unit[unit])
        unit += 2 if ord(letter) > 0xFFFF else 1
    return numbers


def _seen_from(page: pdfium.FPDF_PAGE) -> Matrix:
    """From PDF coordinates to shares of the page as seen: crop box and rotation as PDFium itself applies them."""
    x, y = ctypes.c_int(), ctypes.c_int()

    def device(px: float, py: float) -> tuple[int, int]:
        pdfium.FPDF_PageToDevice(page, 0, 0, _GRID, _GRID, 0, px, py, ctypes.byref(x), ctypes.byref(y))
        return x.value, y.value

    zero, along, up = device(0, 0), device(1000, 0), device(0, 1000)
    span = 1000 * _GRID
    return (
        (along[0] - zero[0]) / span,
        (along[1] - zero[1]) / span,
        (up[0] - zero[0]) / span,
        (up[1] - zero[1]) / span,
        zero[0] / _GRID,
        zero[1] / _GRID,
    )


def _clean(text: str) -> str:
    """As the text of a page is kept: NUL is nothing a database can store."""
    return text.replace("\r\n", "\n").replace("\ufffe", "-").replace("\x02", "-").replace("\x00", "")


def _shows_nothing(document: pypdfium2.PdfDocument, page: pdfium.FPDF_PAGE, number: int) -> bool:
    if pdfium.FPDFPage_CountObjects(page) <= 0 and pdfium.FPDFPage_GetAnnotCount(page) <= 0:
        return True
    try:
        picture = shrink_jpeg(scan) if (scan := only_jpeg(page)) else draw_grey(document, number, dpi=_BLANK_DPI)
        return is_blank_picture(picture)
    except (DamagedPdf, BadPicture):
        return False
