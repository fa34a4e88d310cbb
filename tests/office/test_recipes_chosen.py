"""Choosing a recipe: when files are dropped, when a print is confirmed, in a printer's settings."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect

from pli.capture.api import (
    Capture,
    FtpOptions,
    InputSource,
    PrinterQueue,
    PrinterSettings,
    SourceSettings,
    create_printer,
    create_source,
)
from pli.capture.printing.jobs import Sender, receive_job
from pli.capture.sources.arrivals import receive_drop
from pli.documents.api import DocumentKind, kinds_of, store_bytes
from pli.kit.ids import new_id
from pli.parties.api import Account, StaffActor
from pli.processing.api import Recipe, Run, RunState
from tests.support.browser import LiveSite
from tests.support.people import House, make_house
from tests.support.queue import RunJobs
from tests.support.runs import invoices, make_recipe

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def house() -> House:
    return make_house()


def enter(actor: StaffActor) -> Client:
    client = Client()
    client.force_login(Account.objects.get(id=actor.account_id))
    return client


def drop(desk: Client, **fields: str) -> Client:
    file = SimpleUploadedFile("lot.pdf", invoices(3), content_type="application/pdf")
    return desk.post(reverse("documents:upload"), {"files": file, "kind": "invoice", **fields})["Location"]  # type: ignore[return-value]


def print_invoices(house: House, printer: PrinterQueue) -> str:
    stored = store_bytes([invoices(3)])
    job = receive_job(printer, Sender("Lot de mars", "sofia"), stored=stored, media_type="application/pdf")
    return str(job.uuid)


def test_a_dropped_file_goes_through_the_recipe_chosen(house: House, run_jobs: RunJobs) -> None:
    recipe = make_recipe(house)
    desk = enter(house.chloe)
    assert "Selon la nature" in desk.get(reverse("documents:upload")).content.decode()
    followed = drop(desk, recipe=str(recipe.id))
    assert "every 1s" in desk.get(followed).content.decode()
    run_jobs()
    run = Run.objects.get()
    assert (run.recipe_id, run.state) == (recipe.id, RunState.DONE)
    shown = desk.get(followed).content.decode()
    assert reverse("runs:show", args=[run.id]) in shown and "documents classés : 3 / 3" in shown
    assert "every 1s" not in shown and "De qui, et quoi" not in shown


def test_a_recipe_that_is_gone_or_of_another_house_is_not_followed(house: House, run_jobs: RunJobs) -> None:
    other = make_recipe(make_house("autre"))
    desk = enter(house.chloe)
    assert "Selon la nature" not in desk.get(reverse("documents:upload")).content.decode()
    for wanted in (str(other.id), str(new_id()), "rubbish"):
        drop(desk, recipe=wanted)
    run_jobs()
    assert not Run.objects.exists()
    assert set(Capture.objects.values_list("state", flat=True)) == {"FILED"}


def _printer(house: House, recipe: Recipe | None = None) -> PrinterQueue:
    chosen = PrinterSettings("Accueil", "invoice", asks_first=True, recipe_id=recipe.id if recipe else None)
    return create_printer(house.bruno, chosen=chosen, is_shared=True)


def test_a_printer_is_given_a_recipe_in_its_settings(house: House) -> None:
    recipe, printer = make_recipe(house), _printer(house)
    desk, address = enter(house.bruno), reverse("printers:change", args=[printer.id])
    assert "Selon la nature" in desk.get(address).content.decode()
    sent = {"name": "Accueil", "kind": "invoice", "asks_first": "", "recipe": str(recipe.id)}
    assert desk.post(address, sent).status_code == 302
    printer.refresh_from_db()
    assert printer.recipe_id == recipe.id
    assert "Factures" in desk.get(reverse("printers:show", args=[printer.id])).content.decode()
    assert desk.post(address, {**sent, "recipe": str(new_id())}).status_code == 422


def test_a_source_is_given_a_recipe_and_the_recipe_says_so(house: House, run_jobs: RunJobs) -> None:
    source, _ = create_source(house.bruno, chosen=SourceSettings("Copieur", FtpOptions(), kind="invoice"))
    desk, address = enter(house.bruno), reverse("sources:change", args=[source.id])
    assert 'name="recipe"' not in desk.get(address).content.decode(), "nothing to choose yet"
    recipe = make_recipe(house)
    assert "Selon la nature" in desk.get(address).content.decode()
    sent = {"name": "Copieur", "kind": "invoice", "asks_first": "", "recipe": str(recipe.id)}
    assert desk.post(address, sent).status_code == 302
    assert f'value="{recipe.id}" selected' in desk.get(address).content.decode()
    shown = reverse("sources:show", args=[source.id])
    assert recipe.name in desk.get(shown).content.decode()
    for page in (reverse("recipes:edit", args=[recipe.id]), reverse("recipes:list")):
        content = desk.get(page).content.decode()
        assert shown in content and "Source «\u00a0Copieur\u00a0»" in content
    assert desk.post(address, {**sent, "recipe": str(new_id())}).status_code == 422
    stored = store_bytes([invoices(3)])
    receive_drop(InputSource.objects.get(), stored=stored, sent_name="lot.pdf", media_type="application/pdf")
    run_jobs()
    run = Run.objects.get()
    assert (run.recipe_id, run.state, run.channel) == (recipe.id, RunState.DONE, "ftp")
    desk.post(address, {**sent, "recipe": ""})
    source.refresh_from_db()
    assert source.recipe_id is None


def test_a_scan_that_waits_is_confirmed_into_the_recipe_of_its_source(house: House, run_jobs: RunJobs) -> None:
    recipe = make_recipe(house)
    chosen = SourceSettings("Copieur", FtpOptions(), kind="invoice", asks_first=True, recipe_id=recipe.id)
    source, _ = create_source(house.bruno, chosen=chosen)
    stored = store_bytes([invoices(3)])
    capture, _ = receive_drop(source, stored=stored, sent_name="lot.pdf", media_type="application/pdf")
    run_jobs()
    desk, address = enter(house.chloe), reverse("todo:confirm", args=[capture.id])
    assert f'value="{recipe.id}" selected' in desk.get(address).content.decode()
    assert desk.post(address, {"kind": "invoice", "title": "", "recipe": str(recipe.id)}).status_code == 302
    run_jobs()
    assert Run.objects.get().recipe_id == recipe.id


def test_a_print_is_confirmed_with_another_recipe_and_followed(house: House, run_jobs: RunJobs) -> None:
    first, second = make_recipe(house), make_recipe(house, name="À vérifier", needs_party=True)
    job = print_invoices(house, _printer(house, first))
    run_jobs()
    desk = enter(house.bruno)
    form = desk.get(reverse("prints:confirm", args=[job])).content.decode()
    assert f'value="{first.id}" selected' in form and "À vérifier" in form
    sent = {"kind": "invoice", "title": "", "recipe": str(second.id)}
    assert desk.post(reverse("prints:confirm", args=[job]), sent).status_code == 302
    assert "Lecture en cours" in desk.get(reverse("prints:list")).content.decode()
    run_jobs()
    run = Run.objects.get()
    assert run.recipe_id == second.id
    listed = desk.get(reverse("prints:list")).content.decode()
    assert reverse("runs:show", args=[run.id]) in listed and "3 à indexer" in listed


@pytest.mark.browser
def test_a_print_is_followed_live(
    house: House, live_site: LiveSite, desk: Page, phone: Page, run_jobs: RunJobs,
    assert_accessible: Callable[..., None],
) -> None:  # fmt: skip
    recipe = make_recipe(house)
    job = print_invoices(house, _printer(house, recipe))
    run_jobs()
    account = Account.objects.get(id=house.bruno.account_id)
    live_site.log_in(desk, account)
    desk.goto(f"{live_site.url}/office/prints/{job}/")
    assert_accessible(desk)
    expect(desk.get_by_label("Traitement")).to_have_value(str(recipe.id))
    desk.get_by_role("button", name="Classer le document").click()
    expect(desk.get_by_text("Lecture en cours")).to_be_visible()
    run_jobs()
    expect(desk.get_by_text("documents classés : 3 / 3")).to_be_visible()
    live_site.log_in(phone, account)
    phone.goto(f"{live_site.url}/office/documents/upload/")
    assert_accessible(phone)
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_recipe_switched_off_stays_in_the_forms_that_name_it(house: House, run_jobs: RunJobs) -> None:
    recipe = make_recipe(house)
    chosen = PrinterSettings("Étage", "invoice", recipe_id=recipe.id)
    printer = create_printer(house.alice, is_shared=True, chosen=chosen)
    source, _ = create_source(
        house.alice, chosen=SourceSettings("Copieur", FtpOptions(), kind="invoice", recipe_id=recipe.id)
    )
    kind = next(one for one in kinds_of(house.organisation.id) if one.slug == "invoice")
    desk = enter(house.alice)
    asked = {"name_fr": kind.name_fr, "retention_years": "10", "is_active": "on", **_lines(kind)}
    desk.post(reverse("settings:kind", args=[kind.id]), {**asked, "recipe": str(recipe.id)})
    kind.refresh_from_db()
    assert kind.recipe_id == recipe.id, "the kind's own recipe is chosen on its screen"
    Recipe.objects.update(is_active=False)
    forms = {
        reverse("printers:change", args=[printer.id]): {"name": "Étage 2", "kind": "invoice"},
        reverse("sources:change", args=[source.id]): {"name": "Copieur 2", "kind": "invoice"},
        reverse("settings:kind", args=[kind.id]): asked,
    }
    for address, filled in forms.items():
        page = desk.get(address).content.decode()
        assert f"{recipe.name} (désactivée)" in page and "attend dans «\u00a0À traiter\u00a0»" in page, address
        saved = desk.post(address, {**filled, "recipe": str(recipe.id)})
        assert saved.status_code == 302, saved.content.decode()
    for one in (printer, source, kind):
        one.refresh_from_db()
        assert one.recipe_id == recipe.id, "saved for something else, it is not dropped"
    for address in (reverse("printers:show", args=[printer.id]), reverse("sources:show", args=[source.id])):
        assert "La recette choisie est désactivée" in desk.get(address).content.decode()
    receive_drop(source, stored=store_bytes([invoices(3)]), sent_name="lot.pdf", media_type="application/pdf")
    run_jobs()
    run = Run.objects.get()
    assert (run.state, run.problem_code) == (RunState.PARKED, "PRO-003"), "kept, with its reason"


def _lines(kind: DocumentKind) -> dict[str, str]:
    told = {"field-TOTAL_FORMS": str(len(kind.fields)), "field-INITIAL_FORMS": str(len(kind.fields))}
    for at, one in enumerate(kind.fields):
        line = {"name": one["name"], "label_fr": one["label_fr"], "label_en": one.get("label_en", ""),
                "type": one.get("type", "text")}  # fmt: skip
        told |= {f"field-{at}-{name}": str(value) for name, value in line.items()}
        told |= {f"field-{at}-is_required": "on"} if one.get("required") else {}
    return told
