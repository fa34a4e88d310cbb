"""What is put on pages stands where it was asked for, on pages of every box and rotation, and can be archived."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy
import pikepdf
import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pikepdf import Array, Pdf
from PIL import Image

from pli.pdf.api import (
    ArchiveInfo,
    BadImage,
    TextLook,
    add_text_layer,
    insert_pages,
    judge_archival,
    make_archival,
    merge_over,
    merge_under,
    save_archival,
    stamp_image,
    stamp_text,
)
from tests.pdf.preflight import preflight, require_preflight
from tests.pdf.samples import scanned_like, simple_contract

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Placed:
    text: str
    box: tuple[float, float, float, float]


def coloured(colour: str, *, size: tuple[float, float] = (595, 842), box: str = "0 0 595 842") -> Pdf:
    """A page painted whole."""
    pdf = Pdf.new()
    page = pdf.add_blank_page(page_size=size)
    page.obj.Contents = pdf.make_stream(f"{colour} rg {box} re f".encode())
    return pdf


def blank(*, rotation: int = 0, crop: list[float] | None = None, pages: int = 1) -> Pdf:
    pdf = Pdf.new()
    for _ in range(pages):
        page = pdf.add_blank_page(page_size=(595, 842))
        page.obj.Rotate = rotation
        if crop:
            page.obj.CropBox = Array(crop)
    return pdf


def saved(pdf: Pdf) -> bytes:
    out = io.BytesIO()
    pdf.save(out)
    return out.getvalue()


def picture(pdf: Pdf, index: int = 0) -> Any:
    """The page's pixels, one a point."""
    return pypdfium2.PdfDocument(saved(pdf))[index].render(scale=1).to_numpy()[..., 2::-1]


def text_of(pdf: Pdf, index: int = 0) -> str:
    return str(pypdfium2.PdfDocument(saved(pdf))[index].get_textpage().get_text_range())


ROTATIONS = [0, 90, 180, 270]
CROPS: list[list[float] | None] = [None, [50, 60, 450, 560]]


@pytest.mark.parametrize("rotation", ROTATIONS)
@pytest.mark.parametrize("crop", CROPS)
def test_a_picture_stands_in_its_box(rotation: int, crop: list[float] | None) -> None:
    png = io.BytesIO()
    Image.new("RGB", (40, 20), (200, 0, 0)).save(png, "PNG")
    pdf = blank(rotation=rotation, crop=crop)
    stamp_image(pdf, 0, png.getvalue(), (0.1, 0.2, 0.5, 0.3))
    pixels = picture(pdf)
    ys, xs = numpy.where((pixels[..., 0] > 150) & (pixels[..., 1] < 80))
    height, width = pixels.shape[:2]
    assert xs.min() >= 0.1 * width - 1 and xs.max() <= 0.5 * width + 1
    assert ys.min() >= 0.2 * height - 1 and ys.max() <= 0.3 * height + 1
    seen_ratio = (xs.max() - xs.min() + 1) / (ys.max() - ys.min() + 1)
    assert seen_ratio == pytest.approx(2, rel=0.06)


@pytest.mark.parametrize("rotation", ROTATIONS)
@pytest.mark.parametrize("crop", CROPS)
def test_invisible_words_are_found_where_they_are(rotation: int, crop: list[float] | None) -> None:
    pdf = blank(rotation=rotation, crop=crop)
    words = [Placed("Facture", (0.1, 0.1, 0.3, 0.13)), Placed("1 234,56 €", (0.6, 0.8, 0.9, 0.83))]
    before = picture(pdf)
    add_text_layer(pdf, 0, words)
    assert numpy.array_equal(before, picture(pdf))
    page = pypdfium2.PdfDocument(saved(pdf))[0]
    reader = page.get_textpage()
    told = reader.get_text_range()
    assert "Facture" in told and "1 234,56 €" in told
    found = reader.search("Facture").get_next()
    assert found is not None
    boxes = [reader.get_charbox(index) for index in range(found[0], found[0] + found[1])]
    xs = [value for box in boxes for value in (box[0], box[2])]
    ys = [value for box in boxes for value in (box[1], box[3])]
    corners = _as_seen(min(xs), min(ys), max(xs), max(ys), rotation, crop or [0, 0, 595, 842])
    assert corners[0] == pytest.approx(0.1, abs=0.02) and corners[2] == pytest.approx(0.3, abs=0.02)
    assert corners[1] == pytest.approx(0.1, abs=0.03) and corners[3] == pytest.approx(0.13, abs=0.03)


def _as_seen(x0: float, y0: float, x1: float, y1: float, rotation: int, crop: list[float]) -> tuple[float, ...]:
    """A box of the page's own space as shares of what is seen, written apart from the code under test."""
    width, height = crop[2] - crop[0], crop[3] - crop[1]
    x0, x1, y0, y1 = x0 - crop[0], x1 - crop[0], y0 - crop[1], y1 - crop[1]
    if rotation == 0:
        box = (x0 / width, 1 - y1 / height, x1 / width, 1 - y0 / height)
    elif rotation == 90:
        box = (y0 / height, x0 / width, y1 / height, x1 / width)
    elif rotation == 180:
        box = (1 - x1 / width, y0 / height, 1 - x0 / width, y1 / height)
    else:
        box = (1 - y1 / height, 1 - x1 / width, 1 - y0 / height, 1 - x0 / width)
    return box


@pytest.mark.parametrize("rotation", ROTATIONS)
def test_a_stamp_reads_upright(rotation: int) -> None:
    pdf = blank(rotation=rotation)
    stamp_text(pdf, 0, "Copie conforme — n° 42 (œuvre)", TextLook(position=(0.5, 0.1), size=20))
    assert "Copie conforme — n° 42 (œuvre)" in text_of(pdf)
    ys, xs = numpy.where(picture(pdf)[..., 0] < 128)
    assert xs.max() - xs.min() > 4 * (ys.max() - ys.min())
    assert ys.mean() < picture(pdf).shape[0] * 0.15


def test_a_light_stamp_is_a_light_colour_and_no_transparency() -> None:
    pdf = blank()
    stamp_text(pdf, 0, "BROUILLON", TextLook(size=80, angle=45, position=(0.5, 0.5), strength=0.2, is_under=True))
    assert picture(pdf).min() > 190
    assert b"/ca" not in saved(pdf) and b"/SMask" not in saved(pdf)


@pytest.mark.parametrize("rotation", ROTATIONS)
@pytest.mark.parametrize("crop", CROPS)
@pytest.mark.parametrize("size", [(595, 842), (612, 792), (300, 424)])
def test_a_letterhead_covers_the_page_as_seen(
    rotation: int, crop: list[float] | None, size: tuple[float, float]
) -> None:
    pdf = blank(rotation=rotation, crop=crop)
    merge_under(pdf, coloured("1 0 0", size=size, box=f"0 {size[1] - 20} {size[0]} 20"), name="L")
    pixels = picture(pdf)
    red = (pixels[..., 0] > 200) & (pixels[..., 1] < 60)
    ys, _ = numpy.where(red)
    # The band that was at the top of the letterhead is in the upper half of what one sees.
    assert len(ys) and ys.max() < pixels.shape[0] / 2


def test_first_page_and_following_pages_and_what_is_on_top() -> None:
    two, second = coloured("1 0 0"), coloured("0 0 1")
    two.pages.append(second.pages[0])
    pdf = blank(pages=3)
    merge_under(pdf, two, name="L")
    assert [tuple(picture(pdf, index)[400, 300]) for index in range(3)] == [(255, 0, 0), (0, 0, 255), (0, 0, 255)]
    under, over = coloured("0 1 0"), coloured("0 1 0")
    merge_under(under, coloured("1 0 0"), name="L")
    merge_over(over, coloured("1 0 0"), name="L")
    assert tuple(picture(under)[400, 300]) == (0, 255, 0)
    assert tuple(picture(over)[400, 300]) == (255, 0, 0)


def test_a_cropped_letterhead_keeps_its_size() -> None:
    pdf = blank()
    merge_under(pdf, coloured("1 0 0", size=(300, 200), box="0 0 300 200"), name="L", fit="crop")
    pixels = picture(pdf)
    assert tuple(pixels[100, 150]) == (255, 0, 0)
    assert tuple(pixels[250, 150]) == tuple(pixels[100, 350]) == (255, 255, 255)


def test_a_letterhead_is_copied_once_whatever_the_pages() -> None:
    contract = pikepdf.open(io.BytesIO(simple_contract(1)))
    sizes = []
    for pages in (1, 50):
        pdf = blank(pages=pages)
        merge_under(pdf, contract, name="L")
        assert "Contrat de prestation" in text_of(pdf, pages - 1)
        sizes.append(len(pdf.objects))
    assert sizes[1] - sizes[0] < 50 * 5


def test_back_pages_come_after_each_page_or_once() -> None:
    each, end = blank(pages=3), blank(pages=3)
    assert insert_pages(each, coloured("1 0 0"), "after-each") == 3
    assert [tuple(picture(each, index)[10, 10]) for index in range(6)] == [(255, 255, 255), (255, 0, 0)] * 3
    assert insert_pages(end, coloured("1 0 0"), "end") == 1
    assert len(end.pages) == 4


def test_edges_of_a_logo_are_blended_and_its_holes_stay_open() -> None:
    logo = Image.new("RGBA", (100, 100), (0, 0, 0, 0))
    logo.paste((200, 0, 0, 255), (25, 25, 75, 75))
    png = io.BytesIO()
    logo.save(png, "PNG")
    pdf = coloured("0 1 0")
    stamp_image(pdf, 0, png.getvalue(), (0.2, 0.2, 0.8, 0.8))
    pixels = picture(pdf)
    middle = pixels[421, 297]
    assert middle[0] > 150 and middle[1] < 80
    assert tuple(pixels[300, 140]) == (0, 255, 0)
    assert b"/SMask" not in saved(pdf)


def test_what_is_no_picture_is_refused() -> None:
    with pytest.raises(BadImage):
        stamp_image(blank(), 0, b"GIF89a", (0, 0, 1, 1))


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=60))
def test_any_text_can_be_stamped_and_laid_under(text: str) -> None:
    pdf = blank()
    stamp_text(pdf, 0, text, TextLook())
    add_text_layer(pdf, 0, [Placed(text, (0.1, 0.1, 0.9, 0.2))])
    make_archival(pdf, "1b", ArchiveInfo(made_at=NOON))
    assert judge_archival(save_archival(pdf, "1b"), "1b") == []


def dressed(part: Any) -> bytes:
    """A scan with everything put on it, archived."""
    png = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").resize((50, 50)).save(png, "PNG")
    pdf = pikepdf.open(io.BytesIO(scanned_like(2)))
    merge_over(pdf, pikepdf.open(io.BytesIO(simple_contract(1))), name="L")
    for index in range(2):
        add_text_layer(pdf, index, [Placed("reconnu", (0.1, 0.3, 0.2, 0.32)), Placed("œuvre", (0.3, 0.3, 0.4, 0.32))])
        stamp_text(pdf, index, f"Page {index + 1} / 2", TextLook(is_bold=True))
    stamp_image(pdf, 0, png.getvalue(), (0.7, 0.05, 0.9, 0.1), angle=12, strength=0.5)
    make_archival(pdf, part, ArchiveInfo(made_at=NOON))
    return save_archival(pdf, part)


@pytest.mark.parametrize("part", ["1b", "2b", "3b"])
def test_a_dressed_scan_is_archival(part: Any) -> None:
    data = dressed(part)
    assert judge_archival(data, part) == []
    told = pypdfium2.PdfDocument(data)[1].get_textpage().get_text_range()
    assert "reconnu" in told and "œuvre" in told and "Page 2 / 2" in told


def test_preflight_agrees(tmp_path: Path) -> None:
    require_preflight()
    assert preflight({"dressed": dressed("1b")}, tmp_path) == {"dressed": []}
