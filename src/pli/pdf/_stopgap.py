"""Stands in for the reading room's words until it is merged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from pli.pdf import rasterise


@dataclass
class PageText:
    number: int
    width: float
    height: float
    text: str
    words: list[tuple[str, Any]]
    is_blank: bool


def read_pages(source: BinaryIO, *, first: int, last: int, words: bool) -> Iterator[PageText]:
    with rasterise._document(source) as document:
        for index in range(first - 1, last):
            sheet = document[index]
            width, height = sheet.get_size()
            page = sheet.get_textpage()
            text = page.get_text_range().replace("\r\n", "\n").replace("\x00", "")
            found = []
            for at in range(page.count_rects()):
                l, b, r, t = page.get_rect(at)
                line = page.get_text_bounded(l, b, r, t).strip()
                size = max(1, len(line))
                place = 0
                for word in line.split():
                    start = line.index(word, place)
                    place = start + len(word)
                    left, right = l + (r - l) * start / size, l + (r - l) * place / size
                    found.append((word, (left / width, 1 - t / height, right / width, 1 - b / height)))
            yield PageText(index + 1, width, height, text, found, not text.strip())
            sheet.close()
