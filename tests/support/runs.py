"""Print runs for tests: real files, real recipes, cut and made by the real runner."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from benches.support.print_run import draw_run

from pli.documents.api import keep_blob, store_bytes
from pli.kit.ids import new_id
from pli.parties.api import StaffActor
from pli.processing.api import ArrivedFile, Recipe, RecipeWishes, Run, save_recipe, start_run
from tests.support.people import House

NUMBER_ZONE = [0.7, 0.05, 0.95, 0.085]
SPLIT = {"slug": "split", "options": {"by": "changing-text", "box": NUMBER_ZONE, "pattern": r"F\d{4}-\d+"}}
INDEX = {"slug": "index", "options": {}}


@cache
def invoices(count: int) -> bytes:
    """A file of that many invoices, two pages each."""
    return draw_run(count)


def make_recipe(
    house: House, *, name: str = "Factures", steps: Sequence[Any] = (SPLIT, INDEX), **wishes: Any
) -> Recipe:
    """A recipe that cuts invoices apart and reads them."""
    return save_recipe(house.alice, RecipeWishes(name=name, kind="invoice", steps=list(steps), **wishes))


def start_invoices(actor: StaffActor, recipe: Recipe, *, count: int = 3, file_name: str = "factures.pdf") -> Run:
    """A run of invoices, whose jobs still wait."""
    content = invoices(count)
    stored = store_bytes([content])
    keep_blob(stored, "application/pdf")
    arrived = ArrivedFile(
        f"test:{new_id()}", stored=stored, file_name=file_name, page_count=count * 2, channel="upload"
    )
    return start_run(actor, arrived, recipe_id=recipe.id)
