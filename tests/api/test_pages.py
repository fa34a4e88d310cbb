"""The pages of the API in a real browser: no finding of axe-core, nothing wider than the screen."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from pli.api.models import WebhookDelivery, WebhookEndpoint
from pli.api.scopes import SCOPES
from pli.api.tokens import issue_token
from pli.api.webhooks.services import add_endpoint, send_test
from pli.parties.api import Account
from tests.support.browser import LiveSite
from tests.support.people import House, make_house

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def busy_house() -> House:
    house = make_house()
    issue_token(house.alice, name="Logiciel de gestion", scopes=list(SCOPES)[:3])
    endpoint, _ = add_endpoint(
        house.alice, url="https://erp.example.com/pli", event_types=["documents.document-filed"], name="ERP"
    )
    send_test(house.alice, endpoint.id)
    tries = [
        {"at": "2026-11-21T12:00:00+00:00", "status": 500, "milliseconds": 41, "answer": "no", "problem": "réponse 500"}
    ]
    WebhookDelivery.objects.update(state="FAILED", attempts=tries)
    return house


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_settings_and_reference(
    size: str, request: Any, live_site: LiveSite, busy_house: House, assert_accessible: Any
) -> None:
    page: Page = request.getfixturevalue(size)
    live_site.log_in(page, Account.objects.get(id=busy_house.alice.account_id))
    webhook = WebhookEndpoint.objects.get()
    for name, address in {
        "overview": reverse("integrations:overview"),
        "webhook": reverse("integrations:webhook", args=[webhook.id]),
        "form": reverse("integrations:webhook-new"),
        "reference": "/api/v1/docs",
    }.items():
        page.goto(live_site.url + address)
        assert_accessible(page)
        width = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert width <= 0, (name, width)
