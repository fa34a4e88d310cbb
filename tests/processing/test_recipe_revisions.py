"""The history of a recipe: every revision kept, compared, and brought back as a new one."""

from __future__ import annotations

import importlib

import pytest
from django.apps import apps
from django.db import connection

from pli.kit.errors import NotAllowed, NotFound
from pli.processing.api import (
    Recipe,
    RecipeRevision,
    RecipeWishes,
    bring_back_revision,
    changes_between,
    get_recipe,
    get_revision,
    revisions_of,
    save_recipe,
)
from tests.processing.conftest import SEAL, SPLIT, Send
from tests.support.people import House, make_house

pytestmark = pytest.mark.django_db(transaction=True)
PDFA = {"slug": "pdfa", "options": {"part": "1b"}}


def made(house: House) -> Recipe:
    """Three revisions: cut and sealed; archived too; renamed, with another part and an order of its own."""
    first = save_recipe(house.alice, RecipeWishes("Ventes", "invoice", [SPLIT, SEAL]))
    save_recipe(house.bruno, RecipeWishes("Ventes", "invoice", [SPLIT, PDFA, SEAL]), recipe_id=first.id)
    later = {"slug": "pdfa", "options": {"part": "2b"}}
    wishes = RecipeWishes("Factures", "contract", [later, SEAL], asks_below=70, is_active=False)
    return save_recipe(house.alice, wishes, recipe_id=first.id)


def test_each_revision_says_who_saved_what_and_what_changed(house: House) -> None:
    kept = list(revisions_of(house.bruno, made(house).id))
    assert [(one.number, one.saved_by) for one in kept] == [
        (3, house.alice.reference),
        (2, house.bruno.reference),
        (1, house.alice.reference),
    ]
    assert [(one.how, one.step) for one in changes_between(kept[2], kept[1])] == [("added", "pdfa")]
    told = {(one.how, one.step, one.part): (one.before, one.after) for one in changes_between(kept[1], kept[0])}
    assert told == {
        ("changed", "", "name"): ("Ventes", "Factures"),
        ("changed", "", "kind"): ("invoice", "contract"),
        ("changed", "", "asks_below"): (0, 70),
        ("changed", "", "is_active"): (True, False),
        ("removed", "split", ""): (None, None),
        ("changed", "pdfa", "part"): ("1b", "2b"),
    }
    assert changes_between(None, kept[2]) == [] and changes_between(kept[0], kept[0]) == []
    swapped = RecipeRevision(**{**_parts(kept[1]), "steps": [kept[1].steps[at] for at in (1, 0, 2)]})
    assert [one.how for one in changes_between(kept[1], swapped)] == ["moved"]


def _parts(one: RecipeRevision) -> dict[str, object]:
    return {name: getattr(one, name) for name in ("name", "kind", "steps", "asks_below", "needs_party", "is_active")}


def test_one_is_brought_back_as_a_new_revision_and_nothing_is_switched_on_by_it(house: House) -> None:
    recipe = made(house)
    back = bring_back_revision(house.bruno, recipe.id, 1)
    assert (back.revision, back.name, back.is_active, back.kind) == (4, "Factures", False, "invoice")
    assert [step["slug"] for step in back.steps] == ["split", "seal"] and back.asks_below == 0
    newest = revisions_of(house.alice, recipe.id)[0]
    assert (newest.number, newest.brought_back, newest.saved_by) == (4, 1, house.bruno.reference)
    with pytest.raises(NotAllowed):
        bring_back_revision(house.chloe, recipe.id, 1)
    with pytest.raises(NotFound):
        bring_back_revision(house.alice, recipe.id, 9)
    with pytest.raises(NotFound):
        get_revision(make_house("riviere").alice, recipe.id, 1)


def test_an_installation_from_before_keeps_what_its_runs_still_know(house: House, send: Send, print_run: bytes) -> None:
    run = send(print_run, [SPLIT])
    assert run.recipe_id is not None
    recipe = get_recipe(house.alice, run.recipe_id)
    save_recipe(house.bruno, RecipeWishes("Autre nom", "invoice", [SEAL]), recipe_id=recipe.id)
    RecipeRevision.objects.all().delete()
    migration = importlib.import_module("pli.processing.migrations.0003_recipe_revisions")
    with connection.schema_editor() as editor:
        migration.keep_what_is_known(apps, editor)
    kept = list(revisions_of(house.alice, recipe.id))
    assert [(one.number, one.name, [step["slug"] for step in one.steps], one.saved_by) for one in kept] == [
        (2, "Autre nom", ["seal"], house.bruno.reference),
        (1, "Factures", ["split"], house.alice.reference),
    ]
