"""Quotes’ screens, the office’s and the client’s: accessible, within the width, a desk in French, a phone in English;
and a quote sent, read, chosen from and signed by the keyboard alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from pli.parties.api import Account
from pli.quotes.api import Quote, QuoteState
from tests.support.browser import PHONE, LiveSite, OpenPage
from tests.support.ceremonies import file_contract, file_quote, last_code, last_link
from tests.support.people import House, make_house
from tests.support.queue import RunJobs
from tests.support.walking import look, tab_to

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]


@pytest.fixture
def house() -> House:
    return make_house()


def _press(page: Any, wanted: Any) -> None:
    tab_to(page, wanted)
    page.keyboard.press("Enter")


def _write(page: Any, wanted: Any, text: str) -> None:
    tab_to(page, wanted)
    page.keyboard.press("Control+a")
    page.keyboard.type(text)


def test_a_quote_goes_from_the_desk_to_its_signature_by_the_keyboard_alone(
    live_site: LiveSite, desk: Any, phone: Any, open_page: OpenPage, assert_accessible: Callable[..., None],
    house: House, run_jobs: RunJobs,
) -> None:  # fmt: skip
    document = file_quote(house, facts={"total": "1250.00"})
    file_contract(house, title="Conditions générales")
    live_site.log_in(desk, Account.objects.get(id=house.chloe.account_id))
    desk.goto(f"{live_site.url}/office/quotes/")
    _press(desk, desk.get_by_role("link", name="Envoyer un devis").first)
    _press(desk, desk.get_by_role("link", name=document.title))
    desk.wait_for_url("**/quotes/new?*")
    tab_to(desk, desk.get_by_label("Destinataire"))
    desk.keyboard.type("Julie Martin")
    _press(desk, desk.get_by_role("button", name="Ajouter une ligne"))
    for row, (label, price) in enumerate((("Visite d’entretien", "95"), ("Thermostat", "52"))):
        if row:
            desk.locator("#id_lines-0-label").focus()
            _press(desk, desk.get_by_role("button", name="Ajouter une ligne"))
        _write(desk, desk.locator(f"#id_lines-{row}-label"), label)
        _write(desk, desk.locator(f"#id_lines-{row}-unit_price"), price)
        _write(desk, desk.locator(f"#id_lines-{row}-quantity"), "1")
    tab_to(desk, desk.locator("#id_lines-1-choice"))
    desk.keyboard.type("En option, non")
    desk.locator("h1").focus()
    _press(desk, desk.get_by_role("button", name="Envoyer le devis"))
    desk.wait_for_url(re.compile(r"/office/quotes/[0-9a-f-]{36}/$"), timeout=30_000)
    run_jobs()
    _sign(live_site, phone, house, run_jobs)
    quote = Quote.objects.get()
    assert quote.state == QuoteState.SIGNED

    # A phone in English, of the team and of the client; a desk in French is looked at in ``test_browser``.
    for account, names in ((house.bruno.account_id, "quotes"), (house.portal.account_id, "portal-quotes")):
        Account.objects.filter(id=account).update(language="en")
        page = open_page(viewport=PHONE, locale="en-GB")
        live_site.log_in(page, Account.objects.get(id=account))
        for address in (reverse(f"{names}:list"), reverse(f"{names}:detail", args=[quote.id])):
            look(page, live_site.url + address, assert_accessible)
        assert page.locator("html").get_attribute("lang") == "en"
    # Back from a quote to the list and to its proof, by keys.
    page.goto(live_site.url + reverse("portal-quotes:list"))
    _press(page, page.get_by_role("link", name=document.title).first)
    page.wait_for_url(re.compile(r"[0-9a-f-]{36}/$"))
    tab_to(page, page.get_by_role("link", name=re.compile("proof", re.IGNORECASE)).first)


def _sign(site: LiveSite, phone: Any, house: House, run_jobs: RunJobs) -> None:
    phone.goto(f"{site.url}/s/{last_link(house, 'julie@client.example')}")
    _press(phone, phone.get_by_role("button", name="Recevoir mon code par e-mail"))
    expect(phone.locator("[name=code]")).to_be_visible()
    run_jobs()
    _write(phone, phone.locator("[name=code]"), last_code(house, "julie@client.example"))
    phone.wait_for_url("**/read")
    tab_to(phone, phone.get_by_label("Thermostat"))
    phone.keyboard.press("Space")
    expect(phone.locator("#order-total")).to_contain_text("176,40")
    _press(phone, phone.get_by_role("button", name="Signer ici"))
    tab_to(phone, phone.get_by_role("tab", name="Dessiner"))
    phone.keyboard.press("ArrowRight")
    _write(phone, phone.get_by_label("Votre nom"), "Julie Martin")
    _press(phone, phone.get_by_role("button", name="Utiliser cette signature"))
    _press(phone, phone.get_by_role("button", name="Poser en bas de cette page"))
    _press(phone, phone.get_by_role("button", name="Terminer"))
    tab_to(phone, phone.get_by_role("checkbox", name="J’ai lu"))
    phone.keyboard.press("Space")
    _press(phone, phone.get_by_role("button", name="Signer", exact=True))
    phone.wait_for_url("**/done")
    run_jobs()
    run_jobs()
