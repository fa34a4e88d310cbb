"""A quote from desk to phone and back in a real browser, and the account's screens: accessible, within the width."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from pli.billing.api import Meter, SellerFacts, credit_by_hand, meter_usage, save_seller
from pli.billing.receiving import keep_money
from pli.kit.clock import SYSTEM_CLOCK, paris_day
from pli.kit.ids import new_id
from pli.parties.api import Account
from pli.quotes.api import Quote, QuoteState
from tests.support.browser import DESK, PHONE, LiveSite, OpenPage
from tests.support.ceremonies import file_contract, file_quote, last_code, last_link
from tests.support.people import House, make_house
from tests.support.queue import RunJobs
from tests.support.walking import choose, look, press, tab_to, write

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SIZES = ((1440, 900), (390, 844))


@pytest.fixture
def house() -> House:
    return make_house()


def test_a_quote_goes_out_from_the_desk_is_refused_then_signed_on_a_phone_by_the_keyboard_alone(
    live_site: LiveSite, desk: Any, phone: Any, open_page: OpenPage, assert_accessible: Callable[..., None],
    house: House, run_jobs: RunJobs,
) -> None:  # fmt: skip
    document = file_quote(house, facts={"total": "1250.00"})
    file_contract(house, title="Conditions générales")
    live_site.log_in(desk, Account.objects.get(id=house.chloe.account_id))
    desk.goto(f"{live_site.url}/office/quotes/")
    assert_accessible(desk)
    press(desk, desk.get_by_role("link", name="Envoyer un devis").first)
    press(desk, desk.get_by_role("link", name=document.title))
    desk.wait_for_url("**/quotes/new?*")
    assert_accessible(desk)
    choose(desk, desk.get_by_label("Destinataire"), "Julie Martin")
    press(desk, desk.get_by_label("Conditions générales"), "Space")
    write(desk, desk.locator("#id_message"), "Bonne lecture !")
    _send(desk, run_jobs)

    _enter(live_site, phone, house, run_jobs, expected="Conditions générales")
    press(phone, phone.get_by_role("button", name="Refuser", exact=True))
    write(phone, phone.get_by_label("Dites pourquoi, en une phrase"), "Nous attendons une autre offre.")
    press(phone, phone.get_by_role("button", name="Refuser de signer"))
    phone.wait_for_url("**/done")
    run_jobs()
    assert Quote.objects.get().state == QuoteState.REFUSED
    desk.reload()
    expect(desk.get_by_text("Nous attendons une autre offre.").first).to_be_visible()
    assert_accessible(desk)

    # Sent anew with a choice, and signed: the client finds it in their space, with its proof.
    press(desk, desk.get_by_role("link", name="Envoyer de nouveau"))
    desk.wait_for_url("**/quotes/new?*")
    press(desk, desk.get_by_label("Faire écrire"), "Space")
    _write_lines(desk)
    assert_accessible(desk)
    _send(desk, run_jobs)
    _enter(live_site, phone, house, run_jobs)
    _order(phone, assert_accessible)
    _sign(phone, run_jobs, assert_accessible)
    desk.reload()
    expect(desk.locator("#order").get_by_text("404,40")).to_be_visible()
    _both_sides_in_english_on_a_phone(live_site, open_page, house, document.title, assert_accessible)


def _send(desk: Any, run_jobs: RunJobs) -> None:
    sent: list[str] = []
    desk.on("request", lambda one: one.method == "POST" and one.is_navigation_request() and sent.append(one.url))
    press(desk, desk.get_by_role("button", name="Envoyer le devis"))
    desk.keyboard.press("Enter")
    desk.wait_for_url(re.compile(r"/office/quotes/[0-9a-f-]{36}/$"), timeout=30_000)
    expect(desk.get_by_text("Le devis est parti vers Julie Martin.")).to_be_visible()
    assert len(sent) == 1
    run_jobs()


def _enter(site: LiveSite, phone: Any, house: House, run_jobs: RunJobs, *, expected: str = "") -> None:
    """The client follows the newest link and types the code."""
    phone.goto(f"{site.url}/s/{last_link(house, 'julie@client.example')}")
    expect(phone.get_by_text(expected).first).to_be_visible()
    press(phone, phone.get_by_role("button", name="Recevoir mon code par e-mail"))
    phone.wait_for_url("**/code")
    run_jobs()
    # The sixth figure sends it.
    write(phone, phone.locator("[name=code]"), last_code(house, "julie@client.example"))
    phone.wait_for_url("**/read")


def _write_lines(desk: Any) -> None:
    """A line with a quantity, an option; rows appear one by one, the total follows."""
    add = desk.get_by_role("button", name="Ajouter une ligne")
    for row, (label, price, quantity, most, choice) in enumerate((
        ("Visite d’entretien", "95", "2", "8", "Comprise"), ("Thermostat", "52", "1", "", "En option, non"),
    )):  # fmt: skip
        press(desk, add)
        # The cursor is in the new line.
        expect(desk.locator(f"#id_lines-{row}-label")).to_be_focused()
        desk.keyboard.type(label)
        write(desk, desk.locator(f"#id_lines-{row}-unit_price"), price)
        write(desk, desk.locator(f"#id_lines-{row}-quantity"), quantity)
        write(desk, desk.locator(f"#id_lines-{row}-minimum"), "1")
        write(desk, desk.locator(f"#id_lines-{row}-maximum"), most)
        choose(desk, desk.locator(f"#id_lines-{row}-choice"), choice)
    expect(desk.locator("#quote-lines-total")).to_contain_text("228,00")


def _order(phone: Any, assert_accessible: Callable[..., None]) -> None:
    """The total follows the choice; a quantity that is not offered is said."""
    total, quantity = phone.locator("#order-total"), phone.get_by_label("Quantité, de 1 à 8")
    expect(total).to_contain_text("228,00")
    write(phone, quantity, "12")
    expect(total).to_contain_text("va de 1 à 8")
    phone.keyboard.press("Control+a")
    phone.keyboard.type("3")
    press(phone, phone.get_by_label("Thermostat"), "Space")
    expect(total).to_contain_text("404,40")
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert_accessible(phone)
    write(phone, phone.get_by_label("Recopiez exactement"), "Bon pour accord")


def _sign(phone: Any, run_jobs: RunJobs, assert_accessible: Callable[..., None]) -> None:
    """The outcome says what was ordered, and the proof is read from the link."""
    press(phone, phone.get_by_role("button", name="Signer ici"))
    press(phone, phone.get_by_role("tab", name="Dessiner"), "ArrowRight")
    write(phone, phone.get_by_label("Votre nom"), "Julie Martin")
    press(phone, phone.get_by_role("button", name="Utiliser cette signature"))
    press(phone, phone.get_by_role("button", name="Poser en bas de cette page"))
    press(phone, phone.get_by_role("button", name="Terminer"))
    press(phone, phone.get_by_role("checkbox", name="J’ai lu"), "Space")
    press(phone, phone.get_by_role("button", name="Signer", exact=True))
    phone.wait_for_url("**/done")
    run_jobs()
    run_jobs()
    phone.reload()
    expect(phone.get_by_text("404,40")).to_be_visible()
    assert_accessible(phone)
    with phone.expect_download() as download:
        press(phone, phone.get_by_role("link", name="Télécharger mon fichier de preuve"))
    assert download.value.path().read_bytes().startswith(b"%PDF")


def _both_sides_in_english_on_a_phone(
    site: LiveSite, open_page: OpenPage, house: House, title: str, assert_accessible: Callable[..., None]
) -> None:
    """The sender's board and the client's space; the space at a desk in French first."""
    page = open_page(viewport=DESK)
    site.log_in(page, Account.objects.get(id=house.portal.account_id))
    page.goto(f"{site.url}/portal/")
    press(page, page.get_by_role("link", name="Devis", exact=True))
    page.wait_for_url("**/quotes/")
    assert_accessible(page)
    quote = Quote.objects.get(state=QuoteState.SIGNED)
    for account, names in ((house.bruno.account_id, "quotes"), (house.portal.account_id, "portal-quotes")):
        Account.objects.filter(id=account).update(language="en")
        page = open_page(viewport=PHONE, locale="en-GB", has_touch=True)
        site.log_in(page, Account.objects.get(id=account))
        look(page, site.url + reverse(f"{names}:list"), assert_accessible)
        press(page, page.get_by_role("link", name=title).first)
        page.wait_for_url(f"**/{quote.id}/")
        look(page, page.url, assert_accessible)
        expect(page.locator("html")).to_have_attribute("lang", "en")
        expect(page.locator("#order").get_by_text("404.40")).to_be_visible()
    tab_to(page, page.get_by_role("link", name="Evidence record").first)


def test_the_accounts_screens_are_accessible_and_credit_once(
    live_site: LiveSite, open_page: OpenPage, assert_accessible: Callable[..., None], house: House
) -> None:
    now, mine = SYSTEM_CLOCK.now(), house.organisation.id
    save_seller(house.alice, SellerFacts("Pli SAS", "1 rue", "732829320"))
    credit_by_hand(house.alice, mine, Decimal(3), reason="Chèque", key="1")
    for number in range(2):
        meter_usage(mine, Meter.LETTER, str(number), occurred_at=now, cause=("t", new_id()))
    keep_money("bank", "k", amount=Decimal(5), currency="EUR", day=paris_day(now), text="VIR", payer="", actor="t")
    for width, height in SIZES:
        page = open_page(viewport={"width": width, "height": height})
        live_site.log_in(page, Account.objects.get(id=house.alice.account_id))
        for path in ("", "entries/", "accounts/", f"accounts/{house.organisation.slug}/"):
            page.goto(f"{live_site.url}/office/settings/billing/{path}")
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
            assert_accessible(page)
    page.get_by_label("Montant TTC (€)").fill("12,50")
    page.get_by_label("Motif", exact=True).first.fill("Virement oublié")
    page.get_by_role("button", name="Créditer le compte").click()
    expect(page.get_by_text("Le compte de Atelier Mercier est crédité.")).to_be_visible()
    expect(page.get_by_text("Crédit manuel — Virement oublié")).to_be_visible()
