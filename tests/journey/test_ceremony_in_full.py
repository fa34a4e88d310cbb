"""A request with all that may be asked, in a real browser: at the desk and on a phone, by keyboard, accessible."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from pli.parties.api import Account
from pli.signing.api import Ceremony, CeremonyState
from tests.support.browser import LiveSite
from tests.support.ceremonies import drawn_signature, file_contract, last_code, last_link
from tests.support.people import House, make_house
from tests.support.queue import RunJobs

pytestmark = pytest.mark.django_db(transaction=True)
Check = Callable[..., None]
JULIE, LEA = "julie@client.example", "lea@client.example"


def _ask_for_much(desk: Page, site: LiveSite, house: House, check: Check) -> None:
    """Julie signs at the bottom right, copies a phrase, joins her bank details; then Léa approves."""
    paper, annex = file_contract(house), file_contract(house, title="Conditions")
    site.log_in(desk, Account.objects.get(id=house.chloe.account_id))
    desk.goto(f"{site.url}/office/signatures/new?document={paper.id}&document={annex.id}")
    desk.get_by_label("Ce document est").nth(1).select_option("read")
    julie = desk.locator(".person").first
    julie.locator("summary").focus()
    desk.keyboard.press("Enter")
    julie.get_by_label("Place de la signature").select_option("right")
    julie.get_by_label("Mention à recopier").fill("Bon pour accord")
    julie.get_by_label("Pièces à joindre").fill("RIB")
    desk.get_by_text("Quelqu’un qui n’est pas dans vos contacts").click()
    desk.get_by_label("Nom", exact=True).fill("Léa Voisin")
    desk.get_by_label("E-mail", exact=True).fill(LEA)
    desk.get_by_role("button", name="Ajouter cette personne").click()
    lea = desk.locator(".person").nth(1)
    lea.locator("summary").click()
    lea.get_by_label("Ce qu’on lui demande").select_option("APPROVER")
    desk.get_by_text("Autres réglages").click()
    desk.get_by_label("Les autres continuent").check()
    expect(desk.locator("[data-summary]")).to_contain_text("Julie Martin signera")
    expect(desk.locator("[data-summary]")).to_contain_text("Léa Voisin : pour accord.")
    check(desk)
    desk.get_by_role("button", name="Envoyer la demande").click()
    desk.wait_for_url("**/office/signatures/*/")
    check(desk)


def _enter(phone: Page, site: LiveSite, house: House, run_jobs: RunJobs, email: str, check: Check) -> None:
    run_jobs()
    phone.goto(f"{site.url}/s/{last_link(house, email)}")
    check(phone)
    phone.get_by_role("button", name="Recevoir mon code par e-mail").click()
    phone.wait_for_url("**/code")
    run_jobs()
    phone.locator("#id_code").fill(last_code(house, email))
    phone.wait_for_url("**/read")


def _sign_as_julie(phone: Page, file: Path) -> None:
    phone.get_by_role("button", name="Signer ici").focus()
    phone.keyboard.press("Enter")
    phone.get_by_role("tab", name="Dessiner").focus()
    phone.keyboard.press("ArrowRight")
    phone.get_by_label("Votre nom").fill("Julie Martin")
    phone.get_by_role("button", name="Utiliser cette signature").focus()
    phone.keyboard.press("Enter")


@pytest.mark.browser
def test_all_that_may_be_asked_is_asked_and_given(
    desk: Page, phone: Page, live_site: LiveSite, run_jobs: RunJobs, assert_accessible: Check, tmp_path: Path
) -> None:
    house = make_house()
    _ask_for_much(desk, live_site, house, assert_accessible)
    _enter(phone, live_site, house, run_jobs, JULIE, assert_accessible)
    file = tmp_path / "rib.png"
    file.write_bytes(drawn_signature())
    phone.get_by_label("RIB").set_input_files(file)
    phone.get_by_role("button", name="Joindre").click()
    expect(phone.get_by_text("rib.png")).to_be_visible()
    assert_accessible(phone)
    _sign_as_julie(phone, file)
    next_step = phone.get_by_role("button", name="Terminer")
    phrase = phone.get_by_label("Recopiez exactement")
    phrase.fill("bon pour accord")
    next_step.click()
    expect(phone.locator("#finish-dialog")).to_be_hidden()
    expect(phrase).to_be_focused()
    phrase.fill("Bon pour accord")
    next_step.click()
    expect(phone.locator("#finish-dialog")).to_be_visible()
    phone.get_by_role("checkbox").check()
    phone.get_by_role("button", name="Signer", exact=True).click()
    phone.wait_for_url("**/done")
    run_jobs()
    _enter(phone, live_site, house, run_jobs, LEA, assert_accessible)
    assert_accessible(phone)
    phone.get_by_role("button", name="Approuver").click()
    phone.get_by_role("checkbox").check()
    assert_accessible(phone)
    phone.get_by_role("button", name="J’approuve").click()
    phone.wait_for_url("**/done")
    expect(phone.get_by_text("Vous avez approuvé")).to_be_visible()
    run_jobs()
    ceremony = Ceremony.objects.get()
    assert ceremony.state == CeremonyState.COMPLETED
    expect(desk.get_by_role("link", name="Toute la preuve (ZIP)")).to_be_visible()
    assert_accessible(desk)
    with desk.expect_download() as download:
        desk.get_by_role("link", name="RIB").click()
    assert download.value.suggested_filename == "rib.png"


@pytest.mark.browser
def test_a_desk_follows_the_phone_it_handed_over_to(
    desk: Page, phone: Page, live_site: LiveSite, run_jobs: RunJobs, assert_accessible: Check
) -> None:
    from tests.support.ceremonies import ask

    house = make_house()
    ask(house)
    _enter(desk, live_site, house, run_jobs, JULIE, lambda page: None)
    with desk.expect_response("**/phone") as answer:
        desk.get_by_role("button", name="Continuer sur un téléphone").click()
    assert answer.value.ok
    assert_accessible(desk)
    expect(desk.locator(".qr svg")).to_be_visible()
    from pli.signing.api import SignerSession, enter, offer_hand_over  # the square holds what a camera would read

    link = last_link(house, JULIE)
    cookie = next(one for one in desk.context.cookies() if one["name"].startswith("pli_signer_"))
    session: SignerSession = enter(link, cookie["value"])
    phone.goto(f"{live_site.url}/s/{link}/phone/{offer_hand_over(session)}")
    assert_accessible(phone)
    phone.get_by_role("button", name="Continuer ici").click()
    phone.wait_for_url("**/read")
    expect(desk.get_by_text("Vous continuez sur le téléphone")).to_be_visible(timeout=10_000)
    phone.get_by_role("button", name="Refuser", exact=True).click()
    phone.get_by_label("Dites pourquoi").fill("Non merci.")
    phone.locator("#refuse-dialog").get_by_role("button", name="Refuser").click()
    phone.wait_for_url("**/done")
    desk.wait_for_url("**/done", timeout=10_000)
