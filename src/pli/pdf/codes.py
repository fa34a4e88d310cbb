"""Barcodes and QR codes on a page's picture, with zxing-cpp. Runs in the sandbox only."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import zxingcpp

from pli.pdf.pictures import decode_grey
from pli.pdf.reading import Box

_MOST_CODES = 50
_LONGEST = 4_000


class PageCode(NamedTuple):
    """A code as read; ``format`` as zxing names it (``QRCode``, ``Code128``, ``DataMatrix``…)."""

    format: str
    text: str
    box: Box


def read_codes(image: bytes) -> list[PageCode]:
    """The codes on a picture (PNG, JPEG, TIFF, PGM), from top to bottom; boxes are shares of it. At most 50.

    Codes whose check fails are not returned, nor those that hold bytes instead of text.

    :raises BadPicture: it can't be decoded.
    """
    picture = decode_grey(image)
    height, width = picture.shape
    found = []
    for code in zxingcpp.read_barcodes(np.ascontiguousarray(picture), text_mode=zxingcpp.TextMode.Plain)[:_MOST_CODES]:
        text = code.text.replace("\x00", "")
        if not code.valid or not text or len(text) > _LONGEST:
            continue
        place = code.position
        corners = (place.top_left, place.top_right, place.bottom_left, place.bottom_right)
        xs = [min(1.0, max(0.0, corner.x / width)) for corner in corners]
        ys = [min(1.0, max(0.0, corner.y / height)) for corner in corners]
        found.append(PageCode(_name(code.format), text, (min(xs), min(ys), max(xs), max(ys))))
    return sorted(found, key=lambda one: (one.box[1], one.box[0]))


def _name(kind: zxingcpp.BarcodeFormat) -> str:
    return str(kind).removeprefix("BarcodeFormat.").replace(" ", "").replace("-", "")
