"""Recipes: what is refused, and what the editor shows."""

from __future__ import annotations

from typing import Any

import pytest

from pli.kit.errors import NotAllowed, NotFound
from pli.processing.api import (
    RecipeNameTaken,
    RecipeRefused,
    RecipeWishes,
    check_recipe,
    get_recipe,
    save_recipe,
)
from tests.processing.conftest import SEAL, SPLIT
from tests.support.people import House, make_house

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("steps", "position", "field"),
    [
        ([SEAL, SPLIT], 1, ""),
        ([SPLIT, SPLIT], 1, ""),
        ([SEAL, {"slug": "pdfa", "options": {"part": "1b"}}], 1, ""),
        ([SEAL, SEAL], 1, ""),
        ([{"slug": "pdfa", "options": {"part": "3b"}}, {"slug": "enrich", "options": {"text": "Copie"}}], 1, ""),
        (
            [
                {"slug": "index", "options": {}},
                {"slug": "pdfa", "options": {"part": "3b"}},
                {"slug": "facturx-make", "options": {}},
            ],
            2,
            "",
        ),
        ([{"slug": "nowhere"}], 0, ""),
        ([{"slug": "seal", "options": {"colour": "red"}}], 0, "colour"),
        ([{"slug": "seal", "options": {"page": 0}}], 0, "page"),
        ([{"slug": "split", "options": {"by": "changing-text"}}], 0, ""),
        ([{"slug": "split", "options": {"by": "text", "pattern": "("}}], 0, "pattern"),
    ],
)
def test_what_cannot_run_is_named_by_its_step(steps: list[dict[str, Any]], position: int, field: str) -> None:
    problems = check_recipe(steps)
    assert (position, field) in [(one.position, one.field) for one in problems], problems


def test_a_recipe_is_saved_whole_and_counts_its_revisions(house: House) -> None:
    wishes = RecipeWishes(name="Factures", kind="invoice", steps=[SPLIT, SEAL])
    made = save_recipe(house.bruno, wishes)
    assert (made.revision, [step["slug"] for step in made.steps]) == (1, ["split", "seal"])
    assert made.steps[1]["options"]["level"] == "B-B"
    assert save_recipe(house.bruno, wishes, recipe_id=made.id).revision == 2
    with pytest.raises(RecipeNameTaken):
        save_recipe(house.bruno, wishes)
    with pytest.raises(RecipeRefused):
        save_recipe(house.bruno, RecipeWishes(name="Autre", kind="invoice", steps=[SEAL, SPLIT]))
    with pytest.raises(NotAllowed):
        save_recipe(house.chloe, wishes, recipe_id=made.id)
    with pytest.raises(NotFound):
        get_recipe(make_house("lambert").alice, made.id)
