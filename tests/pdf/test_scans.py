"""The picture of a scanned page straight from its JPEG is what PDFium draws, and only plain pages go that way."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable
from typing import Any

import numpy as np
import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name
from PIL import Image, ImageDraw

from pli.pdf import pictures
from pli.pdf.pictures import decode_grey, draw_grey, render_grey
from pli.pdf.rasterise import opened_document
from pli.pdf.scans import scanned_grey

WIDTH, HEIGHT = 595.0, 842.0


def jpeg(mode: str = "L", size: tuple[int, int] = (1240, 1754)) -> bytes:
    """A page of « lines » darker at the top left, so that no turn of it looks like another."""
    picture = Image.new("RGB", size, (245, 244, 240))
    pen = ImageDraw.Draw(picture)
    for row in range(12):
        pen.rectangle((100, 120 + row * 60, 300 + row * 70, 150 + row * 60), fill=(30, 40, 60))
    pen.ellipse((900, 1400, 1100, 1600), fill=(120, 20, 20))
    out = io.BytesIO()
    picture.convert(mode).save(out, "JPEG", quality=90)
    return out.getvalue()


def page(
    data: bytes, *, space: Any = Name.DeviceGray, matrix: str = f"{WIDTH} 0 0 {HEIGHT} 0 0", more: str = "", **keys: Any
) -> bytes:
    """A PDF of one page that shows the JPEG."""
    with Image.open(io.BytesIO(data)) as picture:
        size = picture.size
    pdf = pikepdf.new()
    image = pdf.make_stream(data)
    image.Type, image.Subtype, image.Filter = Name.XObject, Name.Image, Name.DCTDecode
    image.Width, image.Height, image.BitsPerComponent, image.ColorSpace = *size, 8, space
    for key, value in keys.items():
        if key not in ("Rotate", "CropBox"):
            image[f"/{key}"] = value(pdf) if callable(value) else value
    pdf.add_blank_page(page_size=(WIDTH, HEIGHT))
    sheet = pdf.pages[0].obj
    sheet.Resources = Dictionary(XObject=Dictionary(Im=image))
    sheet.Contents = pdf.make_stream(f"q {matrix} cm /Im Do Q {more}".encode())
    for key in ("Rotate", "CropBox"):
        if key in keys:
            sheet[f"/{key}"] = keys[key]
    out = io.BytesIO()
    pdf.save(out)
    return out.getvalue()


def both_ways(data: bytes, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Any, bool]:
    """As it is drawn, as PDFium draws it, and whether the short way was taken."""
    taken: list[bool] = []

    def noted(*arguments: Any, **options: Any) -> Any:
        found = scanned_grey(*arguments, **options)
        taken.append(found is not None)
        return found

    monkeypatch.setattr(pictures, "scanned_grey", noted)
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        drawn = decode_grey(render_grey(file, 1, 100))
        with opened_document(file) as document:
            return drawn, draw_grey(document, 1, dpi=100), taken == [True]


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
@pytest.mark.parametrize(("mode", "space"), [("L", Name.DeviceGray), ("RGB", Name.DeviceRGB)])
def test_a_plain_scan_is_what_pdfium_draws(monkeypatch: pytest.MonkeyPatch, turn: int, mode: str, space: Any) -> None:
    drawn, expected, is_short = both_ways(page(jpeg(mode), space=space, Rotate=turn), monkeypatch)
    assert is_short
    assert drawn.shape == expected.shape
    assert np.abs(drawn.astype(int) - expected).mean() < 3


def _mask(pdf: pikepdf.Pdf) -> Any:
    mask = pdf.make_stream(b"\x80" * 4)
    mask.Type, mask.Subtype, mask.ColorSpace = Name.XObject, Name.Image, Name.DeviceGray
    mask.Width, mask.Height, mask.BitsPerComponent = 2, 2, 8
    return mask


ODD: dict[str, Callable[[], bytes]] = {
    "negative": lambda: page(jpeg(), Decode=Array([1, 0])),
    "soft mask": lambda: page(jpeg(), SMask=_mask),
    "four inks": lambda: page(jpeg("CMYK"), space=Name.DeviceCMYK),
    "half a page": lambda: page(jpeg(), matrix=f"{WIDTH} 0 0 {HEIGHT / 2} 0 0"),
    "mirrored": lambda: page(jpeg(), matrix=f"-{WIDTH} 0 0 {HEIGHT} {WIDTH} 0"),
    "lying": lambda: page(jpeg(), matrix=f"0 {HEIGHT} -{WIDTH} 0 {WIDTH} 0"),
    "cut by its crop box": lambda: page(jpeg(), CropBox=Array([100, 100, 400, 700])),
    "something drawn over it": lambda: page(jpeg(), more="1 0 0 rg 50 50 200 200 re f"),
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_page_is_drawn_by_pdfium(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    drawn, expected, is_short = both_ways(ODD[name](), monkeypatch)
    assert np.abs(drawn.astype(int) - expected).mean() < 3
    assert not is_short


def test_a_broken_jpeg_is_left_to_pdfium(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = page(jpeg())
    at = whole.index(b"\xff\xd8\xff")
    drawn, expected, is_short = both_ways(whole[: at + 20] + b"\0" * 600 + whole[at + 620 :], monkeypatch)
    assert not is_short
    assert np.array_equal(drawn, expected)
