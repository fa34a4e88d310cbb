"""Runs for the tests of processing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from benches.support.print_run import NUMBER_ZONE, draw_run

from pli.capture.api import Wishes, receive
from pli.documents.api import store_bytes
from pli.processing.api import RecipeWishes, Run, run_of_capture, save_recipe
from tests.support.people import House, make_house
from tests.support.queue import RunJobs

SPLIT = {"slug": "split", "options": {"by": "changing-text", "box": NUMBER_ZONE, "pattern": r"F\d{4}-\d+"}}
SEAL: dict[str, Any] = {"slug": "seal", "options": {}}
Send = Callable[..., Run]


@pytest.fixture(scope="session")
def print_run() -> bytes:
    """Six invoices of two pages."""
    return draw_run(6)


@pytest.fixture
def house() -> House:
    return make_house()


@pytest.fixture
def send(house: House, run_jobs: RunJobs) -> Send:
    """Send a file through a recipe of these steps; the run as it stands once every job is done."""

    def sending(content: bytes, steps: list[dict[str, Any]], *, name: str = "Factures", **more: Any) -> Run:
        rules = {key: more.pop(key) for key in ("asks_below", "needs_party") if key in more}
        recipe = save_recipe(house.alice, RecipeWishes(name=name, kind="invoice", steps=steps, **rules))
        capture, _ = receive(
            more.pop("by", house.alice),
            channel="upload",
            stored=store_bytes([content]),
            file_name="factures.pdf",
            source_key=f"lot-{name}",
            wishes=Wishes(kind="invoice", recipe_id=recipe.id, **more),
        )
        run_jobs()
        found = run_of_capture(house.alice, capture.id)
        assert found is not None
        return found

    return sending
