"""Pages into readings: their words, their codes, and optical recognition where a page has no text. Sandbox only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import BinaryIO, cast

from pli.pdf.api import read_codes, read_pages, render_grey
from pli.processing.chain import ChosenStep
from pli.processing.plugs import Barcode, PageReading, Word
from pli.processing.words import Words

CODE_DPI = 150


def read_range(
    source: BinaryIO, *, first: int, last: int, readers: Sequence[ChosenStep], barcodes: bool
) -> Iterator[PageReading]:
    """Each page from ``first`` to ``last``, read."""
    for told in read_pages(source, first=first, last=last, words=True):
        page = PageReading(
            number=told.number,
            width=told.width,
            height=told.height,
            text=told.text,
            words=cast("tuple[Word, ...]", Words(told.spelled, told.places)),
            barcodes=_codes(source, told.number) if barcodes else (),
            is_blank=told.is_blank,
        )
        for one in readers:
            page = one.step.read(page, partial(_picture, source, page.number), one.options)
        yield page


def _picture(source: BinaryIO, number: int, dpi: int) -> bytes:
    return render_grey(source, number, dpi)


def _codes(source: BinaryIO, number: int) -> tuple[Barcode, ...]:
    found = read_codes(_picture(source, number, CODE_DPI))
    return tuple(Barcode(code.format, code.text, code.box) for code in found)
