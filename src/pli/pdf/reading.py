"""Words of a page and where they stand, with PDFium. Runs in the sandbox only, on an open file."""

from __future__ import annotations

import ctypes
import re
from dataclasses import dataclass, field
from itertools import compress
from typing import Any, BinaryIO, cast

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


Places = np.ndarray[tuple[int, int], np.dtype[np.float64]]
"""One row a word: left, top, right, bottom as in :data:`Box`."""
_NOWHERE: Places = np.empty((0, 4))


@dataclass(frozen=True, eq=False)
class PageText:
    """One page as read. ``number`` counts from 1; ``width`` and ``height`` are points, as seen."""

    number: int
    width: float
    height: float
    text: str
    spelled: tuple[str, ...] = ()
    """Its words; ``places`` says where each stands: columns, for a page has hundreds of words."""
    places: Places = field(default_factory=lambda: _NOWHERE)
    is_blank: bool = False

    @property
    def words(self) -> tuple[tuple[str, Box], ...]:
        """Each word and where it stands."""
        return tuple(zip(self.spelled, cast("list[Box]", map(tuple, self.places.tolist())), strict=True))


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
        text, spelled, places = _page_words(page, words=words)
        is_blank = not text.strip() and _shows_nothing(document, page, number)
        return PageText(number, float(width), float(height), text, spelled, places, is_blank)
    finally:
        pdfium.FPDF_ClosePage(page)


def _page_words(page: pdfium.FPDF_PAGE, *, words: bool) -> tuple[str, tuple[str, ...], Places]:
    layer = pdfium.FPDFText_LoadPage(page)
    if not layer:
        return "", (), _NOWHERE
    try:
        count = pdfium.FPDFText_CountChars(layer)
        if count <= 0:
            return "", (), _NOWHERE
        if count > _MOST_CHARACTERS:
            raise PdfTooLarge(reason="text")
        buffer = (ctypes.c_ushort * (count + 1))()
        written = pdfium.FPDFText_GetText(layer, 0, count, buffer)
        raw = bytes(buffer)[: 2 * max(0, written - 1)].decode("utf-16-le", "replace")
        # PDFium numbers units of UTF-16; letters of two units, and characters it leaves out, shift places in the text.
        number_of = None if len(raw) == count else _numbering(layer, raw, count)
        spelled, places = _words(layer, raw, number_of, _seen_from(page)) if words else ((), _NOWHERE)
        return _clean(raw), spelled, places
    finally:
        pdfium.FPDFText_ClosePage(layer)


def _words(
    layer: pdfium.FPDF_TEXTPAGE, raw: str, number_of: list[int] | None, seen: Matrix
) -> tuple[tuple[str, ...], Places]:
    """The place of a word is that of its first and of its last letter: two calls a word, their results in one array."""
    spans = [match.span() for match in _WORD.finditer(raw)]
    if len(spans) > _MOST_WORDS:
        raise PdfTooLarge(reason="text")
    texts = [raw[start:end] for start, end in spans]
    numbers = [(start, end - 1) for start, end in spans]
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
    places, shown = _places_seen(corners, seen)
    if any(mark in raw for mark in _UNCLEAN):
        texts = [_clean(text) for text in texts]
    return tuple(texts if shown.all() else compress(texts, shown)), places


def _places_seen(corners: np.ndarray[Any, Any], seen: Matrix) -> tuple[Places, np.ndarray[Any, Any]]:
    """PDFium's left, top, right, bottom of first and last letters as shares of the page, of the words that are on it;
    and for every word whether it is."""
    a, b, c, d, e, f = seen
    # In double precision: a box written in single has six figures, and nothing here needs more.
    whole = corners.astype(np.float64)
    low, high = whole.min(axis=1), whole.max(axis=1)
    left, right = np.minimum(low[:, 0], low[:, 2]), np.maximum(high[:, 0], high[:, 2])
    bottom, top = np.minimum(low[:, 1], low[:, 3]), np.maximum(high[:, 1], high[:, 3])
    ends = np.empty((2, len(whole), 2))
    ends[0, :, 0], ends[0, :, 1] = a * left + c * top + e, b * left + d * top + f
    ends[1, :, 0], ends[1, :, 1] = a * right + c * bottom + e, b * right + d * bottom + f
    first, last = ends.min(axis=0), ends.max(axis=0)
    shown = ((last > 0) & (first < 1)).all(axis=1)
    places = np.concatenate([first, last], axis=1)
    if not shown.all():
        places = places[shown]
    return places.clip(0, 1).round(5), shown


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
