"""Cutting: whatever the pages say, each of them is in one piece or dropped."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pli.processing.jobs import check_split
from pli.processing.plugs import Barcode, PageMark, PageReading, Refused, Split, Word
from pli.processing.steps.split import SplitOptions, SplitStep
from pli.processing.wire import read_reading, write_reading

WAYS = ("changing-text", "text", "pages", "blank", "barcode", "bookmark")


def cut(marks: list[PageMark], bookmarks: dict[int, str] | None = None, **options: Any) -> list[tuple[Any, ...]]:
    found = SplitStep().split(marks, bookmarks or {}, SplitOptions(**options))
    assert isinstance(found, Split)
    return [(piece.pages, piece.key, piece.is_orphan) for piece in found.pieces]


def said(*texts: str) -> list[PageMark]:
    return [PageMark(number, text, not text) for number, text in enumerate(texts, start=1)]


@given(
    marks=st.lists(st.sampled_from(["", "A", "B", "\x01", "\x01A"]), min_size=1, max_size=30).map(lambda t: said(*t)),
    by=st.sampled_from(WAYS),
    keeps=st.booleans(),
    joins=st.booleans(),
    every=st.integers(1, 5),
    bookmarks=st.dictionaries(st.integers(1, 30), st.text(max_size=5), min_size=1, max_size=5),
)
def test_no_page_is_ever_lost(
    marks: list[PageMark], by: Any, keeps: bool, joins: bool, every: int, bookmarks: dict[int, str]
) -> None:
    options = SplitOptions(by=by, pattern="x", keeps_separators=keeps, joins_previous=joins, every=every)
    outcome = SplitStep().split(marks, bookmarks, options)
    assert isinstance(outcome, Split)
    check_split(outcome, len(marks))
    assert all(piece.pages for piece in outcome.pieces)


def test_by_a_text_that_changes() -> None:
    marks = said("", "1", "1", "", "2", "1")
    assert cut(marks, pattern="x") == [
        ((1,), "", True), ((2, 3), "1", False), ((4,), "", True), ((5,), "2", False), ((6,), "1", False),
    ]  # fmt: skip
    assert cut(marks, pattern="x", joins_previous=True)[1] == ((2, 3, 4), "1", False)


def test_by_a_text_that_appears() -> None:
    assert cut(said("", "\x01", "", "\x01A"), by="text", pattern="x") == [
        ((1,), "", True), ((2, 3), "", False), ((4,), "A", False),
    ]  # fmt: skip


def test_by_blank_pages() -> None:
    assert cut(said("a", "", "", "b"), by="blank") == [((1,), "", False), ((4,), "", False)]
    assert cut(said("a", "", "b"), by="blank", keeps_separators=True) == [((1, 2), "", False), ((3,), "", False)]


@pytest.mark.parametrize(
    ("texts", "pages"),
    [
        (["", "a", "", "", "b", ""], [(1, 2, 3, 4), (5, 6)]),
        (["", "", "a"], [(1, 2, 3)]),
        (["a", "b"], [(1, 2)]),
        (["a", "", "", ""], [(1, 2, 3, 4)]),
    ],
)
def test_blank_pages_that_are_kept_are_all_kept(texts: list[str], pages: list[tuple[int, ...]]) -> None:
    outcome = SplitStep().split(said(*texts), {}, SplitOptions(by="blank", keeps_separators=True))
    assert isinstance(outcome, Split)
    assert ([piece.pages for piece in outcome.pieces], outcome.dropped) == (pages, ())


def test_a_file_of_blank_pages_alone_holds_no_document() -> None:
    for keeps in (True, False):
        options = SplitOptions(by="blank", keeps_separators=keeps)
        assert SplitStep().split(said("", ""), {}, options) == Split((), (1, 2))


def test_by_code_sheets() -> None:
    marks = [PageMark(1), PageMark(2, "X1"), PageMark(3), PageMark(4, "X2"), PageMark(5)]
    assert cut(marks, by="barcode") == [((1,), "", True), ((3,), "X1", False), ((5,), "X2", False)]
    assert cut(marks, by="barcode", keeps_separators=True)[1] == ((2, 3), "X1", False)


def test_by_number_and_by_bookmarks() -> None:
    assert [pages for pages, _, _ in cut(said("a", "b", "c"), by="pages", every=2)] == [(1, 2), (3,)]
    assert cut(said("a", "b", "c"), {2: "Annexe"}, by="bookmark") == [((1,), "", True), ((2, 3), "Annexe", False)]
    assert isinstance(SplitStep().split(said("a"), {}, SplitOptions(by="bookmark")), Refused)


def test_a_zone_is_read_in_the_order_of_its_lines() -> None:
    words = (
        Word("2026", (0.6, 0.1, 0.7, 0.12)),
        Word("F", (0.5, 0.101, 0.55, 0.121)),
        Word("loin", (0.1, 0.8, 0.2, 0.9)),
    )
    page = read_reading(write_reading(PageReading(1, 595, 842, "loin", words)))
    options = SplitOptions(box=(0.4, 0.05, 0.9, 0.2))
    assert SplitStep().look(page, options).said == "F 2026"


@pytest.mark.parametrize("text", ["é – « 1 »", "a\x1fb", "\ud83d", "漢字"])
def test_readings_travel_unharmed(text: str) -> None:
    page = PageReading(
        3, 595.5, 842, text, (Word(text, (0.25, 0.5, 0.75, 1.0), 0.5), Word("b", (0, 0, 1, 1))),
        (Barcode("QRCode", "F-1", (0, 0, 1, 1)),), is_blank=True, is_recognised=True,
    )  # fmt: skip
    back = read_reading(write_reading(page))
    assert (back.number, back.width, back.barcodes, back.is_blank, back.is_recognised) == (
        3, 595.5, page.barcodes, True, True,
    )  # fmt: skip
    assert len(back.words) == 2
    assert back.words[0].confidence == 0.5
    assert back.words[1] == Word("b", (0, 0, 1, 1))
    assert all(abs(a - b) < 1e-4 for a, b in zip(back.words[0].box, page.words[0].box, strict=True))
