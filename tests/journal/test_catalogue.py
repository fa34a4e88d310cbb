"""docs/events.md is what the code declares."""

from __future__ import annotations

from pathlib import Path

from pli.journal.catalogue import render_catalogue

PAGE = Path(__file__).resolve().parents[2] / "docs" / "events.md"


def test_the_page_of_events_is_up_to_date() -> None:
    assert PAGE.read_text() == render_catalogue(), "run: ./pli journal catalogue --write docs/events.md"
