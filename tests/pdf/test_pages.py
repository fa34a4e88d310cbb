"""Text and page images, and their cache."""

from __future__ import annotations

import io
import os
import time
from pathlib import Path

import pytest
from PIL import Image

from pli.pdf.api import DamagedPdf, PageOutOfRange, extract_text, prune_cache, render_cached, render_page
from tests.pdf import samples

SHA = "a" * 64


@pytest.fixture
def contract(tmp_path: Path) -> Path:
    path = tmp_path / "contract.pdf"
    path.write_bytes(samples.simple_contract(3))
    return path


def test_text_comes_page_by_page(contract: Path) -> None:
    texts = extract_text(contract)
    assert [f"Page {number} sur 3" in text for number, text in enumerate(texts, start=1)] == [True] * 3
    assert extract_text(contract, first=2, last=2) == [texts[1]]


def test_a_scan_has_no_text(tmp_path: Path) -> None:
    (tmp_path / "scan.pdf").write_bytes(samples.scanned_like(2))
    assert extract_text(tmp_path / "scan.pdf") == ["", ""]


def test_a_page_is_drawn_at_the_asked_width(contract: Path) -> None:
    image = Image.open(io.BytesIO(render_page(contract, 2, width_px=800)))
    assert image.format == "JPEG"
    assert abs(image.width - 800) <= 1
    assert abs(image.height - 800 * 841.89 / 595.28) <= 2


def test_no_image_is_wider_than_the_maximum(contract: Path) -> None:
    assert Image.open(io.BytesIO(render_page(contract, 1, width_px=100_000))).width <= 2401


def test_a_rotated_page_is_drawn_as_displayed(tmp_path: Path) -> None:
    (tmp_path / "in.pdf").write_bytes(samples.rotated(90))
    image = Image.open(io.BytesIO(render_page(tmp_path / "in.pdf", 1, width_px=400)))
    assert image.width > image.height


@pytest.mark.parametrize("page", [0, -1, 4])
def test_a_page_that_is_not_there_is_refused(contract: Path, page: int) -> None:
    with pytest.raises(PageOutOfRange):
        render_page(contract, page, width_px=200)


def test_an_impossible_page_is_refused(tmp_path: Path) -> None:
    (tmp_path / "in.pdf").write_bytes(samples.vast_page())
    with pytest.raises(DamagedPdf):
        render_page(tmp_path / "in.pdf", 1, width_px=1200)


def test_the_last_page_of_a_long_file_costs_no_more_than_the_first(tmp_path: Path) -> None:
    path = tmp_path / "long.pdf"
    path.write_bytes(samples.simple_contract(100))
    render_page(path, 1, width_px=900)

    def best(page: int) -> float:
        took = []
        for _ in range(5):
            started = time.perf_counter()
            render_page(path, page, width_px=900)
            took.append(time.perf_counter() - started)
        return min(took)

    assert best(100) < 3 * best(1) + 0.05


def test_a_page_is_drawn_once(contract: Path, tmp_path: Path) -> None:
    first = render_cached(tmp_path / "cache", SHA, contract, 1, 300)
    contract.unlink()
    assert render_cached(tmp_path / "cache", SHA, contract, 1, 300) == first
    assert [path for path in (tmp_path / "cache").rglob("*") if path.is_file()] == [first]


@pytest.mark.parametrize("name", ["../../etc", "A" * 64, "", "a" * 63])
def test_only_a_digest_names_an_entry(contract: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        render_cached(tmp_path / "cache", name, contract, 1, 300)


def test_the_cache_keeps_to_its_size_and_age(contract: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    made = [render_cached(cache, character * 64, contract, 1, 200) for character in "abcd"]
    size = made[0].stat().st_size
    for age, path in zip((4000, 300, 200, 100), made, strict=True):
        os.utime(path, (time.time() - age, time.time() - age))
    assert prune_cache(cache, max_bytes=2 * size, max_age_seconds=3600) == 2 * size
    assert [path.exists() for path in made] == [False, False, True, True]
    assert not made[0].parent.exists()


def test_a_file_of_nearly_a_gigabyte_is_read(tmp_path: Path) -> None:
    path = tmp_path / "scans.pdf"
    heavy = 900 << 20
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        b"<</Length 36>>stream\nBT /F 20 Tf 50 50 Td (Page une) Tj ET\nendstream",
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    places = []
    with path.open("wb") as file:
        file.write(b"%PDF-1.7\n")
        for number, body in enumerate(objects, start=1):
            places.append(file.tell())
            file.write(b"%d 0 obj\n%b\nendobj\n" % (number, body))
        places.append(file.tell())
        file.write(b"6 0 obj\n<</Length %d>>stream\n" % heavy)
        file.seek(heavy, os.SEEK_CUR)  # a hole: the disk is not filled
        file.write(b"\nendstream\nendobj\n")
        table = file.tell()
        file.write(b"xref\n0 7\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places))
        file.write(b"trailer\n<</Size 7/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % table)
    assert [text.strip() for text in extract_text(path)] == ["Page une"]
