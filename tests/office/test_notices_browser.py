"""The messages' screens in a real browser: accessible, within the width, a mail's look shown in its frame."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction

from pli.notifications.api import Message, Recipient, send_notice
from pli.notifications.sending import deliver
from pli.parties.api import Account
from tests.support.browser import LiveSite, OpenPage
from tests.support.people import House, make_house

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LINK = "https://pli.example/s/very-secret-token-0123456789"
PREVIEW = "/office/templates/messages/signature.invitation/EMAIL/fr/"


@pytest.fixture
def house(tmp_path: Path, settings: Any) -> House:
    settings.PLI_HOME = tmp_path
    settings.PLI_MAIL_URL = settings.PLI_SMS_URL = ""
    return make_house()


@pytest.fixture
def message(house: House) -> Message:
    with transaction.atomic():
        asked = send_notice(
            organisation_id=house.organisation.id, template="signature.invitation", channel="EMAIL",
            to=Recipient("Julie Martin", "julie@client.example"), subject=("ceremony", uuid4()),
            fields={"document": "Devis 2026-041", "date_limite": "5 décembre 2026"}, secrets={"lien": LINK},
            dedupe_key="one",
        )  # fmt: skip
    deliver(asked.id)
    return asked


@pytest.mark.parametrize("size", [(1440, 900), (390, 844)])
def test_every_screen_is_accessible_and_fits(
    live_site: LiveSite,
    open_page: OpenPage,
    assert_accessible: Callable[..., None],
    shot: Callable[..., None],
    house: House,
    message: Message,
    size: tuple[int, int],
) -> None:
    page = open_page(viewport={"width": size[0], "height": size[1]})
    live_site.log_in(page, Account.objects.get(id=house.alice.account_id))
    for name, path in (
        ("messages", "/office/messages/"), ("message", f"/office/messages/{message.id}/"),
        ("local-outbox", "/office/messages/local/"), ("local-message", f"/office/messages/local/{message.id}/"),
        ("message-templates", "/office/templates/messages/"), ("message-template", PREVIEW),
    ):  # fmt: skip
        page.goto(live_site.url + path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        assert_accessible(page)
        shot(page, f"{name}-{size[0]}")


def test_the_preview_follows_the_words_and_the_mail_wears_its_style(
    live_site: LiveSite, desk: Any, house: House
) -> None:
    live_site.log_in(desk, Account.objects.get(id=house.alice.account_id))
    desk.goto(live_site.url + PREVIEW)
    frame = desk.frame_locator("#preview iframe")
    button = frame.get_by_role("link", name="Lire et signer")
    assert button.evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(31, 58, 138)"
    desk.get_by_role("textbox", name="Texte").fill("Chère Julie,\n\n#lien#\n\n#inconnu#")
    desk.get_by_text("champ inconnu").wait_for()
    desk.get_by_role("textbox", name="Texte").fill("Chère Julie,\n\n#lien#")
    frame.get_by_text("Chère Julie,").wait_for()
