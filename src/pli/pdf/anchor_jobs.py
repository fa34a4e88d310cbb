"""Finding words in a page, in the sandbox only; apart from the other jobs, for what reads pages is heavy to load."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from typing import Any, BinaryIO

import pypdfium2

from pli.pdf.jobs import prepare_sandbox as prepare_parsers
from pli.pdf.reading import read_pages

_MOST_FOUND = 2000


def prepare_sandbox() -> None:
    """Bound the parsers and load what reading loads on first use."""
    prepare_parsers()
    document, written = pypdfium2.PdfDocument.new(), io.BytesIO()
    document.new_page(200, 200)
    document.save(written)
    with os.fdopen(os.memfd_create("pli-warming"), "w+b") as source:  # No path can be written here.
        source.write(written.getvalue())
        source.flush()
        read_pages(source, words=True)


def find(files: Mapping[str, BinaryIO], *, texts: list[str]) -> list[list[Any]]:
    """See :func:`pli.pdf.fields.find_anchors`."""
    found: list[list[Any]] = []
    for page in read_pages(files["source"]):
        for word, (left, top, right, bottom) in page.words:
            size = (right - left) * page.width, (bottom - top) * page.height
            for text in texts:
                if text in word and len(found) < _MOST_FOUND:
                    found.append([text, page.number, [left * page.width, top * page.height, *size]])
    return found
