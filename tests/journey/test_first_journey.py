"""The first journey in a real browser: dropped at a desk, signed on a phone, proved to anybody."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from pli.documents.api import Document, existing_blob_path
from pli.parties.api import Account
from pli.signing.api import Ceremony
from tests.pdf import samples
from tests.support.browser import LiveSite
from tests.support.ceremonies import last_code, last_link
from tests.support.people import House, make_house
from tests.support.queue import RunJobs

pytestmark = pytest.mark.django_db(transaction=True)
Check = Callable[..., None]


@pytest.fixture
def house() -> House:
    return make_house()


def _drop_and_ask(page: Page, site: LiveSite, house: House, run_jobs: RunJobs, file: Path, shot: Check) -> Ceremony:
    """At the desk: drop the file, say whose and what, ask Julie."""
    site.log_in(page, Account.objects.get(id=house.chloe.account_id))
    page.goto(f"{site.url}/office/documents/upload/")
    page.get_by_label("Client, salarié ou fournisseur").fill("Dupont SARL (C001)")
    page.get_by_label("Nature", exact=True).select_option("contract")
    shot(page, "journey-1-upload-desk")
    page.set_input_files("input[type=file]", file)
    page.wait_for_url("**/arrivals?*")
    run_jobs()
    expect(page.get_by_text("Classé", exact=True)).to_be_visible()
    page.get_by_role("button", name="Classer et demander une signature").click()
    page.wait_for_url("**/signatures/new?*")
    # The client's only contact is proposed at once.
    expect(page.locator(".person")).to_contain_text("Julie Martin")
    expect(page.locator("[data-summary]")).to_contain_text("Julie Martin signera « bail commercial »")
    page.get_by_role("textbox", name="Message").fill("Merci de signer avant la fin du mois.")
    shot(page, "journey-2-request-desk", full_page=True)
    page.get_by_role("button", name="Envoyer la demande").click()
    page.wait_for_url(re.compile(r"/office/signatures/[0-9a-f-]{36}/"))
    run_jobs()
    return Ceremony.objects.get()


def _prove_identity(phone: Page, site: LiveSite, house: House, run_jobs: RunJobs, check: Check, shot: Check) -> None:
    """On the phone: open the link, receive the code, type it."""
    phone.goto(f"{site.url}/s/{last_link(house, 'julie@client.example')}")
    expect(phone.get_by_role("heading", name="Bonjour Julie Martin")).to_be_visible()
    check(phone)
    shot(phone, "journey-3-link-phone")
    phone.get_by_role("button", name="Recevoir mon code par e-mail").click()
    phone.wait_for_url("**/code")
    run_jobs()
    check(phone)
    code = last_code(house, "julie@client.example")
    phone.locator("#id_code").fill("000000" if code != "000000" else "111111")
    expect(phone.get_by_text("Ce code n’est pas le bon.")).to_be_visible()
    shot(phone, "journey-4-code-phone")
    phone.locator("#id_code").fill(code)
    phone.wait_for_url("**/read")


def _draw(page: Page) -> None:
    box = page.locator(".sign-canvas").bounding_box()
    assert box
    page.mouse.move(box["x"] + 40, box["y"] + box["height"] * 0.7)
    page.mouse.down()
    for step in range(1, 12):
        page.mouse.move(box["x"] + 40 + step * 20, box["y"] + box["height"] * (0.3 if step % 2 else 0.7))
    page.mouse.up()


@pytest.mark.parametrize("way", ["touch", "keyboard"])
def test_a_document_is_dropped_signed_sealed_archived_and_proved(
    way: str,
    desk: Page,
    phone: Page,
    live_site: LiveSite,
    house: House,
    run_jobs: RunJobs,
    assert_accessible: Check,
    shot: Check,
    tmp_path: Path,
) -> None:
    """The main job of the product, by finger and by keyboard alone."""
    file = tmp_path / "bail_commercial.pdf"
    file.write_bytes(samples.simple_contract(pages=3))
    shot = shot if way == "touch" else (lambda *args, **kwargs: None)
    ceremony = _drop_and_ask(desk, live_site, house, run_jobs, file, shot)
    _prove_identity(phone, live_site, house, run_jobs, assert_accessible, shot)
    assert_accessible(phone)
    shot(phone, "journey-5-read-phone")
    if way == "touch":
        _sign_by_touch(phone, shot)
    else:
        _sign_by_keyboard(phone)
    expect(phone.locator("#finish-dialog")).to_be_visible()
    assert_accessible(phone)
    phone.get_by_role("checkbox").check()
    phone.get_by_role("button", name="Signer", exact=True).click()
    phone.wait_for_url("**/done")
    expect(phone.get_by_text("C’est signé")).to_be_visible()
    run_jobs()
    expect(phone.get_by_role("link", name="Télécharger mon fichier de preuve")).to_be_visible()
    assert_accessible(phone)
    shot(phone, "journey-7-done-phone")
    _check_outcome(desk, phone, live_site, house, ceremony, assert_accessible, shot, tmp_path)


def _sign_by_touch(phone: Page, shot: Check) -> None:
    phone.get_by_role("button", name="Signer ici").click()
    _draw(phone)
    phone.get_by_role("button", name="Utiliser cette signature").click()
    sheet = phone.locator("[data-page='1'] [data-sheet]")
    sheet.click(position={"x": 200, "y": 300})
    expect(phone.locator(".mark-box")).to_be_visible()
    shot(phone, "journey-6-place-phone")
    phone.get_by_role("button", name="Terminer").click()


def _sign_by_keyboard(phone: Page) -> None:
    phone.get_by_role("button", name="Signer ici").focus()
    phone.keyboard.press("Enter")
    phone.get_by_role("tab", name="Dessiner").focus()
    phone.keyboard.press("ArrowRight")
    phone.get_by_label("Votre nom").fill("Julie Martin")
    phone.get_by_role("button", name="Utiliser cette signature").focus()
    phone.keyboard.press("Enter")
    phone.get_by_role("button", name="Poser en bas de cette page").focus()
    phone.keyboard.press("Enter")
    expect(phone.locator(".mark-box")).to_be_focused()
    before = phone.locator("[data-mark-field='x1']").input_value()
    phone.keyboard.press("ArrowRight")
    assert phone.locator("[data-mark-field='x1']").input_value() != before
    phone.get_by_role("button", name="Terminer").focus()
    phone.keyboard.press("Enter")


def _check_outcome(
    desk: Page, phone: Page, site: LiveSite, house: House, ceremony: Ceremony, check: Check, shot: Check, folder: Path
) -> None:
    """Staff see it at once, the client finds it in their portal, anybody may verify it."""
    expect(desk.get_by_text("Demande terminée : signée par tous")).to_be_visible()
    check(desk)
    shot(desk, "journey-8-follow-desk", full_page=True)
    document = Document.objects.get(id=ceremony.papers.get().document_id)
    site.log_in(phone, Account.objects.get(id=house.portal.account_id))
    phone.goto(f"{site.url}/portal/")
    phone.get_by_role("link", name=re.compile("bail commercial")).click()
    expect(phone.get_by_role("link", name="Télécharger le document signé")).to_be_visible()
    check(phone)
    shot(phone, "journey-9-portal-phone")
    signed = folder / "signed.pdf"
    signed.write_bytes(existing_blob_path(ceremony.papers.get().current_sha256).read_bytes())
    desk.goto(f"{site.url}/verify/")
    check(desk)
    desk.set_input_files("input[type=file]", signed)
    desk.get_by_role("button", name="Vérifier", exact=True).click()
    expect(desk.get_by_text("Ce document est signé, et il est intact depuis.")).to_be_visible()
    check(desk)
    shot(desk, "journey-10-verify-desk", full_page=True)
    desk.goto(f"{site.url}/verify/?number={ceremony.signers.get().evidence_number.lower()}")
    expect(desk.get_by_text("Cette preuve existe")).to_be_visible()
    assert document.is_published


def test_a_signer_refuses_with_a_reason(
    desk: Page, phone: Page, live_site: LiveSite, house: House, run_jobs: RunJobs, shot: Check, tmp_path: Path
) -> None:
    """Refusing is as easy to find as signing, and the sender is told why."""
    file = tmp_path / "bail_commercial.pdf"
    file.write_bytes(samples.simple_contract(pages=1))
    _drop_and_ask(desk, live_site, house, run_jobs, file, lambda *a, **k: None)
    _prove_identity(phone, live_site, house, run_jobs, lambda *a, **k: None, lambda *a, **k: None)
    phone.get_by_role("button", name="Refuser", exact=True).click()
    phone.get_by_label("Dites pourquoi, en une phrase").fill("Le montant n’est pas celui convenu.")
    phone.get_by_role("button", name="Refuser de signer").click()
    expect(phone.get_by_text("Vous avez refusé de signer")).to_be_visible()
    run_jobs()
    expect(desk.get_by_text("Le montant n’est pas celui convenu.").first).to_be_visible()
    shot(phone, "journey-refused-phone")
