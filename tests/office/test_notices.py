"""The messages' screens: masked secrets, remedies, wording, and the local outbox that exists only at home."""

from __future__ import annotations

import base64
import hashlib
import io
import re
from pathlib import Path
from typing import Any
from uuid import uuid4

import openpyxl
import pytest
from django.db import transaction
from django.test import Client

from pli.notifications.api import Message, Recipient, list_templates, send_notice
from pli.notifications.models import TemplateOverride
from pli.notifications.sending import deliver
from pli.parties.api import Account, PortalActor, StaffActor
from tests.support.people import House, make_house

pytestmark = pytest.mark.django_db
LINK = "https://pli.example/s/very-secret-token-0123456789"
INVITATION = "/office/templates/messages/signature.invitation/EMAIL/fr/"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: Any) -> None:
    settings.PLI_HOME = tmp_path
    settings.PLI_MAIL_URL = settings.PLI_SMS_URL = ""


@pytest.fixture
def house(client: Client) -> House:
    made = make_house()
    become(client, made.alice)
    return made


def become(client: Client, actor: StaffActor | PortalActor | None) -> None:
    """Log in as somebody else, or as nobody."""
    client.logout()
    if actor is not None:
        client.force_login(Account.objects.get(id=actor.account_id))


def ask(house: House, **changes: Any) -> Message:
    given: dict[str, Any] = {
        "organisation_id": house.organisation.id, "template": "signature.invitation", "channel": "EMAIL",
        "to": Recipient("Julie Martin", "julie@client.example"), "fields": {"document": "Devis 2026-041"},
        "secrets": {"lien": LINK}, "subject": ("ceremony", uuid4()), "dedupe_key": uuid4().hex, **changes,
    }  # fmt: skip
    with transaction.atomic():
        return send_notice(**given)


def test_the_history_shows_addresses_and_never_a_link(client: Client, house: House) -> None:
    message = ask(house)
    listed = client.get("/office/messages/").content.decode()
    assert "julie@client.example" in listed and "Devis 2026-041" in listed
    shown = client.get(f"/office/messages/{message.id}/").content.decode()
    assert "••••••••" in shown
    assert LINK not in listed + shown


def test_the_history_is_filtered_by_the_address(client: Client, house: House) -> None:
    ask(house)
    ask(house, template="signature.code_sms", channel="SMS", to=Recipient("Paul", "+33612345678"),
        secrets={"code": "482913"})  # fmt: skip
    assert "julie@" not in client.get("/office/messages/?channel=SMS").content.decode()
    assert "+33612345678" in client.get("/office/messages/?q=%2B33612").content.decode()
    assert "Aucun message ne correspond" in client.get("/office/messages/?state=FAILED").content.decode()
    assert client.get("/office/messages/?after=rubbish&state=rubbish").status_code == 200


def test_another_organisation_sees_nothing(client: Client, house: House) -> None:
    message = ask(house)
    become(client, make_house("autre").alice)
    assert "julie@" not in client.get("/office/messages/").content.decode()
    assert client.get(f"/office/messages/{message.id}/").status_code == 404
    assert client.post(f"/office/messages/{message.id}/cancel").status_code == 404


def test_strangers_clients_and_members_are_kept_out(client: Client, house: House) -> None:
    for actor, status in ((None, 302), (house.portal, 404), (house.chloe, 403), (house.denis, 200), (house.bruno, 200)):
        become(client, actor)
        assert client.get("/office/messages/").status_code == status


def test_a_waiting_message_is_cancelled_and_an_auditor_may_not(client: Client, house: House) -> None:
    message = ask(house)
    become(client, house.denis)
    assert client.post(f"/office/messages/{message.id}/cancel").status_code == 403
    become(client, house.alice)
    assert client.post(f"/office/messages/{message.id}/cancel").status_code == 302
    message.refresh_from_db()
    assert message.state == "CANCELLED"


def test_a_message_with_a_link_is_not_sent_again_once_it_left(client: Client, house: House) -> None:
    message = ask(house)
    deliver(message.id)
    answer = client.post(f"/office/messages/{message.id}/resend")
    assert answer.status_code == 409
    assert "Relancez la personne" in answer.content.decode()


def test_a_message_without_secrets_leaves_again_as_a_copy(client: Client, house: House) -> None:
    message = ask(house, template="signature.completed", secrets={})
    deliver(message.id)
    assert client.post(f"/office/messages/{message.id}/resend").status_code == 302
    copy = Message.objects.get(resend_of=message)
    assert (copy.state, copy.to_address) == ("WAITING", message.to_address)
    assert copy.message_id != message.message_id
    assert client.post(f"/office/messages/{message.id}/resend").status_code == 409


def test_the_export_escapes_what_looks_like_a_formula(client: Client, house: House) -> None:
    ask(house, to=Recipient("=HYPERLINK(1)", "julie@client.example"))
    answer = client.get("/office/messages/export.xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    cells = [cell for row in sheet.iter_rows(values_only=True) for cell in row]
    assert "'=HYPERLINK(1)" in cells
    assert not [cell for cell in cells if LINK in str(cell)]


def test_the_local_outbox_shows_the_link_to_an_administrator_while_nothing_leaves(
    client: Client, house: House, settings: Any
) -> None:
    message = ask(house)
    deliver(message.id)
    listed = client.get("/office/messages/local/")
    assert "ne quittent pas cette machine" in listed.content.decode()
    shown = client.get(f"/office/messages/local/{message.id}/")
    assert f'href="{LINK}"' in shown.content.decode()
    mail = client.get(f"/office/messages/local/{message.id}/mail")
    assert LINK in mail.content.decode()
    for actor in (None, house.bruno, house.denis, house.chloe, house.portal, make_house("autre").alice):
        become(client, actor)
        assert client.get(f"/office/messages/local/{message.id}/").status_code == (302 if actor is None else 404)
    become(client, house.alice)
    settings.PLI_MAIL_URL = settings.PLI_SMS_URL = "smtp://127.0.0.1:1/?tls=none"
    for page in ("", f"{message.id}/", f"{message.id}/mail"):
        assert client.get(f"/office/messages/local/{page}").status_code == 404


def test_a_shown_mail_can_do_nothing_and_every_style_is_allowed_by_its_digest(client: Client, house: House) -> None:
    message = ask(house)
    deliver(message.id)
    answer = client.get(f"/office/messages/local/{message.id}/mail")
    policy = answer["Content-Security-Policy"]
    assert policy.startswith("sandbox; default-src 'none'")
    assert "unsafe-inline" not in policy
    for style in re.findall(r'style="([^"]*)"', answer.content.decode()):
        assert base64.b64encode(hashlib.sha256(style.encode()).digest()).decode() in policy


def test_a_wording_is_previewed_saved_used_and_given_up(client: Client, house: House) -> None:
    page = client.get(INVITATION).content.decode()
    assert "#lien#" in page and "Enregistrer ce texte" in page
    words = {"title": "À signer : #document#", "text": "Chère #signataire#,\n\n#lien#"}
    part = client.post(f"{INVITATION}preview", words, headers={"HX-Request": "true"}).content.decode()
    assert "À signer : Devis 2026-041" in part and "Ce texte ne peut pas" not in part
    frame = client.get(f"{INVITATION}mail")
    assert "Chère Julie Martin," in frame.content.decode()
    assert client.post(INVITATION, words).status_code == 302
    assert ask(house).title == "À signer : Devis 2026-041"
    assert client.post(f"{INVITATION}restore").status_code == 302
    assert not TemplateOverride.objects.exists()


def test_a_wrong_wording_is_refused_with_what_may_be_written(client: Client, house: House) -> None:
    answer = client.post(INVITATION, {"title": "Bonjour", "text": "#mot_de_passe# #lien#"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "#mot_de_passe#" in page and "#date_limite#" in page
    assert "Votre texte est toujours à l’écran" in page
    assert not TemplateOverride.objects.exists()


def test_only_administrators_change_words(client: Client, house: House) -> None:
    become(client, house.bruno)
    assert "Seuls les administrateurs" in client.get(INVITATION).content.decode()
    assert client.post(INVITATION, {"title": "A", "text": "#lien#"}).status_code == 403
    assert client.post(f"{INVITATION}restore").status_code == 403
    assert client.get("/office/templates/messages/no.such/EMAIL/fr/").status_code == 404
    assert client.get("/office/templates/messages/").status_code == 200


def test_every_wording_has_a_working_preview(client: Client, house: House) -> None:
    links = re.findall(
        r'href="(/office/templates/messages/[^"]+/)"', client.get("/office/templates/messages/").content.decode()
    )
    assert len(links) == len(set(links)) == len(list_templates(house.alice))
    for link in links:
        page = client.get(link).content.decode()
        assert "Ce texte ne peut pas" not in page, link
