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
