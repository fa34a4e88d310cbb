"""One's own key, on a desk and a phone, in French and English, with the keyboard alone, and under axe-core."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from pli.parties.api import Account
from pli.signing.api import OwnSignature, OwnSignatureState, note_problem, refuse_own_signature
from tests.agent.workstation import HeldKey, member
from tests.support.browser import LiveSite
from tests.support.ceremonies import ask, file_contract, last_code, last_link
from tests.support.people import House, make_house
from tests.support.queue import RunJobs

Check = Callable[..., None]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


class Eyes:
    """Looks at a page in both sizes and tongues, as one that stands still: no finding, nothing beyond its edge."""

    def __init__(self, site: LiveSite, pages: dict[str, Page], account: Account, check: Check) -> None:
        self.site, self.pages, self.account, self.check = site, pages, account, check

    def look(self, name: str, path: str, said: dict[str, str], *, all_four: bool = False) -> None:
        """French on the desk and English on the phone; the richest ones each way."""
        for language, words in said.items():
            Account.objects.filter(id=self.account.id).update(language=language)
            for size, page in self.pages.items():
                if not all_four and (size == "desk") != (language == "fr"):
                    continue
                page.goto(self.site.url + path)
                expect(page.locator("main").get_by_text(words).first).to_be_visible()
                self.stand(page, f"{name}-{size}-{language}")
        Account.objects.filter(id=self.account.id).update(language="fr")

    def stand(self, page: Page, name: str) -> None:
        assert page.evaluate("document.documentElement.scrollWidth") <= (page.viewport_size or {})["width"], name
        self.check(page)
        if folder := os.environ.get("PLI_LOOK"):
            page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def _press(page: Page, name: str) -> None:
    """Reach a button or a link with Tab alone, then press it."""
    for _ in range(60):
        page.keyboard.press("Tab")
        focused = page.evaluate("(document.activeElement.innerText || '').trim()")
        if focused == name:
            page.keyboard.press("Enter")
            return
    raise AssertionError(f"« {name} » is out of the keyboard's reach")


def test_pairing_and_a_document(
    desk: Page, phone: Page, live_site: LiveSite, assert_accessible: Check, run_jobs: RunJobs
) -> None:
    house = make_house()
    account = Account.objects.get(id=house.chloe.account_id)
    eyes = Eyes(live_site, {"desk": desk, "phone": phone}, account, assert_accessible)
    for page in (desk, phone):
        live_site.log_in(page, account)
    desk.goto(f"{live_site.url}/account/keys/")
    _press(desk, "Obtenir un code d’association")
    expect(desk.get_by_text("pli-agent pair --server")).to_be_visible()
    eyes.stand(desk, "pair-desk-fr")
    chloe = HeldKey(house.chloe, "Chloé Petit")
    eyes.look("home", "/account/keys/", {"fr": "Postes associés", "en": "Paired workstations"}, all_four=True)
    document = file_contract(house)
    eyes.look("sign", f"/account/keys/sign/{document.id}", {"fr": "sera signé par", "en": "will be signed by"})
    desk.goto(f"{live_site.url}/account/keys/sign/{document.id}")
    desk.get_by_label("Motif (facultatif)").focus()
    desk.keyboard.type("Bon pour accord")
    _press(desk, "Envoyer au poste")
    desk.wait_for_url("**/signatures/**")
    row = OwnSignature.objects.get()
    assert row.reason == "Bon pour accord"
    note_problem(chloe.agent, row.id, "pin_wrong")
    waiting = f"/account/keys/signatures/{row.id}"
    eyes.look("waiting", waiting, {"fr": "code PIN refusé", "en": "PIN refused"}, all_four=True)
    chloe.sign(row)
    run_jobs()
    # The page of the desk has followed by itself.
    expect(desk.get_by_role("link", name="Revenir au document")).to_be_visible()
    eyes.look("signed", waiting, {"fr": "Revenir au document", "en": "Back to the document"})


def _to_the_papers(page: Page, site: LiveSite, house: House, email: str, run_jobs: RunJobs) -> str:
    run_jobs()
    token = last_link(house, email)
    page.goto(f"{site.url}/s/{token}")
    page.get_by_role("button", name="Recevoir mon code par e-mail").click()
    page.wait_for_url("**/code")
    run_jobs()
    page.locator("#id_code").fill(last_code(house, email))
    page.wait_for_url("**/read")
    return token


def _sign_by_keyboard(page: Page, look: Callable[[], None]) -> None:
    page.get_by_role("button", name="Signer ici").focus()
    page.keyboard.press("Enter")
    page.get_by_role("tab", name="Dessiner").focus()
    page.keyboard.press("ArrowRight")
    page.get_by_role("button", name="Utiliser cette signature").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Terminer").focus()
    page.keyboard.press("Enter")
    page.get_by_role("checkbox").focus()
    page.keyboard.press("Space")
    page.get_by_label("Le cachet de l’organisation").focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("Ma clé : Chloé Petit")).to_be_checked()
    look()
    page.get_by_role("button", name="Signer", exact=True).focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/key")


def test_a_request(desk: Page, phone: Page, live_site: LiveSite, assert_accessible: Check, run_jobs: RunJobs) -> None:
    house = make_house()
    account = Account.objects.get(id=house.chloe.account_id)
    eyes = Eyes(live_site, {"desk": desk}, account, assert_accessible)
    chloe = HeldKey(house.chloe, "Chloé Petit")
    ceremony = ask(house, member(house.chloe, side="left"))
    token = _to_the_papers(desk, live_site, house, account.email, run_jobs)
    _sign_by_keyboard(desk, lambda: eyes.stand(desk, "choose-desk-fr"))
    [row] = OwnSignature.objects.all()
    expect(desk.get_by_text("pli-agent montre chaque document")).to_be_visible()
    eyes.stand(desk, "key-desk-fr")
    refuse_own_signature(chloe.agent, row.id)
    expect(desk.get_by_text("Vous avez refusé sur le poste")).to_be_visible()
    eyes.stand(desk, "key-refused-desk-fr")
    # Again, on a phone; in English once there.
    _to_the_papers(phone, live_site, house, account.email, run_jobs)
    _sign_by_keyboard(phone, lambda: eyes.stand(phone, "choose-phone-fr"))
    row = OwnSignature.objects.get(state=OwnSignatureState.WAITING)
    phone.context.add_cookies([{"name": "django_language", "value": "en", "url": live_site.url}])
    note_problem(chloe.agent, row.id, "device_absent")
    phone.goto(f"{live_site.url}/s/{token}/key")
    expect(phone.get_by_text("The workstation says: the device is not plugged in.")).to_be_visible()
    eyes.stand(phone, "key-phone-en")
    chloe.sign(row)
    phone.wait_for_url("**/done")
    run_jobs()
    live_site.log_in(desk, account)
    desk.goto(f"{live_site.url}/office/signatures/{ceremony.id}/")
    expect(desk.get_by_text("avec sa clé : ")).to_be_visible()
    eyes.stand(desk, "follow-desk-fr")
