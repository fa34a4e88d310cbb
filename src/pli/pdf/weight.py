"""How heavy a PDF is once unpacked, measured under bounds before any of it is believed. Runs in the sandbox only."""

from __future__ import annotations

import zlib
from typing import Any

import pikepdf

from pli.pdf.errors import PdfTooLarge
from pli.pdf.structure import Structure

_SLICE = 64 * 1024
_CHUNK = 4 * 1024 * 1024
_IMAGE_FILTERS = {"/DCTDecode", "/DCT", "/JPXDecode", "/CCITTFaxDecode", "/CCF", "/JBIG2Decode"}
_FLATE = {"/FlateDecode", "/Fl"}


def refuse_bombs(pdf: pikepdf.Pdf, structure: Structure, limits: dict[str, Any]) -> None:
    """Unpack every stream, keeping nothing, and stop at the first bound passed.

    :raises PdfTooLarge: one stream, all of them together, or an image's pixels exceed the limits.
    """
    budget = int(limits["max_total_bytes"])
    for name, entries in structure.streams.items():
        _refuse_vast_image(structure, entries, int(limits["max_image_pixels"]))
        filters = [structure.get(item) for item in structure.items(entries.get("/Filter"))]
        if len(filters) > 8:
            raise PdfTooLarge(reason="filters")
        allowance = min(int(limits["max_stream_bytes"]), budget)
        budget -= _unpacked_size(pdf, name, filters, allowance)
        if budget < 0:
            raise PdfTooLarge(reason="content")


def _unpacked_size(pdf: pikepdf.Pdf, name: str, filters: list[Any], allowance: int) -> int:
    """The size of one stream unpacked, at most a little over ``allowance``."""
    while filters and filters[-1] in _IMAGE_FILTERS:
        filters = filters[:-1]  # The codec's own output is bounded by the pixel count.
    if not filters:
        return 0
    number, generation, _ = name.split()
    stream = pdf.get_object((int(number), int(generation)))
    if not isinstance(stream, pikepdf.Stream):
        return 0
    try:
        raw = memoryview(stream.get_raw_stream_buffer())
        if len(filters) == 1 and filters[0] in _FLATE:
            size = _inflated_size(raw, allowance)
        else:
            size = len(stream.get_stream_buffer(decode_level=pikepdf.StreamDecodeLevel.generalized))
    except pikepdf.PdfError as error:
        if "memory" in str(error) or "limit" in str(error):
            raise PdfTooLarge(reason="stream") from None
        return 0  # Unreadable streams show as such when the page is drawn; they weigh nothing.
    if size > allowance:
        raise PdfTooLarge(reason="stream")
    return size


def _inflated_size(raw: memoryview, allowance: int) -> int:
    """Inflate in slices, counting; stop as soon as ``allowance`` is passed."""
    inflater = zlib.decompressobj()
    total = 0
    try:
        for start in range(0, len(raw), _SLICE):
            pending: bytes | memoryview = raw[start : start + _SLICE]
            while pending:
                total += len(inflater.decompress(pending, _CHUNK))
                if total > allowance:
                    return total
                pending = inflater.unconsumed_tail
            if inflater.eof:
                break
    except zlib.error:
        return total
    return total


def _refuse_vast_image(structure: Structure, entries: dict[str, Any], max_pixels: int) -> None:
    if structure.get(entries.get("/Subtype")) != "/Image":
        return
    width, height = structure.number(entries.get("/Width")), structure.number(entries.get("/Height"))
    if width * height > max_pixels:
        raise PdfTooLarge(reason="image")
