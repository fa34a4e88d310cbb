"""« Envois »: each delivery follows its message; one that failed is shown, retried or set aside."""

from __future__ import annotations

import io
from collections.abc import Callable

import openpyxl
import pytest
from django.urls import reverse
from playwright.sync_api import Page

from pli.delivery.api import Delivery, DeliveryState, Parcel, deliver_by_email
from pli.documents.api import set_own_rights
from pli.notifications.api import Message, MessageState, Recipient, cancel_message
from pli.parties.api import Account
from tests.support.browser import LiveSite
from tests.support.ceremonies import file_contract
from tests.support.people import House, enter, make_house
from tests.support.queue import RunJobs

pytestmark = pytest.mark.django_db
LIST = "/office/deliveries/"


def send(house: House, address: str = "julie@client.example", name: str = "Julie Martin", key: str = "one") -> Delivery:
    fields = {"document": "Bail", "numéro_preuve": "P-1", "lien": "https://pli.example/verify"}
    parcel = Parcel(file_contract(house), (), key)
    return deliver_by_email(
        house.chloe, parcel, Recipient(name, address), template="signature.completed", fields=fields
    )


def state_of(delivery: Delivery) -> str:
    return Delivery.objects.get(id=delivery.id).state


def test_a_delivery_is_made_when_its_message_was_taken(house: House, run_jobs: RunJobs) -> None:
    delivery = send(house)
    assert state_of(delivery) == DeliveryState.HANDED
    run_jobs()
    assert state_of(delivery) == DeliveryState.DELIVERED


def test_a_delivery_fails_with_its_message_and_is_shown_retried_and_made(house: House, run_jobs: RunJobs) -> None:
    delivery = send(house)
    message = Message.objects.get(id=delivery.message_id)
    assert cancel_message(message, actor="test")
    run_jobs()
    assert state_of(delivery) == DeliveryState.FAILED
    desk = enter(house.chloe)
    assert "Envoi en échec" in desk.get("/office/todo/").content.decode()
    home = desk.get("/office/").content.decode()
    assert "1 envoi en échec" in home
    refused = desk.post(reverse("deliveries:retry", args=[delivery.id]), follow=True).content.decode()
    assert "ne peut pas être relancé" in refused and state_of(delivery) == DeliveryState.FAILED
    Message.objects.filter(id=message.id).update(state=MessageState.FAILED)
    desk.post(reverse("deliveries:retry", args=[delivery.id]))
    assert state_of(delivery) == DeliveryState.HANDED
    run_jobs()
    assert state_of(delivery) == DeliveryState.DELIVERED


def test_an_impossible_address_fails_and_is_settled_otherwise(house: House, run_jobs: RunJobs) -> None:
    delivery = send(house, address="not an address")
    run_jobs()
    desk = enter(house.chloe)
    shown = desk.get("/office/todo/").content.decode()
    assert "n’est pas valable" in shown
    assert enter(house.denis).post(reverse("deliveries:abandon", args=[delivery.id])).status_code == 403
    desk.post(reverse("deliveries:abandon", args=[delivery.id]), {"next": "/office/todo/"})
    assert state_of(delivery) == DeliveryState.ABANDONED
    assert "Envoi en échec" not in desk.get("/office/todo/").content.decode()
    assert "Abandonné" in desk.get(LIST).content.decode()


def test_the_list_is_filtered_and_exported_without_formulas(house: House, run_jobs: RunJobs) -> None:
    send(house)
    send(house, address="paul@client.example", name="=HYPERLINK(1)", key="two")
    desk = enter(house.chloe)
    assert "paul@" not in desk.get(LIST, {"q": "julie"}).content.decode()
    assert "Aucun envoi ne correspond" in desk.get(LIST, {"state": "FAILED"}).content.decode()
    assert desk.get(LIST, {"state": "rubbish", "carrier": "rubbish", "after": "rubbish"}).status_code == 200
    book = openpyxl.load_workbook(io.BytesIO(desk.get(reverse("deliveries:export")).getvalue())).active
    assert book is not None
    assert "'=HYPERLINK(1)" in [cell for row in book.iter_rows(values_only=True) for cell in row]


def test_what_one_may_not_see_is_not_there(house: House) -> None:
    delivery = send(house)
    other = make_house("autre")
    assert "julie@client" not in enter(other.alice).get(LIST).content.decode()
    assert enter(other.alice).post(reverse("deliveries:retry", args=[delivery.id])).status_code == 404
    set_own_rights(delivery.document.folder, own=True)
    assert "julie@client" not in enter(house.chloe).get(LIST).content.decode()
    assert enter(house.chloe).post(reverse("deliveries:abandon", args=[delivery.id])).status_code == 404
    assert "julie@client" in enter(house.denis).get(LIST).content.decode()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_screen_is_accessible_and_fits(
    house: House, live_site: LiveSite, desk: Page, phone: Page, run_jobs: RunJobs,
    assert_accessible: Callable[..., None], shot: Callable[..., None],
) -> None:  # fmt: skip
    send(house)
    send(house, address="not an address", name="Paul Durand", key="two")
    run_jobs()
    for name, page in (("desk", desk), ("phone", phone)):
        live_site.log_in(page, Account.objects.get(id=house.chloe.account_id))
        for place in ("deliveries", "todo"):
            page.goto(f"{live_site.url}/office/{place}/")
            assert page.evaluate("document.documentElement.scrollWidth") <= (page.viewport_size or {})["width"], place
            assert_accessible(page)
            shot(page, f"{place}-{name}")
