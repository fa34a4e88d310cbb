"""The photographs' page and the sources' pages in a real browser, at a desk and on a telephone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from pli.capture.api import (
    Capture,
    FolderOptions,
    FtpOptions,
    MailboxOptions,
    SftpOptions,
    SourceSettings,
    create_source,
)
from pli.capture.errors import TransferIncomplete
from pli.capture.sources.arrivals import receive_drop
from pli.capture.sources.problems import note_problem
from pli.documents.api import store_bytes
from pli.parties.api import Account
from tests.capture.photos.test_photos import as_jpeg, make_sheet
from tests.support.people import House, make_house
from tests.support.queue import RunJobs

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def house(transactional_db: None) -> House:
    return make_house()


@pytest.mark.parametrize("place", ["desk", "phone"])
def test_the_last_problems_of_a_source(
    place: str, live_site: Any, house: House, assert_accessible: Any, shot: Any, request: Any, run_jobs: RunJobs
) -> None:
    page: Page = request.getfixturevalue(place)
    source, _ = create_source(house.bruno, chosen=SourceSettings("Copieur de l’étage", FtpOptions(), kind="invoice"))
    for _ in range(3):
        note_problem(source.id, TransferIncomplete(name="scan-0041.pdf"), file_name="scan-0041.pdf")
    stored = store_bytes([b"%PDF-1.4 rubbish"])
    capture, _ = receive_drop(source, stored=stored, sent_name="scan-0042.pdf", media_type="application/pdf")
    run_jobs()
    live_site.log_in(page, Account.objects.get(id=house.bruno.account_id))
    page.goto(live_site.url + reverse("sources:show", args=[source.id]))
    problems = page.locator("#problems-title")
    problems.scroll_into_view_if_needed()
    expect(page.get_by_text("3 fois, la première")).to_be_visible()
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "no sideways scrolling"
    problems.evaluate("title => scrollTo(0, title.getBoundingClientRect().top + scrollY - 96)")
    shot(page, f"source-problems-{place}")
    page.get_by_role("link", name="Voir dans « À traiter »").click()
    expect(page.locator(f"#file-{capture.id}")).to_be_in_viewport()


def _photos(folder: Path) -> list[str]:
    names = []
    for number in (1, 2, 3):
        path = folder / f"IMG_{number}.jpg"
        path.write_bytes(as_jpeg(make_sheet(number)))
        names.append(str(path))
    return names


def _photograph(live_site: Any, page: Page, house: House, folder: Path, assert_accessible: Any) -> None:
    live_site.log_in(page, Account.objects.get(id=house.chloe.account_id))
    page.goto(f"{live_site.url}/office/documents/photos/")
    page.locator("input[name=photos]").set_input_files(_photos(folder))
    shown = page.locator(".photo-page img")
    expect(shown).to_have_count(3)
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "no sideways scrolling"
    page.get_by_role("button", name="Reculer : Page 1").click()
    expect(shown.nth(1)).to_have_attribute("alt", "Page 2 : IMG_1.jpg")
    page.get_by_role("button", name="Retirer : Page 3").click()
    expect(shown).to_have_count(2)
    page.get_by_role("button", name="Envoyer les pages").press("Enter")
    page.wait_for_url("**/arrivals?capture=*")
    capture = Capture.objects.get()
    assert (capture.channel, capture.file_name) == ("photos", "IMG_2.pdf"), "in the order that was chosen"


def test_photographs_at_a_desk(
    live_site: Any, desk: Page, house: House, tmp_path: Path, assert_accessible: Any
) -> None:
    _photograph(live_site, desk, house, tmp_path, assert_accessible)


def test_photographs_on_a_telephone(
    live_site: Any, phone: Page, house: House, tmp_path: Path, assert_accessible: Any
) -> None:
    _photograph(live_site, phone, house, tmp_path, assert_accessible)


def test_what_is_no_photograph_is_said_on_the_page(live_site: Any, phone: Page, house: House, tmp_path: Path) -> None:
    live_site.log_in(phone, Account.objects.get(id=house.chloe.account_id))
    phone.goto(f"{live_site.url}/office/documents/photos/")
    wrong = tmp_path / "a.jpg"
    wrong.write_bytes(b"\0\0\0\x18ftypheic" + b"\0" * 100)
    phone.locator("input[name=photos]").set_input_files(str(wrong))
    phone.get_by_role("button", name="Envoyer les pages").press("Enter")
    expect(phone.locator("[data-photo-said]")).to_contain_text("Le plus compatible")
    assert not Capture.objects.exists()


@pytest.mark.parametrize("width", ["desk", "phone"])
def test_the_sources_pages(
    live_site: Any, house: House, assert_accessible: Any, width: str, request: pytest.FixtureRequest
) -> None:
    page: Page = request.getfixturevalue(width)
    live_site.log_in(page, Account.objects.get(id=house.alice.account_id))
    made = [
        create_source(house.alice, chosen=SourceSettings(name, options), password="secret")[0]
        for name, options in (
            ("Copieur", FtpOptions()), ("ERP", SftpOptions()), ("Dossier", FolderOptions()),
            ("Boîte", MailboxOptions(host="imap.example", user="scan")),
        )
    ]  # fmt: skip
    ways = ["", *(f"{one.id}/" for one in made), *(f"new/{door}" for door in ("ftp", "sftp", "folder", "imap"))]
    for way in ways:
        page.goto(f"{live_site.url}/office/settings/sources/{way}")
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), way
    page.goto(f"{live_site.url}/office/settings/sources/new/ftp")
    page.get_by_label("Nom").fill("Copieur du couloir")
    page.get_by_role("button", name="Enregistrer la source").click()
    expect(page.locator("#source-secret")).to_be_visible()
    assert_accessible(page)
