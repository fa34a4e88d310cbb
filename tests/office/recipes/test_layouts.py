"""Réglages › Modèles de lecture through the real addresses: drawn, tried, compared, saved, switched off."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from pli.parties.api import Party, PartyKind
from pli.processing.api import Layout
from tests.office.recipes.conftest import Enter
from tests.office.recipes.test_recipes import drop, ticket_of
from tests.support.people import House, make_house

pytestmark = pytest.mark.django_db
NUMBER = {"r0.field": "number", "r0.how": "zone", "r0.page": "1"}
BOX = {"r0.box.left": "60", "r0.box.top": "8", "r0.box.right": "95", "r0.box.bottom": "11"}
ABOUT = {"name": "Vérins Rhône-Alpes", "kind": "invoice", "is_active": "on", "party": "Vérins Rhône-Alpes (F001)"}


def paper(number: str = "VRA-4411", supplier: str = "Verins Rhone-Alpes SARL") -> bytes:
    """An invoice of one supplier, by another program."""
    out = io.BytesIO()
    pen = Canvas(out, pagesize=A4)
    pen.drawString(60, 790, supplier)
    pen.drawString(60, 774, "SIREN 552 100 554 - www.verins-rhone.example")
    pen.drawString(380, 760, f"N° {number}")
    pen.drawString(380, 740, "Date 12/03/2026")
    pen.drawString(380, 300, "Total TTC")
    pen.drawString(470, 300, "1 234,50 EUR")
    pen.save()
    return out.getvalue()


@pytest.fixture
def supplier(house: House) -> Party:
    return Party.objects.create(
        organisation=house.organisation, kind=PartyKind.SUPPLIER, code="F001", name="Vérins Rhône-Alpes"
    )


def number_field(house: House) -> str:
    """The name of the field that holds an invoice's number."""
    from pli.documents.api import kinds_of

    kind = next(one for one in kinds_of(house.organisation.id) if one.slug == "invoice")
    return str(next(one["name"] for one in kind.fields if one.get("type", "text") == "text"))


def filled(house: House, **more: Any) -> dict[str, Any]:
    return {**ABOUT, **NUMBER, **BOX, "rule": ["0"], "r0.field": number_field(house), **more}


def try_it(client: Client, fields: dict[str, Any]) -> str:
    answer = client.post(reverse("layouts:try"), fields)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_zone_says_at_once_what_it_reads(house: House, enter: Enter, supplier: Party) -> None:
    client = enter(house.bruno)
    ticket = ticket_of(drop(client, paper()).content.decode())
    page = try_it(client, filled(house, sample=ticket))
    read = re.search(r'id="rule-0-read" hx-swap-oob="innerHTML">(.*?)</div>', page, re.DOTALL)
    assert read is not None and "VRA-4411" in read[1] and "% sûr" in read[1]
    elsewhere = try_it(client, filled(house, sample=ticket, **{"r0.box.top": "50", "r0.box.bottom": "55"}))
    assert "Rien de cette forme ici" in elsewhere
    beside = {"r0.how": "anchor", "r0.anchor": "Total TTC", "r0.side": "right"}
    assert "1 234,50 EUR" in try_it(client, filled(house, sample=ticket, **beside)).replace("\u202f", " ")
    pattern = {"r0.how": "pattern", "r0.pattern": r"VRA-\d+"}
    assert "VRA-4411" in try_it(client, filled(house, sample=ticket, **pattern))
    assert "expression régulière" in try_it(client, filled(house, sample=ticket, **{**pattern, "r0.pattern": "("}))


def test_words_that_tell_the_paper_apart_are_suggested(house: House, enter: Enter, supplier: Party) -> None:
    client = enter(house.bruno)
    ticket = ticket_of(drop(client, paper()).content.decode())
    page = try_it(client, filled(house, sample=ticket, keyword=["552 100 554"], keyword_more="Absent Partout"))
    words = dict(re.findall(r'name="keyword" value="([^"]+)"( checked)?', page))
    assert words["552 100 554"] and words["Absent Partout"] and words["Verins Rhone-Alpes SARL"] == ""
    assert "VRA-4411" not in words, "what changes from one paper to the next is no keyword"
    assert "absent de l’exemple" in page and "un mot-clé manque" in page


def test_a_layout_is_saved_opened_and_switched_off(house: House, enter: Enter, supplier: Party) -> None:
    client = enter(house.bruno)
    ticket = ticket_of(drop(client, paper()).content.decode())
    address = reverse("layouts:new")
    made = client.post(address, filled(house, sample=ticket, keyword=["552 100 554"], action="save"))
    layout = Layout.objects.get()
    assert made.status_code == 302 and layout.party_id == supplier.id and layout.sample_id
    assert layout.rules[0]["box"] == [0.6, 0.08, 0.95, 0.11] and layout.keywords == ["552 100 554"]
    page = client.get(reverse("layouts:edit", args=[layout.id])).content.decode()
    assert 'value="552 100 554" checked' in page and 'value="60"' in page and " style=" not in page
    assert "Vérins Rhône-Alpes" in client.get(reverse("layouts:list")).content.decode()
    client.post(reverse("layouts:switch", args=[layout.id]))
    layout.refresh_from_db()
    assert not layout.is_active
    assert enter(make_house("riviere").alice).get(reverse("layouts:edit", args=[layout.id])).status_code == 404


def test_two_layouts_that_take_the_same_paper_are_said(house: House, enter: Enter, supplier: Party) -> None:
    client = enter(house.bruno)
    ticket = ticket_of(drop(client, paper()).content.decode())
    first = filled(house, sample=ticket, keyword=["552 100 554"], action="save")
    client.post(reverse("layouts:new"), first)
    second = {**first, "name": "Le même", "keyword": ["Verins"]}
    page = try_it(client, {**second, "action": "compare"})
    assert "convient aussi à : Vérins Rhône-Alpes" in page and "conviennent aussi aux exemples" in page
    saved = client.post(reverse("layouts:new"), second, follow=True).content.decode()
    assert "Ajoutez un mot qui le distingue" in saved
    apart = try_it(client, {**second, "keyword": ["Introuvable"], "action": "compare"})
    assert "Aucun autre modèle n’est confondu" in apart


def test_it_is_tried_on_other_papers(house: House, enter: Enter, supplier: Party) -> None:
    client = enter(house.bruno)
    ticket = ticket_of(drop(client, paper()).content.decode())
    others = []
    for content in (paper("VRA-5000"), paper("X-1", "Autre Fournisseur")):
        from django.core.files.uploadedfile import SimpleUploadedFile

        sent = {"file": SimpleUploadedFile("a.pdf", content), "owner": "layout", "role": "other"}
        said = client.post(reverse("recipes:sample"), sent).content.decode()
        others.append(re.findall(r'name="other" value="([^"]+)"', said)[0])
    page = try_it(client, filled(house, sample=ticket, other=others, keyword=["Verins Rhone-Alpes"]))
    assert "VRA-5000" in page and "X-1" in page
    assert page.count("Pas reconnu par ses mots-clés") == 1


def test_what_is_wrong_is_said_and_nothing_is_saved(house: House, enter: Enter, supplier: Party) -> None:
    client = enter(house.bruno)
    no_box = {f"r0.box.{side}": "" for side in ("left", "top", "right", "bottom")}
    refused = client.post(reverse("layouts:new"), filled(house, keyword=["a"], action="save", **no_box))
    assert refused.status_code == 422 and "Dessinez la zone à lire" in refused.content.decode()
    unknown = client.post(reverse("layouts:new"), filled(house, party="Personne", keyword=["a"], action="save"))
    assert unknown.status_code == 422
    nothing = client.post(reverse("layouts:new"), {"name": "x", "kind": "invoice", "action": "save"})
    assert nothing.status_code == 422 and "Cochez au moins un mot-clé" in nothing.content.decode()
    outside = client.post(reverse("layouts:new"), filled(house, keyword=["a"], action="save", **{"r0.box.right": "x"}))
    assert outside.status_code == 422 and 'value="60"' in outside.content.decode()
    assert not Layout.objects.exists()


def test_rules_are_added_moved_and_removed(house: House, enter: Enter) -> None:
    client = enter(house.alice)

    def act(action: str, **fields: Any) -> list[str]:
        sent = {**ABOUT, "party": "", **fields, "action": action}
        page = client.post(reverse("layouts:new"), sent, headers={"HX-Request": "true"}).content.decode()
        return re.findall(r'name="rule" value="(\d+)"', page)

    assert act("add") == ["0"]
    assert act("add-label", rule=["0"]) == ["0", "1"]
    assert act("down:0", rule=["0", "1"]) == ["1", "0"]
    assert act("remove:0", rule=["0", "1"]) == ["1"]


def test_a_rule_that_reads_beside_a_label_asks_for_no_zone(house: House, enter: Enter) -> None:
    sent = {**ABOUT, "party": "", "action": "add"}
    page = enter(house.alice).post(reverse("layouts:new"), sent, headers={"HX-Request": "true"}).text
    assert "Dessinez la zone, ou" in page and "Déposez une page" not in page
    sent["action"] = "add-label"
    page = enter(house.alice).post(reverse("layouts:new"), sent, headers={"HX-Request": "true"}).text
    assert "Déposez une page" in page and "Dessinez la zone, ou" not in page


def test_who_may(house: House, enter: Enter) -> None:
    for actor, status in ((house.chloe, 403), (house.denis, 403), (house.bruno, 200), (house.alice, 200)):
        client = enter(actor)
        assert client.get(reverse("layouts:list")).status_code == 200
        assert client.get(reverse("layouts:new")).status_code == status
        assert client.post(reverse("layouts:try"), ABOUT).status_code == status
