"""« Traitements »: the list, a run's page and its actions, live, and « À traiter »."""

from __future__ import annotations

import io
from collections.abc import Callable

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect

from pli.capture.api import JobSender, PrinterSettings, Wishes, create_printer, receive, receive_job
from pli.documents.api import Document, store_bytes
from pli.kit.ids import new_id
from pli.parties.api import Account, StaffActor
from pli.processing.api import PieceState, Run, RunPiece, RunState, cancel_run, complete_piece, run_progress
from tests.support.browser import LiveSite, wait_for_pictures
from tests.support.people import House, make_house
from tests.support.queue import RunJobs
from tests.support.runs import INDEX, NUMBER_ZONE, SPLIT, make_recipe, start_invoices

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/office/runs/"
# Only the third invoice's number is one to it: the pages of the others belong to nobody.
ORPHANS = {"slug": "split", "options": {"by": "changing-text", "box": NUMBER_ZONE, "pattern": r"F2026-00003"}}


@pytest.fixture
def house() -> House:
    return make_house()


def enter(actor: StaffActor) -> Client:
    client = Client()
    client.force_login(Account.objects.get(id=actor.account_id))
    return client


def reload(run: Run) -> Run:
    return Run.objects.get(id=run.id)


def test_the_list_is_filtered_sorted_and_taken_away(house: House, run_jobs: RunJobs) -> None:
    recipe = make_recipe(house)
    start_invoices(house.chloe, recipe, file_name="=lot de mars.pdf")
    other = start_invoices(house.chloe, make_recipe(house, name="Autre", needs_party=True), file_name="avril.pdf")
    run_jobs()
    desk = enter(house.chloe)
    shown = desk.get(LIST).content.decode()
    assert "avril.pdf" in shown and "3 à indexer" in shown and "3 / 3" in shown
    assert "avril.pdf" not in desk.get(LIST, {"q": "mars"}).content.decode()
    assert "=lot de mars.pdf" not in desk.get(LIST, {"recipe": str(other.recipe_id)}).content.decode()
    assert "Aucun traitement ne correspond" in desk.get(LIST, {"state": "PARKED"}).content.decode()
    assert desk.get(LIST, {"state": "x", "recipe": "x", "after": "x", "sort": "x"}).status_code == 200
    by_file = desk.get(LIST, {"sort": "file"}).content.decode()
    assert by_file.index("=lot de mars.pdf") < by_file.index("avril.pdf")
    book = openpyxl.load_workbook(io.BytesIO(desk.get(reverse("runs:export")).getvalue())).active
    assert book is not None
    cells = [cell for row in book.iter_rows(values_only=True) for cell in row]
    assert "'=lot de mars.pdf" in cells and "avril.pdf" in cells


def test_a_run_shows_its_pieces_and_the_documents_they_became(house: House, run_jobs: RunJobs) -> None:
    run = start_invoices(house.chloe, make_recipe(house))
    desk = enter(house.chloe)
    going = desk.get(reverse("runs:show", args=[run.id])).content.decode()
    assert "En lecture" in going and "every 2s" in going
    run_jobs()
    page = desk.get(reverse("runs:show", args=[run.id]))
    shown = page.content.decode()
    assert "F2026-00002" in shown and "p. 3–4" in shown and "every 2s" not in shown
    # What was noted of each leaves with the list, a column for each thing.
    address = reverse("documents:export")
    book = openpyxl.load_workbook(io.BytesIO(desk.get(address, {"kind": "invoice"}).getvalue())).active
    assert book is not None
    rows = list(book.iter_rows(values_only=True))
    assert "N° de facture" in rows[0]
    assert "F2026-00002" in [row[rows[0].index("N° de facture")] for row in rows[1:]]
    assert (
        len(list(openpyxl.load_workbook(io.BytesIO(desk.get(address, {"q": "introuvable"}).getvalue())).active or ()))
        == 1
    )
    for piece in RunPiece.objects.filter(run=run):
        assert reverse("documents:detail", args=[piece.document_id]) in shown
    assert "Aucun document dans cet état" in desk.get(f"{page.request['PATH_INFO']}?state=PARKED").content.decode()
    image = desk.get(reverse("runs:page", args=[run.id, 6]))
    assert image.status_code == 200 and image["Content-Type"] == "image/jpeg" and "private" in image["Cache-Control"]
    assert desk.get(reverse("runs:page", args=[run.id, 7])).status_code == 404


def test_a_run_that_goes_on_is_told_only_when_something_changed(house: House, run_jobs: RunJobs) -> None:
    run = start_invoices(house.chloe, make_recipe(house, needs_party=True))
    desk, address = enter(house.chloe), reverse("runs:show", args=[run.id])
    parts = desk.get(address, headers={"HX-Request": "true"})
    assert parts.status_code == 200
    live = parts.context["live_url"]
    assert desk.get(live, headers={"HX-Request": "true"}).status_code == 204
    run_jobs()
    told = desk.get(live, headers={"HX-Request": "true"}).content.decode()
    assert "3 documents attendent d’être indexés" in told and 'hx-swap-oob="true"' in told and "hx-get" not in told


def test_pages_of_nobody_are_attached_set_aside_and_taken_back(house: House, run_jobs: RunJobs) -> None:
    recipe = make_recipe(house, steps=[ORPHANS, INDEX], needs_party=True)
    run = start_invoices(house.chloe, recipe)
    run_jobs()
    orphan = RunPiece.objects.get(run=run, is_orphan=True)
    target = RunPiece.objects.get(run=run, state=PieceState.TO_INDEX)
    desk = enter(house.chloe)
    shown = desk.get(reverse("runs:show", args=[run.id])).content.decode()
    assert "Rattacher à…" in shown and "En faire un document" in shown
    assert "n’appartiennent à aucun document" in desk.get("/office/todo/").content.decode()
    desk.post(reverse("runs:dismiss_piece", args=[orphan.id]), {"next": "/office/todo/"})
    assert "Reprendre" in desk.get(reverse("runs:show", args=[run.id])).content.decode()
    desk.post(reverse("runs:retry_piece", args=[orphan.id]))
    run_jobs()
    assert RunPiece.objects.get(id=orphan.id).state == PieceState.TO_INDEX
    refused = desk.post(reverse("runs:attach", args=[orphan.id]), {"to": str(orphan.id)}, follow=True)
    assert "ne peuvent pas être rattachées" in refused.content.decode()
    assert desk.post(reverse("runs:attach", args=[orphan.id]), {"to": "rubbish"}).status_code == 404
    desk.post(reverse("runs:attach", args=[orphan.id]), {"to": str(target.id)})
    assert RunPiece.objects.get(id=target.id).pages == [1, 2, 3, 4, 5, 6]


NOBODYS = {"slug": "split", "options": {"by": "changing-text", "box": NUMBER_ZONE, "pattern": r"rien-\d+"}}


def test_a_run_that_recognised_nothing_does_not_say_that_it_is_done(house: House, run_jobs: RunJobs) -> None:
    run = start_invoices(house.chloe, make_recipe(house, steps=[NOBODYS, INDEX]), file_name="inconnues.pdf")
    waits = start_invoices(house.chloe, make_recipe(house, name="Autre", needs_party=True), file_name="avril.pdf")
    run_jobs()
    assert reload(run).state == RunState.DONE
    desk = enter(house.chloe)
    listed, opened = (desk.get(place).content.decode() for place in (LIST, reverse("runs:show", args=[run.id])))
    assert "Rien n’est classé" in listed and "Rien n’est encore classé" in listed
    assert "Terminé</span" not in listed and "Terminé</span" not in opened
    assert "Rien n’est classé" in opened and "Rien n’a été reconnu dans ce fichier" in opened
    assert "les autres documents ont continué" not in opened and "documents par seconde" not in opened
    assert "Rien n’est encore classé" in desk.get(reverse("runs:show", args=[waits.id])).content.decode()


def test_the_same_file_come_twice_says_by_which_way_each_time(house: House, run_jobs: RunJobs) -> None:
    printer = create_printer(house.chloe, chosen=PrinterSettings("Caisse"), is_shared=False)
    rubbish = store_bytes([b"%PDF-1.4 rubbish"])
    receive_job(printer, JobSender("ticket.pdf", "chloe"), stored=rubbish, media_type="application/pdf")
    receive(house.chloe, channel="upload", stored=rubbish, file_name="ticket.pdf", source_key="u", wishes=Wishes())
    run_jobs()
    shown = enter(house.chloe).get("/office/todo/").content.decode()
    assert "Imprimé · Caisse" in shown and "Déposé à l’écran" in shown


def test_who_replays_is_told_what_will_be_there_twice(house: House, run_jobs: RunJobs) -> None:
    run = start_invoices(house.chloe, make_recipe(house))
    run_jobs()
    filed = run_progress(reload(run)).pieces["DONE"]
    assert filed
    shown = enter(house.chloe).get(reverse("runs:show", args=[run.id])).content.decode()
    assert f"Les {filed} documents qu’il a déjà donnés restent : ils seront là deux fois." in shown


def test_a_run_is_cancelled_replayed_and_tried_again(house: House, run_jobs: RunJobs) -> None:
    recipe = make_recipe(house, needs_party=True)
    run = start_invoices(house.chloe, recipe)
    run_jobs()
    desk = enter(house.chloe)
    answer = desk.post(reverse("runs:replay", args=[run.id]), {"recipe": str(recipe.id)})
    again = Run.objects.get(replaces=run)
    assert answer["Location"] == reverse("runs:show", args=[again.id])
    assert "un traitement plus récent" in desk.get(reverse("runs:show", args=[run.id])).content.decode()
    desk.post(reverse("runs:cancel", args=[run.id]))
    assert reload(run).state == RunState.CANCELLED
    stopped = desk.get(reverse("runs:show", args=[run.id])).content.decode()
    assert "Rien n’est classé." in stopped and "3 documents sont abandonnés." in stopped
    assert "« Reprendre le traitement » fait ce qui reste" in stopped and "?state=CANCELLED#pieces" in stopped
    assert run_progress(reload(run)).ended == 0
    refused = desk.post(reverse("runs:cancel", args=[run.id]), follow=True).content.decode()
    assert "n’est plus possible" in refused
    lost = start_invoices(house.chloe, type(recipe)(id=new_id()))
    listed = desk.get("/office/todo/").content.decode()
    assert "Traitement arrêté" in listed and "La recette demandée n’existe plus" in listed
    desk.post(reverse("runs:retry", args=[lost.id]), {"recipe": str(recipe.id), "next": "/office/todo/"})
    assert reload(lost).state == RunState.READING


def test_a_cancelled_run_is_resumed_or_replayed_as_one_chooses(house: House, run_jobs: RunJobs) -> None:
    run = start_invoices(house.chloe, make_recipe(house, needs_party=True))
    run_jobs()
    first = run.pieces.get(position=1)
    complete_piece(house.chloe, first.id, facts={}, party_id=house.dupont.id)
    run_jobs()
    desk, place = enter(house.chloe), reverse("runs:show", args=[run.id])
    assert "Reprendre le reste" not in desk.get(place).content.decode()
    refused = desk.post(reverse("runs:resume", args=[run.id]), follow=True).content.decode()
    assert "n’est plus possible" in refused
    desk.post(reverse("runs:cancel", args=[run.id]))
    choices = desk.get(place).content.decode()
    assert "Les 2 documents abandonnés sont repris" in choices and "rien ne sera là deux fois" in choices
    assert "Tout rejouer" in choices and "il sera là deux fois" in choices
    said = desk.post(reverse("runs:resume", args=[run.id]), follow=True).content.decode()
    assert "Le reste est repris à l’instant" in said and "En cours" in said
    run_jobs()
    assert [piece.state for piece in run.pieces.order_by("position")] == ["DONE", "TO_INDEX", "TO_INDEX"]
    assert Document.objects.count() == 1
    assert "Reprendre le reste" not in desk.get(place).content.decode()


def test_a_run_cancelled_while_it_was_read_offers_to_read_on(house: House) -> None:
    run = start_invoices(house.chloe, make_recipe(house))
    desk, place = enter(house.chloe), reverse("runs:show", args=[run.id])
    desk.post(reverse("runs:cancel", args=[run.id]))
    assert "La lecture continue là où elle s’est arrêtée" in desk.get(place).content.decode()
    desk.post(reverse("runs:resume", args=[run.id]))
    assert reload(run).state == RunState.READING


def test_what_is_set_aside_is_not_offered_alone_in_a_cancelled_run(house: House, run_jobs: RunJobs) -> None:
    run = start_invoices(house.chloe, make_recipe(house, steps=[ORPHANS, INDEX], needs_party=True))
    run_jobs()
    orphan = RunPiece.objects.get(run=run, is_orphan=True)
    again = reverse("runs:retry_piece", args=[orphan.id])
    desk, place = enter(house.chloe), reverse("runs:show", args=[run.id])
    desk.post(reverse("runs:dismiss_piece", args=[orphan.id]))
    assert again in desk.get(place).content.decode()
    desk.post(reverse("runs:cancel", args=[run.id]))
    assert again not in desk.get(place).content.decode()


def test_what_one_may_not_see_or_do(house: House, run_jobs: RunJobs) -> None:
    run = start_invoices(house.alice, make_recipe(house, needs_party=True))
    run_jobs()
    address, picture = reverse("runs:show", args=[run.id]), reverse("runs:page", args=[run.id, 1])
    for actor, status in ((house.denis, 200), (house.bruno, 200), (house.chloe, 404)):
        assert enter(actor).get(address).status_code == status
        assert enter(actor).get(picture).status_code == status
    assert "factures.pdf" not in enter(house.chloe).get(LIST).content.decode()
    assert "Annuler le traitement" not in enter(house.denis).get(address).content.decode()
    for verb in ("cancel", "retry", "replay", "resume"):
        assert enter(house.denis).post(reverse(f"runs:{verb}", args=[run.id])).status_code == 403
        assert enter(house.chloe).post(reverse(f"runs:{verb}", args=[run.id])).status_code == 404
    assert enter(make_house("autre").alice).get(picture).status_code == 404


def test_the_work_that_waits_is_counted(house: House, run_jobs: RunJobs) -> None:
    start_invoices(house.chloe, make_recipe(house, needs_party=True))
    start_invoices(house.chloe, make_recipe(house, name="Perdues", steps=[ORPHANS, INDEX]), file_name="perdues.pdf")
    run_jobs()
    home = enter(house.chloe).get("/office/").content.decode()
    assert "3 documents à indexer" in home and "1 traitement ou document arrêté" in home
    assert enter(house.denis).get("/office/").status_code == 200


@pytest.mark.browser
def test_progress_is_live_and_the_screens_fit(
    house: House, live_site: LiveSite, desk: Page, phone: Page, run_jobs: RunJobs,
    assert_accessible: Callable[..., None], shot: Callable[..., None],
) -> None:  # fmt: skip
    account = Account.objects.get(id=house.chloe.account_id)
    recipe = make_recipe(house, steps=[SPLIT, INDEX], asks_below=80)
    run = start_invoices(house.chloe, recipe, count=12)
    start_invoices(house.chloe, make_recipe(house, name="Perdues", steps=[ORPHANS, INDEX], needs_party=True),
                   file_name="lot abîmé.pdf")  # fmt: skip
    live_site.log_in(desk, account)
    live_site.log_in(phone, account)
    desk.goto(f"{live_site.url}/office/runs/{run.id}/")
    expect(desk.locator("#run-progress")).to_contain_text("En lecture")
    assert_accessible(desk)
    run_jobs()
    expect(desk.locator("#run-progress")).to_contain_text("Rien n’est encore classé")
    expect(desk.locator("#pieces .tile")).to_have_count(12)
    assert_accessible(desk)
    wait_for_pictures(desk)
    shot(desk, "run-desk")
    cancel_run(house.chloe, run.id)
    for page, name in ((desk, "desk"), (phone, "phone")):
        page.goto(f"{live_site.url}/office/runs/{run.id}/")
        page.get_by_role("button", name="Reprendre le traitement").click()
        expect(page.get_by_role("dialog")).to_contain_text("12 documents abandonnés")
        assert_accessible(page)
        _fits(page)
        shot(page, f"run-resume-{name}")
    desk.get_by_role("button", name="Reprendre le reste").click()
    expect(desk.locator("#toasts")).to_contain_text("Le reste est repris")
    other = Run.objects.exclude(id=run.id).get()
    for page, name in ((desk, "desk"), (phone, "phone")):
        page.goto(f"{live_site.url}/office/runs/{other.id}/")
        assert_accessible(page)
        wait_for_pictures(page)
        _fits(page)
        shot(page, f"run-waiting-{name}")
        page.goto(f"{live_site.url}/office/runs/")
        assert_accessible(page)
        _fits(page)
        shot(page, f"runs-{name}")
        page.goto(f"{live_site.url}/office/todo/")
        assert_accessible(page)
        _fits(page)


def _fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url
