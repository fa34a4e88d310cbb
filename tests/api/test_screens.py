"""Réglages › API: tokens shown once, webhooks tried and watched."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from pli.api.models import ApiToken, WebhookDelivery, WebhookEndpoint
from pli.api.tokens import identify, issue_token
from pli.api.webhooks.catalogue import PUBLIC_TYPES
from pli.office.integrations.forms import EVENTS
from pli.parties.api import Account, StaffActor
from tests.support.people import House

FORM = {"name": "ERP", "url": "https://erp.example.com/pli", "event_types": ["documents.document-filed"]}


def _as(actor: StaffActor) -> Client:
    client = Client()
    client.force_login(Account.objects.get(id=actor.account_id))
    return client


def test_a_token_is_shown_once(house: House) -> None:
    client = _as(house.chloe)
    page = client.post(
        reverse("integrations:token-new"), {"name": "ERP", "scopes": ["documents:read"], "lifetime": "30"}
    )
    [text] = set(re.findall(r"pli_[0-9a-z]{12}_[0-9A-Za-z]{43}", page.content.decode()))
    assert identify(text).actor == house.chloe
    assert "no-store" in page["Cache-Control"]
    listed = client.get(reverse("integrations:overview")).content.decode()
    assert text not in listed
    assert "ERP" in listed
    token = ApiToken.objects.get()
    client.post(reverse("integrations:token-revoke", args=[token.id]))
    token.refresh_from_db()
    assert token.revoked_at is not None


def test_a_wrong_token_form_is_explained(house: House) -> None:
    page = _as(house.chloe).post(reverse("integrations:token-new"), {"name": ""})
    assert page.status_code == 422
    assert ApiToken.objects.count() == 0


def test_others_tokens_are_out_of_reach(house: House, other: House) -> None:
    token, _ = issue_token(house.alice, name="Secret", scopes=["documents:read"])
    for actor in (house.bruno, other.alice):
        client = _as(actor)
        assert "Secret" not in client.get(reverse("integrations:overview")).content.decode()
        assert client.post(reverse("integrations:token-revoke", args=[token.id])).status_code == 404


def test_an_endpoint_is_added_tested_rotated_suspended_and_removed(house: House) -> None:
    client = _as(house.alice)
    page = client.post(reverse("integrations:webhook-new"), FORM)
    assert "whsec_" in page.content.decode()
    endpoint = WebhookEndpoint.objects.get()
    address = reverse("integrations:webhook", args=[endpoint.id])
    assert "whsec_" not in client.get(address).content.decode()
    client.post(reverse("integrations:webhook-test", args=[endpoint.id]))
    delivery = WebhookDelivery.objects.get()
    assert "api.test" in client.get(address).content.decode()
    WebhookDelivery.objects.update(
        state="FAILED",
        attempts=[{"at": "2026-11-21T12:00:00+00:00", "status": 500, "answer": "<b>x</b>"}],
    )
    page = client.get(address)
    assert "&lt;b&gt;x&lt;/b&gt;" in page.content.decode()
    client.post(reverse("integrations:webhook-resend", args=[endpoint.id, delivery.id]))
    delivery.refresh_from_db()
    assert delivery.state == "WAITING"
    assert "whsec_" in client.post(reverse("integrations:webhook-rotate", args=[endpoint.id])).content.decode()
    for expected in (False, True):
        client.post(reverse("integrations:webhook-switch", args=[endpoint.id]))
        endpoint.refresh_from_db()
        assert endpoint.is_active is expected
    changed = client.post(reverse("integrations:webhook-change", args=[endpoint.id]), {**FORM, "name": "Autre"})
    assert changed.status_code == 302
    refused = client.post(reverse("integrations:webhook-change", args=[endpoint.id]), {**FORM, "url": "http://x"})
    assert refused.status_code == 422
    client.post(reverse("integrations:webhook-delete", args=[endpoint.id]))
    assert not WebhookEndpoint.objects.exists()


@pytest.mark.parametrize("name", ["webhook", "webhook-test", "webhook-rotate", "webhook-delete", "webhook-switch"])
def test_endpoints_are_for_their_own_administrators(house: House, other: House, name: str) -> None:
    _as(house.alice).post(reverse("integrations:webhook-new"), FORM)
    address = reverse(f"integrations:{name}", args=[WebhookEndpoint.objects.get().id])
    for actor, expected in ((house.bruno, 403), (other.alice, 404)):
        client: Any = _as(actor)
        answer = client.get(address) if name == "webhook" else client.post(address)
        assert answer.status_code == expected
    assert Client().get(address).status_code in (302, 405)


def test_the_screen_has_words_for_every_public_event() -> None:
    assert EVENTS.keys() == PUBLIC_TYPES.keys()
