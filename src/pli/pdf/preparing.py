"""Loads all that reads pages, in the fork server, before its jobs may open nothing any more."""

from __future__ import annotations

import io
import os

import pypdfium2

from pli.pdf.codes import read_codes
from pli.pdf.pictures import render_grey
from pli.pdf.rasterise import warm
from pli.pdf.reading import read_pages
from pli.pdf.recognition import OCR_DPI, prepare_recognition


def prepare_reading() -> None:
    """Use each reader once on something of our own. To call in the ``prepare_sandbox`` of jobs that read pages."""
    warm()
    document = pypdfium2.PdfDocument.new()
    document.new_page(200, 200)
    written = io.BytesIO()
    document.save(written)
    with os.fdopen(os.memfd_create("pli-warming"), "w+b") as source:  # No path can be written here.
        source.write(written.getvalue())
        source.flush()
        read_pages(source, words=True)
        read_codes(render_grey(source, 1, OCR_DPI))
    prepare_recognition()
