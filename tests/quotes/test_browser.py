"""A quote from desk to phone and back in a real browser, and the account's screens: accessible, within the width."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import expect

from pli.billing.api import Meter, SellerFacts, credit_by_hand, meter_usage, save_seller
from pli.billing.receiving import keep_money
from pli.kit.clock import SYSTEM_CLOCK, paris_day
from pli.kit.ids import new_id
from pli.parties.api import Account
from pli.quotes.api import Quote, QuoteState
from tests.support.browser import LiveSite, OpenPage
from tests.support.ceremonies import file_contract, file_quote, last_code, last_link
from tests.support.people import House, make_house
from tests.support.queue import RunJobs

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SIZES = ((1440, 900), (390, 844))


@pytest.fixture
def house() -> House:
    return make_house()


def test_a_quote_goes_out_from_the_desk_and_is_refused_on_a_phone(
    live_site: LiveSite, desk: Any, phone: Any, open_page: OpenPage, assert_accessible: Callable[..., None],
    house: House, run_jobs: RunJobs,
) -> None:  # fmt: skip
    document = file_quote(house, facts={"total": "1250.00"})
    file_contract(house, title="Conditions générales")
    live_site.log_in(desk, Account.objects.get(id=house.chloe.account_id))
    desk.goto(f"{live_site.url}/office/quotes/")
    assert_accessible(desk)
    desk.get_by_role("link", name="Envoyer un devis").first.click()
    desk.get_by_role("link", name=document.title).click()
    assert_accessible(desk)
    desk.get_by_label("Destinataire").select_option(label="Julie Martin (julie@client.example)")
    desk.get_by_label("Conditions générales").check()
    desk.locator("#id_message").fill("Bonne lecture !")
    desk.get_by_role("button", name="Envoyer le devis").click(no_wait_after=True)
    desk.wait_for_url(re.compile(r"/office/quotes/[0-9a-f-]{36}/$"), timeout=30_000)
    expect(desk.get_by_text("Le devis est parti vers Julie Martin.")).to_be_visible()
    run_jobs()

    phone.goto(f"{live_site.url}/s/{last_link(house, 'julie@client.example')}")
    expect(phone.get_by_text("Conditions générales")).to_be_visible()
    phone.get_by_role("button", name="Recevoir mon code par e-mail").click()
    run_jobs()
    phone.locator("[name=code]").fill(last_code(house, "julie@client.example"))
    phone.wait_for_url("**/read")
    phone.get_by_role("button", name="Refuser", exact=True).click()
    phone.get_by_label("Dites pourquoi, en une phrase").fill("Nous attendons une autre offre.")
    phone.get_by_role("button", name="Refuser de signer").click()
    phone.wait_for_url("**/done")
    run_jobs()
    assert Quote.objects.get().state == QuoteState.REFUSED
    desk.reload()
    expect(desk.get_by_text("Nous attendons une autre offre.").first).to_be_visible()
    assert_accessible(desk)

    # Sent anew with a choice, and signed: the client finds it in their space, with its proof.
    desk.get_by_role("link", name="Envoyer de nouveau").click()
    _write_lines(desk)
    assert_accessible(desk)
    desk.get_by_label("Faire écrire").check()
    desk.get_by_role("button", name="Envoyer le devis").click(no_wait_after=True)
    desk.wait_for_url(re.compile(r"/office/quotes/[0-9a-f-]{36}/$"), timeout=30_000)
    expect(desk.get_by_text("Le devis est parti vers Julie Martin.")).to_be_visible()
    run_jobs()
    _order_and_sign(live_site, phone, house, run_jobs, assert_accessible)
    desk.reload()
    expect(desk.locator("#order").get_by_text("404,40")).to_be_visible()
    for width, height in SIZES:
        page = open_page(viewport={"width": width, "height": height})
        live_site.log_in(page, Account.objects.get(id=house.portal.account_id))
        page.goto(f"{live_site.url}/portal/")
        page.get_by_role("link", name="Devis", exact=True).click()
        assert_accessible(page)
        page.get_by_role("link", name=document.title).first.click()
        expect(page.get_by_role("link", name="Fichier de preuve")).to_be_visible()
        expect(page.locator("#order").get_by_text("404,40")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert_accessible(page)


def _write_lines(desk: Any) -> None:
    """A line with a quantity, an option; rows appear one by one, the total follows."""
    for row, (label, price, quantity, most, choice) in enumerate((
        ("Visite d’entretien", "95", "2", "8", "Comprise"), ("Thermostat", "52", "1", "", "En option, non cochée"),
    )):  # fmt: skip
        desk.get_by_role("button", name="Ajouter une ligne").click()
        desk.locator(f"#id_lines-{row}-label").fill(label)
        desk.locator(f"#id_lines-{row}-unit_price").fill(price)
        desk.locator(f"#id_lines-{row}-quantity").fill(quantity)
        desk.locator(f"#id_lines-{row}-minimum").fill("1")
        desk.locator(f"#id_lines-{row}-maximum").fill(most)
        desk.locator(f"#id_lines-{row}-choice").select_option(label=choice)
    expect(desk.locator("#quote-lines-total")).to_contain_text("228,00")


def _order_and_sign(
    site: LiveSite, phone: Any, house: House, run_jobs: RunJobs, assert_accessible: Callable[..., None]
) -> None:
    """On the phone: the total follows the choice, the phrase is typed, the outcome says what was ordered, and the proof
    is read from the link."""
    phone.goto(f"{site.url}/s/{last_link(house, 'julie@client.example')}")
    phone.get_by_role("button", name="Recevoir mon code par e-mail").click()
    run_jobs()
    phone.locator("[name=code]").fill(last_code(house, "julie@client.example"))
    phone.wait_for_url("**/read")
    total = phone.locator("#order-total")
    expect(total).to_contain_text("228,00")
    phone.get_by_label("Thermostat").check()
    phone.get_by_label("Quantité, de 1 à 8").fill("12")
    expect(total).to_contain_text("va de 1 à 8")
    phone.get_by_label("Quantité, de 1 à 8").fill("3")
    expect(total).to_contain_text("404,40")
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert_accessible(phone)
    phone.get_by_label("Recopiez exactement").fill("Bon pour accord")
    phone.get_by_role("button", name="Signer ici").click()
    phone.get_by_role("tab", name="Écrire").click()
    phone.get_by_label("Votre nom").fill("Julie Martin")
    phone.get_by_role("button", name="Utiliser cette signature").click()
    phone.get_by_role("button", name="Poser en bas de cette page").click()
    phone.get_by_role("button", name="Terminer").click()
    phone.get_by_role("checkbox", name="J’ai lu").check()
    phone.get_by_role("button", name="Signer", exact=True).click()
    phone.wait_for_url("**/done")
    run_jobs()
    run_jobs()
    phone.reload()
    expect(phone.get_by_text("404,40")).to_be_visible()
    assert_accessible(phone)
    with phone.expect_download() as download:
        phone.get_by_role("link", name="Télécharger mon fichier de preuve").click()
    assert download.value.path().read_bytes().startswith(b"%PDF")


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
