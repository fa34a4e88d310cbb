"""A message leaves once, by a real SMTP server; a faulty server delays it or fails it, never loses it."""

from __future__ import annotations

from typing import Any

import pytest

from pli.kit.clock import FrozenClock
from pli.notifications.api import MessageState, messages_about
from pli.notifications.models import MessageAttempt, MessageSecret
from pli.notifications.secret_values import key_path
from pli.notifications.sending import deliver

from .conftest import LINK, SUBJECT, Ask
from .mail_server import real_server, scripted_server

pytestmark = pytest.mark.django_db


def test_an_invitation_leaves_by_smtp_and_its_link_is_erased(ask: Ask, clock: FrozenClock, settings: Any) -> None:
    with real_server() as letters:
        settings.PLI_MAIL_URL = f"smtp://127.0.0.1:{letters.port}/?tls=none"
        message = ask()
        assert MessageSecret.objects.filter(message=message).count() == 1
        deliver(message.id, clock=clock)
        [received] = letters.messages
    message.refresh_from_db()
    assert message.state == MessageState.SENT
    assert message.server_reply.startswith("250 2.0.0 queued")
    assert received["From"] == "Atelier Mercier <pli@atelier.example>"
    assert received["Reply-To"] == "alice@atelier.example"
    assert received["To"] == "Julie Martin <julie@client.example>"
    assert received["Subject"] == "Atelier Mercier vous demande de signer : Devis 2026-041".replace(" :", "\u00a0:")
    assert received["Message-ID"] == message.message_id
    assert received["Auto-Submitted"] == "auto-generated"
    assert received["List-Unsubscribe"] is None
    plain = received.get_body(("plain",))
    html = received.get_body(("html",))
    assert plain is not None and LINK in plain.get_content()
    assert html is not None and f'href="{LINK}"' in html.get_content()
    assert not MessageSecret.objects.exists()
    assert LINK not in str(message.body)
    [trace] = messages_about(SUBJECT)
    assert (trace.to_masked, trace.state) == ("j…e@client.example", "SENT")


def test_the_secret_is_encrypted_under_a_private_key_file(ask: Ask) -> None:
    message = ask()
    assert LINK.encode() not in bytes(MessageSecret.objects.get(message=message).sealed)
    assert key_path().stat().st_mode & 0o777 == 0o600


def test_the_same_dedupe_key_is_one_message(ask: Ask) -> None:
    assert ask(dedupe_key="invitation-1").id == ask(dedupe_key="invitation-1", secrets={"lien": "https://x/2"}).id


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ({"CONNECT": "421 later"}, "421 later"),
        ({"CONNECT": "close"}, "coupé"),
        ({"CONNECT": "554 no service here"}, "554"),
        ({"MAIL": "451 try again"}, "451"),
        ({"RCPT": "450 greylisted"}, "450 greylisted"),
        ({"DATA": "452 disk full"}, "452"),
        ({"MID_DATA": "close"}, "coupé"),
        ({"DOT": "close"}, "coupé"),
        ({"DOT": "451 not now"}, "451"),
    ],
)
def test_a_passing_fault_delays_and_the_same_message_id_is_sent_again(
    script: dict[str, str], reason: str, ask: Ask, clock: FrozenClock, settings: Any
) -> None:
    message = ask()
    with scripted_server(**script) as bad:
        settings.PLI_MAIL_URL = bad.url
        deliver(message.id, clock=clock)
        first = bad.bodies
    message.refresh_from_db()
    assert (message.state, message.tries) == (MessageState.WAITING, 1)
    assert reason in message.reason
    assert (message.next_try_at - clock.now()).total_seconds() == 4
    deliver(message.id, clock=clock)  # not due yet: nothing happens
    clock.advance(seconds=5)
    with real_server() as letters:
        settings.PLI_MAIL_URL = f"smtp://127.0.0.1:{letters.port}/?tls=none"
        deliver(message.id, clock=clock)
        deliver(message.id, clock=clock)
        [received] = letters.messages
    message.refresh_from_db()
    assert (message.state, message.tries, message.reason) == (MessageState.SENT, 2, "")
    assert received["Message-ID"] == message.message_id
    assert all(f"Message-ID: {message.message_id}".encode() in body for body in first)
    outcomes = MessageAttempt.objects.filter(message=message).order_by("started_at").values_list("outcome", flat=True)
    assert list(outcomes) == ["POSTPONED", "SENT"]


@pytest.mark.parametrize("script", [{"RCPT": "550 no such user"}, {"MAIL": "550 not you"}, {"DOT": "554 spam"}])
def test_a_refusal_for_good_fails_with_the_servers_words(
    script: dict[str, str], ask: Ask, clock: FrozenClock, settings: Any
) -> None:
    message = ask()
    with scripted_server(**script) as bad:
        settings.PLI_MAIL_URL = bad.url
        deliver(message.id, clock=clock)
    message.refresh_from_db()
    assert message.state == MessageState.FAILED
    assert next(iter(script.values())) in message.reason


def test_a_failing_goodbye_changes_nothing(ask: Ask, clock: FrozenClock, settings: Any) -> None:
    message = ask()
    with scripted_server(QUIT="close") as bad:
        settings.PLI_MAIL_URL = bad.url
        deliver(message.id, clock=clock)
    message.refresh_from_db()
    assert message.state == MessageState.SENT
