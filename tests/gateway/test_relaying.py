"""Relaying against servers that misbehave; bounces; a worker or a gateway killed at the wrong moment."""

from __future__ import annotations

import smtplib
from datetime import timedelta
from typing import Any

import pytest
from django.test import override_settings

from pli.gateway.accepting import Arrival, Target, accept_many
from pli.gateway.api import MailMessage, MailRecipient, RelayState, make_account
from pli.gateway.bounces import read_bounce, return_path
from pli.gateway.relaying import relay_message, sweep_mail
from pli.kit.clock import SYSTEM_CLOCK, FrozenClock
from pli.notifications.api import Message
from tests.gateway.conftest import Post
from tests.notifications.mail_server import real_server, scripted_server
from tests.support.people import make_house
from tests.support.queue import RunJobs

CONTENT = b"From: a@b.example\r\nSubject: x\r\nMessage-ID: <one@b.example>\r\n\r\n.line\r\nend\r\n"


def _accept(sender: str = "chloe@mercier.example", *addresses: str) -> MailMessage:
    house = make_house()
    account, _secret = make_account(house.chloe)
    targets = tuple(Target(address) for address in addresses or ("julie@client.example",))
    [mail_id] = accept_many([Arrival(house.organisation.id, account.id, sender, targets, CONTENT)])
    return MailMessage.objects.get(id=mail_id)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("script", "state", "tries"),
    [
        ({"CONNECT": "421 busy"}, RelayState.QUEUED, 1),
        ({"MAIL": "451 later"}, RelayState.QUEUED, 1),
        ({"RCPT": "450 greylisted"}, RelayState.QUEUED, 1),
        ({"RCPT": "550 no such user"}, RelayState.FAILED, 1),
        ({"DATA": "554 no"}, RelayState.FAILED, 1),
        ({"MID_DATA": "close"}, RelayState.QUEUED, 1),
        ({"DOT": "close"}, RelayState.QUEUED, 1),
        ({"DOT": "452 full"}, RelayState.QUEUED, 1),
        ({"DOT": "552 too large"}, RelayState.FAILED, 1),
        ({"QUIT": "close"}, RelayState.RELAYED, 1),
    ],
)
def test_a_server_that_misbehaves(script: dict[str, str], state: RelayState, tries: int) -> None:
    mail = _accept()
    with scripted_server(**script) as host, override_settings(PLI_MAIL_URL=host.url):
        relay_message(mail.id)
        row = mail.recipients.get()
        assert (row.state, row.tries) == (state, tries), row.reason
        assert bool(row.reason) == (state != RelayState.RELAYED)
        told = Message.objects.filter(template="gateway.undelivered")
        assert told.count() == (1 if state == RelayState.FAILED else 0)
        if state != RelayState.QUEUED:
            return
        assert row.next_try_at > SYSTEM_CLOCK.now()
        relay_message(mail.id)
        assert mail.recipients.get().tries == 1
        host.script.clear()
        relay_message(mail.id, clock=FrozenClock(row.next_try_at + timedelta(seconds=1)))
        assert mail.recipients.get().state == RelayState.RELAYED
        # The dots that travel are doubled; a server that took it twice sees one Message-ID.
        assert {body.replace(b"\r\n..", b"\r\n.") for body in host.bodies} == {CONTENT}


def _through(host: Any, **more: Any) -> Any:
    return override_settings(PLI_MAIL_URL=f"smtp://127.0.0.1:{host.port}/?tls=none", **more)


@pytest.mark.django_db
def test_one_bad_address_does_not_hold_up_the_others() -> None:
    mail = _accept("chloe@mercier.example", "julie@client.example", "nobody@client.example")

    with real_server() as host, override_settings(PLI_MAIL_URL=f"smtp://127.0.0.1:{host.port}/?tls=none"):

        async def refuse(server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
            if address.startswith("nobody"):
                return "550 5.1.1 unknown"
            envelope.rcpt_tos.append(address)
            return "250 ok"

        host.handle_RCPT = refuse  # type: ignore[attr-defined]
        relay_message(mail.id)
    states = dict(mail.recipients.values_list("address", "state"))
    assert states == {"julie@client.example": RelayState.RELAYED, "nobody@client.example": RelayState.FAILED}


@pytest.mark.django_db
def test_what_can_never_leave_is_given_up_after_three_days_and_a_lost_job_is_found() -> None:
    mail = _accept()
    with override_settings(PLI_MAIL_URL="smtp://127.0.0.1:9/?tls=none"):
        relay_message(mail.id, clock=FrozenClock(SYSTEM_CLOCK.now() + timedelta(days=3)))
    row = mail.recipients.get()
    assert row.state == RelayState.FAILED
    assert "refuse la connexion" in row.reason
    MailRecipient.objects.filter(id=row.id).update(
        state=RelayState.QUEUED, next_try_at=SYSTEM_CLOCK.now() - timedelta(hours=1)
    )
    assert sweep_mail() == 1
    assert sweep_mail() == 0


_MIXED = "Content-Type: multipart/mixed; boundary=b\n\n"
DSN = """\
From: MAILER-DAEMON@mx.client.example
To: {to}
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I'm sorry.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.client.example

Final-Recipient: rfc822; julie@client.example
Action: {action}
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 User unknown

--b--
"""


def test_a_bounce_comes_back_by_the_door_and_is_shown(post: Post, run_jobs: RunJobs) -> None:
    with real_server() as host, _through(host, PLI_SMTP_BOUNCES=True):
        post.send(CONTENT)
        run_jobs()
        [envelope] = host.envelopes
        back = str(envelope.mail_from)
        row = MailRecipient.objects.get()
        assert back == return_path(row.message, row) != post.email
        with smtplib.SMTP("127.0.0.1", post.port, timeout=10) as client:
            client.ehlo()
            client.mail("")
            # Nobody who did not log in reaches anything but an address that we made.
            assert client.rcpt("julie@client.example")[0] == 530
            assert client.rcpt(back.replace(".", "0.", 1))[0] in (530, 550)
            assert client.rcpt(back)[0] == 250
            assert client.data(DSN.format(to=back, action="failed").replace("\n", "\r\n").encode())[0] == 250
        run_jobs()
    row.refresh_from_db()
    assert (row.state, row.reason) == (RelayState.BOUNCED, "550 5.1.1 User unknown")
    to_sender = [one for one in host.envelopes[1:] if post.email in one.rcpt_tos]
    # The bounce itself, from nobody; and Pli's notice.
    assert len(to_sender) == 2
    assert MailMessage.objects.filter(account=None).count() == 1


@pytest.mark.parametrize(
    ("content", "is_final"),
    [
        (DSN.format(to="x", action="failed"), True),
        (DSN.format(to="x", action="delayed"), False),
        ("Subject: Absent\nAuto-Submitted: auto-replied\n\nI am away.\n", False),
        ("Content-Type: multipart/report; boundary=b\n\n--b\nbroken", False),
        ("\0\0\0", False),
        (_MIXED + f"--b\n{_MIXED}" * 500, False),
    ],
)  # fmt: skip
def test_bounces_of_all_sorts(content: str, is_final: bool) -> None:
    assert read_bounce(content.encode()).is_final is is_final


@pytest.mark.django_db
def test_a_device_or_a_message_from_nobody_is_never_answered() -> None:
    mail = _accept("")
    with scripted_server(RCPT="550 no") as host, override_settings(PLI_MAIL_URL=host.url):
        relay_message(mail.id)
    assert mail.recipients.get().state == RelayState.FAILED
    assert not Message.objects.exists()
