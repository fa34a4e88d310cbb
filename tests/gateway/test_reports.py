"""Delivery reports (RFC 3461, 3464): asked for at the door, passed on or written here, read when they come back."""

from __future__ import annotations

import email
import email.policy
import smtplib
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client, override_settings

from pli.gateway.api import MailMessage, MailRecipient, RelayState
from pli.gateway.bounces import return_path
from pli.gateway.models import MailAccount
from pli.gateway.relaying import relay_message
from pli.gateway.smtp.asked import BadParameter, read_reports, read_return, take_words
from pli.kit.clock import SYSTEM_CLOCK, FrozenClock
from pli.notifications.api import Message
from tests.gateway.conftest import Post
from tests.gateway.letters import url_of
from tests.gateway.test_relaying import DSN
from tests.notifications.mail_server import real_server, scripted_server
from tests.support.queue import RunJobs

CONTENT = b"From: Chlo\xc3\xa9 <c@mercier.example>\r\nSubject: Devis\r\n\r\nBonjour\r\n"
JULIE, PAUL, EVE = "julie@client.example", "paul@client.example", "eve@client.example"


def _send(post: Post, *recipients: tuple[str, list[str]]) -> None:
    with post.session() as client:
        client.ehlo()
        assert client.has_extn("dsn")
        assert client.mail(post.email, ["ENVID=Devis+2B41", "RET=HDRS"])[0] == 250
        for wrong in ("NOTIFY=NEVER,SUCCESS", "NOTIFY=SOMETIMES", "ORCPT=no-semicolon", "NOTIFY", "OTHER=1"):
            assert client.rcpt(JULIE, [wrong])[0] in (501, 555), wrong
        for address, options in recipients:
            assert client.rcpt(address, options)[0] == 250
        assert client.data(CONTENT)[0] == 250


@pytest.mark.parametrize(
    ("arg", "rest", "said"),
    [
        ("FROM:<a@b.fr>", "FROM:<a@b.fr>", {}),
        ("FROM:<a@b.fr> SIZE=12 ret=Full BODY=8BITMIME", "FROM:<a@b.fr> SIZE=12 BODY=8BITMIME", {"RET": "Full"}),
        ('FROM:<"x RET=FULL"@b.fr> ENVID=aB>', 'FROM:<"x RET=FULL"@b.fr>', {"ENVID": "aB>"}),
        ("", "", {}),
    ],
)
def test_words_are_taken_from_the_end_alone(arg: str, rest: str, said: dict[str, str]) -> None:
    assert take_words(arg, frozenset(("RET", "ENVID"))) == (rest, said)


@pytest.mark.parametrize("said", [{"ENVID": "a=b"}, {"ENVID": "+zz"}, {"ENVID": "x" * 101}, {"RET": "ALL"}])
def test_what_the_norm_does_not_have_is_refused(said: dict[str, str]) -> None:
    with pytest.raises(BadParameter):
        read_return(said)
    with pytest.raises(BadParameter):
        read_reports({"ORCPT": "rfc822;" + "x" * 500})


def test_a_server_that_knows_the_norm_is_asked_and_its_answer_is_shown(post: Post, run_jobs: RunJobs) -> None:
    _send(post, (JULIE, ["NOTIFY=SUCCESS,DELAY", "ORCPT=rfc822;Julie+40home@client.example"]), (PAUL, ["NOTIFY=NEVER"]))
    with scripted_server(EHLO="250-x\r\n250 DSN") as host, override_settings(PLI_MAIL_URL=host.url):
        run_jobs()
    assert f"mail FROM:<{post.email}> RET=HDRS ENVID=Devis+2B41" in host.commands
    asked = f"rcpt TO:<{JULIE}> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;Julie+40home@client.example"
    assert {asked, f"rcpt TO:<{PAUL}> NOTIFY=NEVER"} <= set(host.commands)
    # It reports itself: nothing is written here.
    assert set(MailRecipient.objects.values_list("state", "report")) == {(RelayState.RELAYED, "")}
    julie = MailRecipient.objects.get(address=JULIE)
    with real_server() as home, override_settings(PLI_MAIL_URL=url_of(home), PLI_SMTP_BOUNCES=True):
        back = return_path(julie.message, julie)
        for action in ("delayed", "delivered", "delayed", "relayed", "exploded"):
            _comes_back(post, back, action)
            run_jobs()
    julie.refresh_from_db()
    assert (julie.state, julie.report) == (RelayState.RELAYED, "DELIVERED")
    assert len([one for one in home.envelopes if one.rcpt_tos == [post.email]]) == 5, "each is handed on to the sender"
    client = Client()
    client.force_login(MailAccount.objects.get().member.account)
    assert "Remis au destinataire" in client.get(f"/office/mail/{julie.message_id}/").content.decode()


def _comes_back(post: Post, back: str, action: str) -> None:
    # A report as another server writes it; each a little different, since the same twice is the same message.
    content = DSN.format(to=back, action=action).replace("5.1.1", "2.0.0") + f"{MailMessage.objects.count()}\n"
    with smtplib.SMTP("127.0.0.1", post.port, timeout=10) as client:
        client.sendmail("", [back], content.replace("\n", "\r\n").encode())


def test_for_a_server_that_does_not_know_it_pli_says_what_it_can(post: Post, run_jobs: RunJobs) -> None:
    _send(post, (JULIE, ["NOTIFY=SUCCESS", "ORCPT=rfc822;julie@home.example"]), (PAUL, []), (EVE, ["NOTIFY=NEVER"]))
    with real_server() as host, override_settings(PLI_MAIL_URL=url_of(host)):
        run_jobs()
        run_jobs()
    [told] = [one for one in host.envelopes if one.rcpt_tos == [post.email]]
    assert told.mail_from == "<>"
    report = email.message_from_bytes(told.content, policy=email.policy.default)  # type: ignore[arg-type]
    assert (report.get_content_type(), report["Content-Type"].params["report-type"]) == (
        "multipart/report", "delivery-status",
    )  # fmt: skip
    parts: Any = list(report.iter_parts())
    about, one = parts[1].get_payload()
    assert about["Original-Envelope-Id"] == "Devis+2B41"
    assert (one["Action"], one["Final-Recipient"], one["Original-Recipient"]) == (
        "relayed", f"rfc822; {JULIE}", "rfc822;julie@home.example",
    )  # fmt: skip
    assert JULIE in parts[0].get_content()
    assert "Subject: Devis" in parts[2].get_content()
    assert dict(MailRecipient.objects.filter(message__account__isnull=False).values_list("address", "report")) == {
        JULIE: "RELAYED", PAUL: "", EVE: "",
    }  # fmt: skip


def test_a_late_message_is_told_once_and_who_wants_no_news_has_none(post: Post, run_jobs: RunJobs) -> None:
    _send(post, (JULIE, []), (EVE, ["NOTIFY=NEVER"]))
    mail = MailMessage.objects.get()
    with override_settings(PLI_MAIL_URL="smtp://127.0.0.1:9/?tls=none"):
        for hours in (0, 1, 5, 9, 80):
            relay_message(mail.id, clock=FrozenClock(SYSTEM_CLOCK.now() + timedelta(hours=hours)))
    reports = MailMessage.objects.filter(account=None)
    assert reports.count() == 1
    assert set(mail.recipients.values_list("state", flat=True)) == {RelayState.FAILED}
    notice = Message.objects.get(template="gateway.undelivered")
    assert JULIE in str(notice.body)
    with real_server() as host, override_settings(PLI_MAIL_URL=url_of(host)):
        run_jobs()
    [content] = [str(one) for one in host.messages if "delivery-status" in str(one["Content-Type"])]
    assert "Action: delayed" in content
    assert "Will-Retry-Until: " in content
