"""Reading as a job does it: imported by the fork server under the tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, BinaryIO

from pli.pdf.api import prepare_reading, read_codes, read_pages, recognise_page, render_grey

Files = Mapping[str, BinaryIO]


def prepare_sandbox() -> None:
    """Load all that the jobs below need."""
    prepare_reading()


def pages(files: Files, *, words: bool = True) -> list[dict[str, Any]]:
    """Every page."""
    return [
        {
            "number": page.number,
            "width": page.width,
            "height": page.height,
            "text": page.text,
            "words": page.words,
            "is_blank": page.is_blank,
        }
        for page in read_pages(files["source"], words=words)
    ]


def recognise(files: Files, *, page: int = 1, language: str = "fra") -> dict[str, Any]:
    """One page drawn, then recognised."""
    return asdict(recognise_page(render_grey(files["source"], page, 200), language))


def recognise_image(files: Files, *, language: str = "fra") -> dict[str, Any]:
    """A picture recognised."""
    return asdict(recognise_page(files["image"].read(), language))


def codes(files: Files) -> list[list[Any]]:
    """The codes of the first page."""
    return [list(code) for code in read_codes(render_grey(files["source"], 1, 150))]
