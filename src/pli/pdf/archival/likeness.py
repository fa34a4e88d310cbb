"""Whether a conversion left the pages looking as they did: both drawn small, as they would print, cell by cell.

A PDF/A that a judge accepts may still show something else than what came: a field that vanished, a picture turned
black, a layer that was hidden. Fonts put in the place of absent ones draw the same words a little otherwise: a cell is
wide enough not to mind.
"""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium

_DPI = 36
_CELL = 6
"""Pixels: a sixth of an inch, the height of a line."""
_DARKER = 44
"""Of 255: how much the mean of a cell may differ."""
_CELLS = 3
_SHARE = 0.004
MOST_PAGES = 200
_MOST_SIDE = 1500
Cells = np.ndarray[Any, np.dtype[np.float64]]


def changed_pages(before: bytes, after: bytes) -> list[int]:
    """The pages (from 1) that no longer look the same, of the first two hundred; all when their number differs.

    A page that could not be drawn before is not compared. Native code reads both: call it inside a sandbox job.
    """
    with contextlib.ExitStack() as stack:
        old, new = (_opened(stack, data) for data in (before, after))
        if old is None:
            return []
        if new is None or len(old) != len(new):
            return list(range(1, len(old) + 1))
        return [number + 1 for number in range(min(len(old), MOST_PAGES)) if _has_changed(old, new, number)]


def _opened(stack: contextlib.ExitStack, data: bytes) -> pypdfium2.PdfDocument | None:
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError:
        return None
    stack.callback(document.close)
    if document.get_formtype() != pdfium.FORMTYPE_NONE:
        document.init_forms()
    return document


def _has_changed(old: pypdfium2.PdfDocument, new: pypdfium2.PdfDocument, number: int) -> bool:
    was, is_now = _cells(old, number), _cells(new, number)
    if was is None:
        return False
    if is_now is None or was.shape != is_now.shape:
        return True
    differing = int((np.abs(was - is_now) > _DARKER).sum())
    return differing > max(_CELLS, _SHARE * was.size)


def _cells(document: pypdfium2.PdfDocument, number: int) -> Cells | None:
    """The mean grey of each cell of a page; None when it can't be drawn."""
    try:
        page = document[number]
        width, height = page.get_size()
        if not (width > 0 and height > 0) or max(width / height, height / width) > 500:
            return None
        scale = min(_DPI / 72, _MOST_SIDE / max(width, height))
        drawn = page.render(scale=scale, grayscale=True, optimize_mode="print")
        grey = drawn.to_numpy().reshape(drawn.height, -1)[:, : drawn.width].astype(np.float64)
        page.close()
    except (pypdfium2.PdfiumError, ValueError):
        return None
    high, wide = -(-grey.shape[0] // _CELL), -(-grey.shape[1] // _CELL)
    padded = np.full((high * _CELL, wide * _CELL), 255.0)
    padded[: grey.shape[0], : grey.shape[1]] = grey
    means: Cells = padded.reshape(high, _CELL, wide, _CELL).mean(axis=(1, 3))
    return means
