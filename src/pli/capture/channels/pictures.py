"""Scans that come as JPEG, PNG or TIFF (one page or many) as pages of a PDF. Runs in the sandbox only.

A JPEG goes into the PDF as it is; other pixels losslessly, unless they are more than a PDF may unpack to: these become
a JPEG of high quality. What came stays beside it, unaltered.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageOps, ImageSequence

from pli.capture.channels.ipp.raster import (
    MIRRORED,
    MOST_PAGES,
    MOST_PIXELS,
    TURNED,
    Page,
    PdfBook,
    orientation_of,
    unmirrored,
)
from pli.capture.errors import UnreadableImage

_FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/tiff": "TIFF"}
_BROKEN = (OSError, ValueError, SyntaxError, EOFError, KeyError, TypeError)
MOST_LOSSLESS_BYTES = 240 << 20
"""Of one page, unpacked: no stream of a PDF may be much larger to be filed."""
_QUALITY = 92
_A4_INCHES = (8.268, 11.693)
_BITS = {"1": 1, "L": 8, "RGB": 24}


def prepare_sandbox() -> None:
    """Load now what Pillow loads at its first picture: a job may not read a single file."""
    Image.init()


def convert(files: Mapping[str, BinaryIO], *, media_type: str) -> int:
    """Write ``source`` as a PDF into ``target``; the number of pages.

    :raises UnreadableImage: when it is broken or passes a limit.
    """
    source, book = files["source"], PdfBook(files["target"])
    try:
        image = Image.open(source, formats=(_FORMATS[media_type],))
        if media_type == "image/jpeg" and image.mode in ("L", "RGB", "CMYK"):
            _add_jpeg(source, image, book)
        else:
            # Only a TIFF has pages: the other frames of a PNG or of a JPEG are its animation or its depth.
            _add_frames(image, book, is_paged=media_type == "image/tiff")
    except Image.DecompressionBombError:
        raise UnreadableImage(reason="elle est trop grande") from None
    except _BROKEN:
        raise UnreadableImage(reason="elle est abîmée ou incomplète") from None
    if not book.pages:
        raise UnreadableImage(reason="il n’y a aucune page")
    book.finish()
    return len(book.pages)


def _add_jpeg(source: BinaryIO, image: Image.Image, book: PdfBook) -> None:
    _check_size(image)
    orientation, is_adobe = orientation_of(image), "adobe" in image.info
    mode, size = image.mode, image.size
    image.load()
    if orientation in MIRRORED:
        source, size = unmirrored(image)
        mode, orientation, is_adobe = "RGB", 1, False
    source.seek(0)
    book.add_jpeg(source, size, mode, TURNED.get(orientation, 0), is_adobe=is_adobe)


def _add_frames(image: Image.Image, book: PdfBook, *, is_paged: bool) -> None:
    for frame in ImageSequence.Iterator(image) if is_paged else [image]:
        if len(book.pages) >= MOST_PAGES:
            raise UnreadableImage(reason="il y a trop de pages")
        _check_size(frame)
        dpi = _resolution(frame)
        # An upright one is not copied: a picture near the limit fits once into what a job may hold, not twice.
        plain = _flatten(frame if orientation_of(frame) == 1 else ImageOps.exif_transpose(frame))
        if plain.size != frame.size:
            dpi = dpi[::-1]
        bits = _BITS[plain.mode]
        across = (plain.width * bits + 7) // 8
        if across * plain.height > MOST_LOSSLESS_BYTES:
            book.add_jpeg(_as_jpeg(plain), plain.size, plain.mode, 0, is_adobe=False)
            continue
        page = Page(plain.width, plain.height, bits, across, dpi, is_inverted=False, blank=b"\xff")
        book.add_raster(page, _lines(plain))


def _as_jpeg(image: Image.Image) -> BinaryIO:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=_QUALITY)
    out.seek(0)
    return out


def _check_size(image: Image.Image) -> None:
    if image.width * image.height > MOST_PIXELS or min(image.size) < 1:
        raise UnreadableImage(reason="elle est trop grande")


def _flatten(image: Image.Image) -> Image.Image:
    """The picture as paper has it: black and white, greys or colours, on white where it was transparent."""
    if image.mode in _BITS:
        return image
    if image.mode.startswith(("I", "F")):
        return shallow(image)
    if "A" in image.getbands() or "transparency" in image.info:
        layered = image if image.mode == "RGBA" else image.convert("RGBA")
        paper = Image.new("RGB", layered.size, "white")
        paper.paste(layered, mask=layered)
        return paper
    return image.convert("RGB")


def shallow(image: Image.Image) -> Image.Image:
    """A picture of 16 bits a sample, or more, in the eight a page shows. Pillow alone would cut off all that is light.

    Numbers with a point go from 0 to 1, or as far as they go.
    """
    samples = np.asarray(image)
    if image.mode == "F":
        top = max(1.0, float(np.nanmax(samples, initial=0)))
        return Image.fromarray((np.nan_to_num(samples).clip(0, top) * (255 / top)).astype(np.uint8), "L")
    return Image.fromarray((samples.astype(np.int64).clip(0, 65535) >> 8).astype(np.uint8), "L")


def _lines(image: Image.Image) -> Iterator[tuple[bytes, int]]:
    for row in range(image.height):
        yield image.crop((0, row, image.width, row + 1)).tobytes(), 1


def _resolution(image: Image.Image) -> tuple[int, int]:
    """The scanner's dots an inch; what makes it an A4 sheet when it does not say."""
    told = image.info.get("dpi")
    if isinstance(told, tuple) and len(told) == 2 and all(36 <= float(value) <= 2400 for value in told):
        return round(float(told[0])), round(float(told[1]))
    sheet = _A4_INCHES if image.width <= image.height else _A4_INCHES[::-1]
    dots = max(36, round(max(image.width / sheet[0], image.height / sheet[1])))
    return dots, dots
