"""Lists, forms and dialogs of the office, as a person uses them."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from pli.office import navigation
from tests.screens.urls import SAMPLE_PLACES
from tests.support.browser import LiveSite, OpenPage

pytestmark = [pytest.mark.urls("tests.screens.urls"), pytest.mark.django_db(transaction=True)]


@pytest.fixture
def office(live_site: LiveSite, desk: Page, monkeypatch: pytest.MonkeyPatch) -> Page:
    """The style page on a desk, with every place open."""
    monkeypatch.setattr(navigation, "_opened", {slug: (name, None) for slug, name in SAMPLE_PLACES.items()})
    monkeypatch.setattr(navigation, "_search", ["style:empty"])
    desk.goto(f"{live_site.url}/office/style")
    return desk


def test_the_keyboard_goes_everywhere(office: Page) -> None:
    office.keyboard.press("/")
    expect(office.get_by_role("searchbox")).to_be_focused()
    office.keyboard.press("Escape")
    office.keyboard.press("j")
    office.keyboard.press("j")
    expect(office.get_by_role("link", name="Contrat de maintenance")).to_be_focused()
    office.keyboard.press("k")
    expect(office.get_by_role("link", name="Devis 2026-041", exact=True)).to_be_focused()
    office.keyboard.press("x")
    expect(office.get_by_text("1 sélectionné(s)")).to_be_visible()
    office.keyboard.press("?")
    expect(office.get_by_role("dialog", name="Raccourcis clavier")).to_be_visible()
    office.keyboard.press("Escape")
    office.keyboard.press("g")
    office.keyboard.press("d")
    office.wait_for_url("**/empty")


def test_the_first_tab_stop_leads_to_the_content(office: Page) -> None:
    office.keyboard.press("Tab")
    expect(office.get_by_role("link", name="Aller au contenu")).to_be_focused()
    office.keyboard.press("Enter")
    expect(office.locator("#content")).to_be_focused()


def test_what_cannot_be_undone_asks_for_the_name(office: Page) -> None:
    opener = office.get_by_role("button", name="Retirer la demande")
    opener.click()
    dialog = office.get_by_role("dialog", name="Retirer cette demande ?")
    confirm = dialog.get_by_role("button", name="Retirer la demande")
    expect(confirm).to_be_disabled()
    dialog.get_by_role("textbox").fill("Devis 2026-041")
    expect(confirm).to_be_enabled()
    office.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()


def test_a_pasted_code_keeps_its_digits(office: Page) -> None:
    field = office.locator("#id_code")
    field.evaluate(
        """e => { const data = new DataTransfer(); data.setData('text', ' 123 456 ');
        e.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, cancelable: true})); }"""
    )
    expect(field).to_have_value("123456")


def test_files_are_sent_with_their_outcome(office: Page, tmp_path: Path) -> None:
    for name in ("devis.pdf", "refus.pdf", "notes.txt"):
        (tmp_path / name).write_bytes(b"%PDF-1.7")
    office.locator("#drop-files").set_input_files([str(tmp_path / n) for n in ("devis.pdf", "refus.pdf", "notes.txt")])
    rows = office.locator(".drop-file")
    expect(rows.nth(0)).to_contain_text("reçu · 8 o")
    expect(rows.nth(1)).to_contain_text("protégé par un mot de passe")
    expect(rows.nth(2)).to_contain_text("ce genre de fichier n’est pas accepté")


def test_people_come_from_the_address_book_in_the_order_chosen(office: Page) -> None:
    search = office.get_by_role("combobox", name="Nom de la personne")
    search.press_sequentially("zoe")
    expect(office.get_by_role("option", name="Zoé Le Goff")).to_be_visible()
    search.press("Enter")
    office.get_by_role("button", name="Avant : Zoé Le Goff").click()
    names = office.locator("input[name=signers-name]").evaluate_all("all => all.map(one => one.value)")
    assert names == ["Julie Martin", "Zoé Le Goff", "Paul Durand"]
    contacts = office.locator("input[name=signers-contact]").evaluate_all("all => all.map(one => one.value)")
    assert contacts == ["1", "3", "2"]


def test_long_work_tells_itself_and_stops(office: Page) -> None:
    bar = office.locator("#progress-work")
    expect(bar).to_contain_text("50 / 120", timeout=6000)


def test_without_script_the_essential_works(live_site: LiveSite, open_page: OpenPage) -> None:
    page = open_page(java_script_enabled=False)
    page.goto(f"{live_site.url}/office/style")
    expect(page.locator("#drop-files")).to_be_visible()
    expect(page.locator("input[name=signers-email]")).to_be_visible()
    page.goto(f"{live_site.url}/office/style/portal")
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
