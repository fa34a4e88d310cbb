"""Réglages › Recettes through the real addresses: made, tried on a sample, saved, refused, switched off."""

from __future__ import annotations

import io
import re
from typing import Any

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from pli.documents.api import Document, DocumentKind
from pli.office.recipes import drafts
from pli.office.recipes.options import Known, draw_options, read_options
from pli.office.recipes.starts import STARTS, draft_from
from pli.processing.api import STEPS, Recipe, check_recipe, find_step
from tests.office.recipes.conftest import Enter
from tests.support.people import House, make_house

pytestmark = pytest.mark.django_db
ZONE = {"s0.box.left": "70", "s0.box.top": "5", "s0.box.right": "95", "s0.box.bottom": "8.5"}
SPLIT = {"step": ["0"], "s0": "split", "s0.by": "changing-text", "s0.pattern": r"F\d{4}-\d+", "s0.every": "1", **ZONE}
ABOUT = {"name": "Factures de vente", "kind": "invoice", "asks_below": "80", "is_active": "on"}


def drop(client: Client, content: bytes, name: str = "essai.pdf") -> Any:
    file = SimpleUploadedFile(name, content, content_type="application/pdf")
    return client.post(reverse("recipes:sample"), {"file": file, "owner": "recipe"})


def ticket_of(page: str) -> str:
    found = re.search(r'name="sample" value="([^"]+)"', page)
    assert found is not None, page
    return found[1]


def test_a_recipe_is_made_changed_and_opened_again(house: House, enter: Enter) -> None:
    client = enter(house.bruno)
    address = reverse("recipes:create", args=["empty"])
    assert client.get(address).status_code == 200
    made = client.post(address, {**ABOUT, **SPLIT, "action": "save"})
    recipe = Recipe.objects.get()
    assert made.status_code == 302
    assert (recipe.name, recipe.kind, recipe.asks_below, recipe.revision) == ("Factures de vente", "invoice", 80, 1)
    assert recipe.steps[0]["options"]["box"] == [0.7, 0.05, 0.95, 0.085]
    page = client.get(reverse("recipes:edit", args=[recipe.id])).content.decode()
    assert 'value="8.5"' in page and "Un texte qui change" in page and " style=" not in page
    client.post(reverse("recipes:edit", args=[recipe.id]), {**ABOUT, "name": "Ventes", "action": "save"})
    recipe.refresh_from_db()
    assert (recipe.name, recipe.revision, recipe.steps) == ("Ventes", 2, [])


def test_what_is_wrong_is_said_on_its_option_and_nothing_is_saved(house: House, enter: Enter) -> None:
    client = enter(house.alice)
    wrong = {**ABOUT, **SPLIT, "s0.pattern": "F(", "action": "save"}
    refused = client.post(reverse("recipes:create", args=["empty"]), wrong)
    page = refused.content.decode()
    assert refused.status_code == 422 and not Recipe.objects.exists()
    errors = re.search(r'id="s0-pattern-errors">(.*?)</div>', page)
    assert errors is not None and "expression régulière" in errors[1]
    assert 'value="F("' in page, "what was typed is kept"
    client.post(reverse("recipes:create", args=["empty"]), {**ABOUT, **SPLIT, "action": "save"})
    again = client.post(reverse("recipes:create", args=["empty"]), {**ABOUT, **SPLIT, "action": "save"})
    assert again.status_code == 422 and "s’appelle déjà" in again.content.decode()


def test_steps_are_added_where_they_belong_moved_and_removed(house: House, enter: Enter) -> None:
    client = enter(house.alice)
    address = reverse("recipes:create", args=["empty"])

    def act(action: str, **fields: Any) -> list[str]:
        said = client.post(address, {**ABOUT, **fields, "action": action}, headers={"HX-Request": "true"})
        assert "pli:changed" in said["HX-Trigger-After-Swap"]
        return re.findall(r'<input type="hidden" name="s\d+" value="(\w+)">', said.content.decode())

    assert act("add:seal") == ["seal"]
    assert act("add:split", step=["0"], s0="seal") == ["split", "seal"]
    assert act("add:ocr", step=["1", "0"], s1="split", s0="seal") == ["ocr", "split", "seal"]
    assert act("down:1", step=["1", "0"], s1="split", s0="seal") == ["seal", "split"]
    assert act("up:1", step=["1", "0"], s1="split", s0="seal") == ["split", "seal"]
    assert act("remove:1", step=["1", "0"], s1="split", s0="seal") == ["seal"]
    assert act("add:nothing") == [] and act("remove:9") == [] and act("nonsense") == []


def test_the_preview_shows_what_the_recipe_does(house: House, enter: Enter, print_run: bytes) -> None:
    client = enter(house.bruno)
    ticket = ticket_of(drop(client, print_run).content.decode())
    seal = {"step": ["0", "1"], "s1": "seal", "s1.level": "B-B", "s1.is_visible": "on", "s1.page": "1"}
    box = {"s1.box.left": "60", "s1.box.top": "88", "s1.box.right": "94", "s1.box.bottom": "95"}
    shown = client.post(reverse("recipes:preview"), {**ABOUT, **SPLIT, **seal, **box, "sample": ticket})
    page = shown.content.decode()
    assert shown.status_code == 200
    assert "3 documents" in page and "F2026-00001" in page and "F2026-00003" in page
    assert "6 pages lues sur 6" in page
    made = re.search(r'src="(/office/settings/recipes/samples/[^"]+/made)"', page)
    assert made is not None, page
    picture = client.get(made[1])
    assert picture.status_code == 200 and b"".join(picture.streaming_content).startswith(b"\xff\xd8")
    assert client.get(reverse("recipes:page", args=[ticket, 2])).status_code == 200
    assert client.get(reverse("recipes:page", args=[ticket, 99])).status_code in (404, 422)
    assert not Document.objects.filter(title__contains="F2026").exists(), "nothing is filed"


def test_the_preview_writes_dates_and_amounts_as_people_do(house: House, enter: Enter, print_run: bytes) -> None:
    client = enter(house.bruno)
    ticket = ticket_of(drop(client, print_run).content.decode())
    index = {"step": ["0", "1"], "s1": "index", "s1.reads_usual_labels": "on"}
    page = client.post(reverse("recipes:preview"), {**ABOUT, **SPLIT, **index, "sample": ticket}).content.decode()
    assert "06/01/2026" in page and "2026-01-06" not in page
    assert re.search(r"\d,\d\d\u00a0€", page)


def test_a_step_to_mend_is_left_out_of_the_preview(house: House, enter: Enter, print_run: bytes) -> None:
    client = enter(house.bruno)
    ticket = ticket_of(drop(client, print_run).content.decode())
    page = client.post(
        reverse("recipes:preview"), {**ABOUT, **SPLIT, "s0.pattern": "F(", "sample": ticket}
    ).content.decode()
    assert "Essayé sans l’étape 1" in page and "1 document<" in page
    assert 'id="s0-pattern-errors" hx-swap-oob="innerHTML"><p' in page


def test_the_sample_is_kept_with_the_recipe_and_not_for_others(house: House, enter: Enter, print_run: bytes) -> None:
    client = enter(house.bruno)
    ticket = ticket_of(drop(client, print_run).content.decode())
    client.post(reverse("recipes:create", args=["empty"]), {**ABOUT, **SPLIT, "sample": ticket, "action": "save"})
    recipe = Recipe.objects.get()
    assert recipe.sample_id is not None
    assert 'name="sample"' in client.get(reverse("recipes:edit", args=[recipe.id])).content.decode()
    elsewhere = enter(make_house("riviere").alice)
    assert elsewhere.get(reverse("recipes:page", args=[ticket, 1])).status_code == 404
    assert elsewhere.get(reverse("recipes:edit", args=[recipe.id])).status_code == 404
    page = elsewhere.post(reverse("recipes:preview"), {**ABOUT, **SPLIT, "sample": ticket}).content.decode()
    assert "F2026" not in page and "n’existe pas" in page
    assert client.get(reverse("recipes:page", args=[ticket + "x", 1])).status_code == 404


@pytest.mark.parametrize("content", [b"", b"hello", b"%PDF-1.7\n%broken", b"\x00" * 5000])
def test_a_hostile_sample_is_refused_in_place(house: House, enter: Enter, content: bytes) -> None:
    answer = drop(enter(house.alice), content)
    page = answer.content.decode()
    assert answer.status_code in (200, 404) and 'name="sample"' not in page


def test_a_sample_under_a_password_is_refused_in_place(house: House, enter: Enter, print_run: bytes) -> None:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(print_run)) as pdf:
        pdf.save(out, encryption=pikepdf.Encryption(user="secret", owner="owner"))
    page = drop(enter(house.alice), out.getvalue()).content.decode()
    assert "notice-refused" in page and 'name="sample"' not in page


def test_who_may(house: House, enter: Enter, print_run: bytes) -> None:
    for actor, status in ((house.chloe, 403), (house.denis, 403), (house.bruno, 200), (house.alice, 200)):
        client = enter(actor)
        assert client.get(reverse("recipes:list")).status_code == 200
        assert client.get(reverse("recipes:start")).status_code == status
        assert drop(client, print_run).status_code == status
        assert client.post(reverse("recipes:preview"), {**ABOUT, **SPLIT}).status_code == status


def test_what_uses_a_recipe_is_said_and_it_is_switched_off(house: House, enter: Enter) -> None:
    client = enter(house.alice)
    client.post(reverse("recipes:create", args=["empty"]), {**ABOUT, **SPLIT, "action": "save"})
    recipe = Recipe.objects.get()
    DocumentKind.objects.filter(organisation=house.organisation, slug="invoice").update(recipe_id=recipe.id)
    assert "Nature « Facture »" in client.get(reverse("recipes:edit", args=[recipe.id])).content.decode()
    client.post(reverse("recipes:switch", args=[recipe.id]))
    recipe.refresh_from_db()
    assert not recipe.is_active and recipe.steps, "switched off, with all its steps"
    assert "Désactivée" in client.get(reverse("recipes:list")).content.decode()


def test_every_start_can_be_saved_as_it_is(house: House) -> None:
    for start in STARTS:
        draft = draft_from(start, house.alice)
        problems = check_recipe(draft.wishes().steps)
        assert not problems, (start.slug, problems)


def test_every_step_installed_has_a_form_that_gives_its_options_back(house: House) -> None:
    for slug in STEPS.all():
        step = find_step(slug)
        card = drafts.DraftStep(0, slug)
        fields = drafts.draw_fields(step, card, Known(), {})
        posted = QueryDict(mutable=True)
        for one in fields:
            if one.control == "flag":
                if one.value:
                    posted[one.name] = "on"
            elif one.control == "box":
                for _side, name, value, _word in one.sides:
                    posted[name] = value
            elif one.control == "many":
                posted.setlist(one.name, one.value)
            elif one.control != "rows" and one.value is not None:
                posted[one.name] = str(one.value)
        read = read_options(step.Options, posted, "s0")
        defaults = {field.path: field.value for field in fields}
        for name, value in read.items():
            wanted = defaults[name]
            assert value == (list(wanted) if isinstance(wanted, tuple) else wanted) or (not value and not wanted), name
        assert all(field.label and field.label != field.path for field in fields), f"{slug}: an option without a title"
        assert draw_options(step.Options, read, prefix="s0", slug=slug, known=Known(), errors={})


def test_the_history_shows_what_changed_and_brings_a_version_back(house: House, enter: Enter) -> None:
    client = enter(house.bruno)
    client.post(reverse("recipes:create", args=["empty"]), {**ABOUT, **SPLIT, "action": "save"})
    recipe = Recipe.objects.get()
    other = {**SPLIT, "s0.by": "pages", "s0.every": "3"}
    client.post(reverse("recipes:edit", args=[recipe.id]), {**ABOUT, **other, "asks_below": "60", "action": "save"})
    page = client.get(reverse("recipes:revisions", args=[recipe.id])).content.decode()
    assert "Bruno" in page and "Un texte qui change (un numéro de facture) → Un nombre de pages" in page
    assert "Faire vérifier en dessous de (%) : 80 → 60" in page
    shown = client.get(reverse("recipes:revision", args=[recipe.id, 1])).content.decode()
    assert "Reprendre cette version" in shown and "70 % · 5 % · 95 % · 8.5 %" in shown and " style=" not in shown
    tried = client.get(reverse("recipes:edit", args=[recipe.id]), {"revision": "1"}).content.decode()
    assert "Voici la version 1" in tried and 'value="8.5"' in tried
    recipe.refresh_from_db()
    assert recipe.revision == 2, "looking changes nothing"
    assert client.post(reverse("recipes:bring-back", args=[recipe.id, 1])).status_code == 302
    recipe.refresh_from_db()
    assert (recipe.revision, recipe.asks_below, recipe.steps[0]["options"]["by"]) == (3, 80, "changing-text")
    assert client.get(reverse("recipes:edit", args=[recipe.id]), {"revision": "99"}).status_code == 404
    assert enter(house.chloe).get(reverse("recipes:revisions", args=[recipe.id])).status_code == 403
