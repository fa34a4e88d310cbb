"""A bundle of photographs as the pages of a PDF. Runs in the sandbox only."""

from __future__ import annotations

import codecs
import io
import zipfile
from collections.abc import Mapping
from typing import BinaryIO

import cv2
import numpy as np
from PIL import Image, ImageOps

from pli.capture.channels.ipp.raster import MOST_PIXELS, PdfBook
from pli.capture.channels.photos.sheets import Picture, find_sheet, improve, straighten, warm_up
from pli.capture.channels.pictures import shallow
from pli.capture.errors import UnreadableImage

MOST_PAGES = 30
LONGEST_EDGE = 3508
"""A4 at 300 dpi: what a telephone gives beyond is grain."""
_QUALITY = 82
_BROKEN = (OSError, ValueError, SyntaxError, EOFError, KeyError, zipfile.BadZipFile)


def prepare_sandbox() -> None:
    """Load now what the libraries load at their first picture: a job may not read a single file."""
    Image.init()
    # The names in a ZIP are written in it.
    codecs.lookup("cp437")
    cv2.setNumThreads(0)
    cv2.ocl.setUseOpenCL(False)
    warm_up()
    Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(io.BytesIO(), "JPEG")


def bind(files: Mapping[str, BinaryIO], *, media_type: str) -> int:
    """Write the photographs of ``source`` as pages into ``target``; how many.

    A sheet found in a photograph is cut out and straightened; a photograph without one is a page as it is.

    :raises UnreadableImage: when one is broken or passes a limit.
    """
    book, count = PdfBook(files["target"]), 0
    try:
        with zipfile.ZipFile(files["source"]) as whole:
            names = whole.namelist()
            if not 1 <= len(names) <= MOST_PAGES:
                raise UnreadableImage(reason="il y a trop de pages")
            improves = whole.comment == b"improve"
            for name in names:
                with whole.open(name) as page:
                    _add(book, _read(page.read()), improves=improves)
                count += 1
    except Image.DecompressionBombError:
        raise UnreadableImage(reason="elle est trop grande") from None
    except (*_BROKEN, cv2.error):
        raise UnreadableImage(reason="elle est abîmée ou incomplète") from None
    book.finish()
    return count


def _read(content: bytes) -> Picture:
    image = Image.open(io.BytesIO(content), formats=("JPEG", "PNG"))
    if image.width * image.height > MOST_PIXELS:
        raise UnreadableImage(reason="elle est trop grande")
    # A telephone says how it was held; JPEGs are decoded no larger than needed.
    image.draft("RGB", (LONGEST_EDGE, LONGEST_EDGE))
    upright = ImageOps.exif_transpose(image)
    if upright.mode.startswith(("I", "F")):
        upright = shallow(upright)
    if "A" in upright.getbands():
        paper = Image.new("RGB", upright.size, "white")
        paper.paste(upright.convert("RGBA"), mask=upright.getchannel("A"))
        upright = paper
    upright.thumbnail((LONGEST_EDGE, LONGEST_EDGE))
    return np.asarray(upright.convert("RGB"))


def _add(book: PdfBook, picture: Picture, *, improves: bool) -> None:
    corners = find_sheet(picture)
    page = straighten(picture, corners) if corners is not None else picture
    if improves:
        page = improve(page)
    out = io.BytesIO()
    Image.fromarray(page).save(out, "JPEG", quality=_QUALITY, optimize=True)
    out.seek(0)
    height, width = page.shape[:2]
    book.add_jpeg(out, (width, height), "RGB", 0, is_adobe=False)
