"""« À indexer »: whose turn, what is shown, what is refused, and three documents in a row without a mouse."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect

from pli.documents.api import Document
from pli.parties.api import Account, Party, PartyKind, StaffActor
from pli.processing.api import Layout, PieceState, RunPiece
from tests.support.browser import LiveSite, wait_for_pictures
from tests.support.people import House, make_house
from tests.support.queue import RunJobs
from tests.support.runs import make_recipe, start_invoices

pytestmark = pytest.mark.django_db(transaction=True)
HTMX = {"HX-Request": "true"}


@pytest.fixture
def house() -> House:
    return make_house()


@pytest.fixture
def pieces(house: House, run_jobs: RunJobs) -> list[RunPiece]:
    """Three invoices of a client nobody knows."""
    run = start_invoices(house.chloe, make_recipe(house, needs_party=True))
    run_jobs()
    return list(RunPiece.objects.filter(run=run).order_by("position"))


def enter(actor: StaffActor) -> Client:
    client = Client()
    client.force_login(Account.objects.get(id=actor.account_id))
    return client


def address(piece: RunPiece, name: str = "piece") -> str:
    return reverse(f"index:{name}", args=[piece.id])


def send(desk: Client, piece: RunPiece, **values: str) -> HttpResponse:
    sent = {"kind": "invoice", "party": "C001", "title": "", "fact-number": "F1", "fact-date": "05/01/2026"}
    return desk.post(address(piece, "save"), {**sent, "fact-total": "1 250,00", **values}, headers=HTMX)  # type: ignore[return-value]


def test_the_first_that_waits_is_on_the_desk(house: House, pieces: list[RunPiece]) -> None:
    desk = enter(house.chloe)
    assert desk.get(reverse("index:start"))["Location"] == address(pieces[0])
    shown = desk.get(address(pieces[0])).content.decode()
    assert 'value="F2026-00001"' in shown and 'value="06/01/2026"' in shown and "2 autres ensuite" in shown
    assert "lu près de son libellé" in shown and "à vérifier (7" in shown
    assert 'data-page="1" data-box="0.7' in shown
    assert "Le client ou le fournisseur n’a pas été reconnu" in shown
    elsewhere = reverse("index:start") + "?run=" + "0" * 32
    assert "Tout est indexé" in desk.get(elsewhere).content.decode()


def test_what_was_typed_is_kept_and_the_next_comes(house: House, pieces: list[RunPiece], run_jobs: RunJobs) -> None:
    desk = enter(house.chloe)
    answer = send(desk, pieces[0])
    assert answer.status_code == 200 and answer["HX-Push-Url"] == address(pieces[1])
    assert "F2026-00002" in answer.content.decode() and "C’est enregistré" in answer.content.decode()
    run_jobs()
    done = RunPiece.objects.get(id=pieces[0].id)
    assert done.state == PieceState.DONE and done.party == house.dupont
    document = Document.objects.get(id=done.document_id)
    assert document.facts == {"number": "F1", "date": "2026-01-05", "total": "1250.00"}
    late = send(desk, pieces[0]).content.decode()
    assert "Quelqu’un s’en est déjà occupé" in late
    moved = desk.get(address(pieces[0]))
    assert moved.status_code == 302 and moved["Location"] == address(pieces[1])


def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_lost(house: House, pieces: list[RunPiece]) -> None:
    desk = enter(house.chloe)
    answer = send(desk, pieces[0], **{"fact-date": "hier", "fact-total": "beaucoup", "title": "Ma facture"})
    said = answer.content.decode()
    assert answer.status_code == 422
    assert "Date attendue, par exemple 31/12/2026." in said and "Montant attendu" in said
    assert 'value="hier"' in said and 'value="beaucoup"' in said and 'value="Ma facture"' in said
    unknown = send(desk, pieces[0], party="Zébulon (Z9)")
    assert unknown.status_code == 422 and "Aucun client, salarié ou fournisseur" in unknown.content.decode()
    assert RunPiece.objects.get(id=pieces[0].id).state == PieceState.TO_INDEX


def test_later_keeps_the_place_and_another_kind_keeps_what_was_typed(house: House, pieces: list[RunPiece]) -> None:
    desk = enter(house.chloe)
    assert desk.get(address(pieces[0], "later"), headers=HTMX)["HX-Push-Url"] == address(pieces[1])
    assert desk.get(address(pieces[2], "later"))["Location"] == address(pieces[0])
    asked = {"kind": "quote", "fact-number": "D-7"}
    shown = desk.get(address(pieces[0], "fields"), asked).content.decode()
    assert "N° de devis" in shown and 'value="D-7"' in shown and 'value="06/01/2026"' in shown
    assert "pas de métadonnées" in desk.get(address(pieces[0], "fields"), {"kind": "letter"}).content.decode()


def test_the_words_of_a_page_have_their_places(house: House, pieces: list[RunPiece]) -> None:
    desk = enter(house.chloe)
    told = desk.get(reverse("index:words", args=[pieces[1].id, 1])).json()["words"]
    (number,) = [word for word in told if word[0] == "F2026-00002"]
    assert all(0 <= side <= 1 for side in number[1:]) and number[1] < number[3] and number[2] < number[4]
    assert desk.get(reverse("index:words", args=[pieces[1].id, 3])).status_code == 404


def test_a_supplier_is_created_on_the_spot(house: House, pieces: list[RunPiece]) -> None:
    desk = enter(house.chloe)
    wrong = desk.post(reverse("index:party"), {"party_kind": "SUPPLIER", "name": "Bois & Fils", "code": "C001"})
    assert wrong.status_code in (200, 422)
    sent = {"party_kind": "SUPPLIER", "name": "Bois & Fils", "code": "F77", "siren": "123456789"}
    refused = desk.post(reverse("index:party"), sent)
    assert refused.status_code == 422 and "SIREN" in refused.content.decode()
    made = desk.post(reverse("index:party"), {**sent, "siren": "732829320"})
    assert "Bois & Fils (F77)" in made["HX-Trigger"]
    assert Party.objects.get(code="F77").kind == PartyKind.SUPPLIER


def test_an_auditor_reads_and_a_member_sees_their_own(house: House, pieces: list[RunPiece], run_jobs: RunJobs) -> None:
    auditor = enter(house.denis)
    shown = auditor.get(address(pieces[0])).content.decode()
    assert "disabled" in shown and "Enregistrer et continuer" not in shown
    for name in ("save",):
        assert auditor.post(address(pieces[0], name)).status_code == 403
    assert auditor.post(reverse("index:party")).status_code == 403
    mine = start_invoices(house.alice, make_recipe(house, name="Alice", needs_party=True), count=1)
    run_jobs()
    (hidden,) = RunPiece.objects.filter(run=mine)
    member = enter(house.chloe)
    assert member.get(address(hidden)).status_code == 404
    assert member.get(reverse("index:words", args=[hidden.id, 1])).status_code == 404
    assert send(member, hidden).status_code == 404
    stranger = enter(make_house("autre").alice)
    assert stranger.get(address(pieces[0])).status_code == 404
    assert "Tout est indexé" in stranger.get(reverse("index:start")).content.decode()


def test_the_piece_of_a_client_of_another_house_is_not_taken(house: House, pieces: list[RunPiece]) -> None:
    other = make_house("autre")
    Party.objects.create(organisation=other.organisation, kind="CLIENT", code="X9", name="Ailleurs")
    assert send(enter(house.chloe), pieces[0], party="X9").status_code == 422


@pytest.mark.browser
def test_three_documents_are_indexed_from_the_keyboard_alone(
    house: House, pieces: list[RunPiece], live_site: LiveSite, desk: Page, run_jobs: RunJobs,
    assert_accessible: Callable[..., None], shot: Callable[..., None],
) -> None:  # fmt: skip
    live_site.log_in(desk, Account.objects.get(id=house.chloe.account_id))
    desk.goto(f"{live_site.url}/office/index/")
    number = desk.get_by_label("N° de facture")
    party = desk.get_by_label("Client, salarié ou fournisseur")
    expect(number).to_have_value("F2026-00001")
    # Nobody was recognised: that is what the document waits for.
    expect(party).to_be_focused()
    desk.keyboard.press("Tab")
    expect(desk.locator(".zone")).to_be_visible()
    desk.keyboard.press("Shift+Tab")
    assert_accessible(desk)
    desk.evaluate("document.body.dataset.same = 'yes'")
    for rank in (1, 2, 3):
        expect(number).to_have_value(f"F2026-0000{rank}")
        expect(party).to_be_focused()
        desk.keyboard.press("Tab")
        expect(number).to_be_focused()
        desk.keyboard.press("Tab")
        expect(desk.get_by_label("Date de facture")).to_be_focused()
        if rank == 2:
            desk.keyboard.type("hier")
            desk.keyboard.press("Shift+Tab")
            desk.keyboard.press("Shift+Tab")
            desk.keyboard.type("C001")
            desk.keyboard.press("Enter")
            wrong = desk.get_by_label("Date de facture")
            expect(wrong).to_be_focused()
            expect(wrong).to_have_value("hier")
            desk.keyboard.type("07/01/2026")
            desk.keyboard.press("Enter")
            continue
        desk.keyboard.press("Shift+Tab")
        desk.keyboard.press("Shift+Tab")
        expect(party).to_be_focused()
        desk.keyboard.type("C001")
        desk.keyboard.press("Enter")
    expect(desk.get_by_text("Tout est indexé")).to_be_visible()
    assert desk.evaluate("document.body.dataset.same") == "yes"
    run_jobs()
    states = set(RunPiece.objects.values_list("state", "party__code"))
    assert states == {(PieceState.DONE, "C001")}


@pytest.mark.browser
def test_words_are_taken_from_the_page_and_esc_puts_off(
    house: House, pieces: list[RunPiece], live_site: LiveSite, desk: Page, shot: Callable[..., None]
) -> None:
    live_site.log_in(desk, Account.objects.get(id=house.chloe.account_id))
    desk.goto(f"{live_site.url}/office/index/")
    number = desk.get_by_label("N° de facture")
    expect(desk.get_by_label("Client, salarié ou fournisseur")).to_be_focused()
    desk.keyboard.press("Tab")
    expect(number).to_be_focused()
    sheet = desk.locator("[data-sheet]").first
    expect(desk.locator(".zone")).to_be_visible()
    wait_for_pictures(desk)
    shot(desk, "indexing-desk")
    zone, frame = desk.locator(".zone").bounding_box(), sheet.bounding_box()
    assert zone and frame
    number.fill("")
    spot = {"x": zone["x"] - frame["x"] + zone["width"] / 2, "y": zone["y"] - frame["y"] + zone["height"] / 2}
    sheet.click(position=spot)  # type: ignore[arg-type]
    expect(number).to_have_value("F2026-00001")
    expect(number).to_be_focused()
    x, y = zone["x"], zone["y"] + zone["height"] / 2
    desk.mouse.move(x - 90, y - 8)
    desk.mouse.down()
    desk.mouse.move(x + 60, y)
    desk.mouse.move(x + zone["width"] + 6, y + 8)
    desk.mouse.up()
    expect(number).to_have_value("N° facture F2026-00001")
    desk.keyboard.press("Escape")
    expect(number).to_have_value("F2026-00002")
    assert desk.url.endswith(f"/office/index/{pieces[1].id}/")
    desk.go_back()
    expect(number).to_have_value("F2026-00001")


@pytest.mark.browser
def test_a_record_is_created_without_leaving_the_desk(
    house: House, pieces: list[RunPiece], live_site: LiveSite, desk: Page, assert_accessible: Callable[..., None]
) -> None:
    live_site.log_in(desk, Account.objects.get(id=house.chloe.account_id))
    desk.goto(f"{live_site.url}/office/index/")
    desk.get_by_label("Client, salarié ou fournisseur").fill("Martin 2")
    desk.get_by_role("button", name="Créer une fiche").click()
    dialog = desk.get_by_role("dialog", name="Nouvelle fiche")
    expect(dialog.get_by_label("Nom ou raison sociale")).to_have_value("Martin 2")
    assert_accessible(desk)
    dialog.get_by_role("button", name="Créer la fiche").click()
    expect(dialog.locator(".field-errors").first).to_be_visible()
    dialog.get_by_label("Code").fill("C0002")
    dialog.get_by_role("button", name="Créer la fiche").click()
    expect(dialog).to_be_hidden()
    expect(desk.get_by_label("Client, salarié ou fournisseur")).to_have_value("Martin 2 (C0002)")


@pytest.mark.browser
def test_a_phone_shows_the_page_above_the_form(
    house: House, pieces: list[RunPiece], live_site: LiveSite, phone: Page,
    assert_accessible: Callable[..., None], shot: Callable[..., None],
) -> None:  # fmt: skip
    live_site.log_in(phone, Account.objects.get(id=house.chloe.account_id))
    phone.goto(f"{live_site.url}/office/index/")
    wait_for_pictures(phone)
    pages, form = phone.locator(".desk-pages").bounding_box(), phone.locator(".desk-form").bounding_box()
    assert pages and form and pages["y"] + pages["height"] <= form["y"]
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert_accessible(phone)
    shot(phone, "indexing-phone")
    phone.get_by_label("Client, salarié ou fournisseur").fill("C001")
    phone.get_by_role("button", name="Enregistrer et continuer").tap()
    expect(phone.get_by_label("N° de facture")).to_have_value("F2026-00002")


def test_a_manager_remembers_a_layout_and_the_next_paper_is_read_by_it(house: House, run_jobs: RunJobs) -> None:
    recipe = make_recipe(house, needs_party=True)
    first = start_invoices(house.bruno, recipe, count=1)
    run_jobs()
    piece = RunPiece.objects.get(run=first)
    desk = enter(house.bruno)
    assert "Mémoriser comme modèle" in desk.get(address(piece)).content.decode()
    typed = {"fact-number": "F2026-00001", "fact-date": "06/01/2026", "fact-total": "101,37", "remember": "yes"}
    said = send(desk, piece, **typed).content.decode()
    assert "Le modèle «\u00a0Dupont SARL\u00a0» est fait" in said
    assert "Mémoriser" not in enter(house.chloe).get(reverse("index:start"), follow=True).content.decode()
    run_jobs()
    second = start_invoices(house.bruno, recipe, count=2)
    run_jobs()
    read = RunPiece.objects.get(run=second, position=2)
    assert read.facts["number"]["value"] == "F2026-00002"
    assert read.layout is not None and read.layout.name == "Dupont SARL"


def test_after_three_papers_typed_alike_the_layout_is_offered_by_itself(house: House, run_jobs: RunJobs) -> None:
    run = start_invoices(house.bruno, make_recipe(house, needs_party=True), count=4)
    run_jobs()
    waiting = list(RunPiece.objects.filter(run=run).order_by("position"))
    desk, shown = enter(house.bruno), ""
    for at, piece in enumerate(waiting[:3], start=1):
        assert "de la même façon" not in shown, at
        shown = send(desk, piece, **{"fact-number": f"F2026-{at:05}", "fact-total": "101,37"}).content.decode()
    assert "Vous avez saisi 3 documents de «\u00a0Dupont SARL\u00a0»" in shown and "N° de facture" in shown
    offered = re.search(r'action="([^"]+/learn)"', shown)
    assert offered is not None
    assert enter(house.chloe).post(offered[1]).status_code == 403
    said = desk.post(offered[1], follow=True).content.decode()
    assert "Le modèle «\u00a0Dupont SARL\u00a0» est fait" in said
    layout = Layout.objects.get()
    assert {rule["field"] for rule in layout.rules} == {"number"}, "what did not hold on the others is left out"
    last = {"fact-number": "F2026-00004"}
    assert "de la même façon" not in send(desk, waiting[3], **last).content.decode(), "there is one now"
