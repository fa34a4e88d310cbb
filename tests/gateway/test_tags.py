"""Words of the subject: what each makes of a message, from the SMTP door to the recipient's mailbox."""

from __future__ import annotations

import email
import email.policy
import re
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from django.test import Client, override_settings

from pli.gateway.api import MailMessage, MailRecipient, MailState, RelayState
from pli.gateway.handling import handle_message
from pli.gateway.models import FileDownload, MailAccount
from pli.gateway.options import SenderOptions
from pli.gateway.plugs import Letter
from pli.gateway.subjects import find_tag
from pli.gateway.tags.later import LaterTag
from pli.kit.clock import PARIS
from pli.notifications.api import Message, local_outbox
from pli.signing.api import Ceremony, CeremonyState, Signer, open_link
from tests.gateway.conftest import Post
from tests.notifications.mail_server import Letters, real_server
from tests.pdf import samples
from tests.support.ceremonies import sign_as
from tests.support.queue import RunJobs

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(200))


def _letter(post: Post, subject: str, **more: Any) -> EmailMessage:
    message = EmailMessage(policy=email.policy.SMTP)
    message["From"] = post.email
    message["To"] = "Julie Martin <julie@client.example>"
    message["Cc"] = "Paul Durand <Paul@client.example>"
    message["Subject"] = subject
    message["Message-ID"] = "<devis-41@mercier.example>"
    message.set_content("Bonjour,\nvoici le devis promis, à signer.\n", cte=more.get("cte"))
    message.add_alternative(
        '<html><body class="x"><p>Voici le devis <img src="cid:logo"> promis, à signer.</p></body></html>',
        subtype="html", cte=more.get("cte"),
    )  # fmt: skip
    parts: Any = message.get_payload()
    parts[1].add_related(PNG, "image", "png", cid="<logo>", disposition="inline", filename="logo.png")
    for name, content, kind in more.get("files", ()):
        message.add_attachment(content, maintype=kind.split("/")[0], subtype=kind.split("/")[1], filename=name)
    return message


def _host(host: Letters) -> str:
    return f"smtp://127.0.0.1:{host.port}/?tls=none"


def _link(message: EmailMessage, form: str) -> str:
    body = message.get_body((form,))
    assert body is not None
    found = re.search(r"https?://[^\s\"<]+", str(body.get_content()))
    assert found is not None
    return found.group(0)


@pytest.mark.parametrize("cte", ["base64", "quoted-printable", "8bit"])
def test_sign_puts_the_link_on_top_and_touches_nothing_else(post: Post, run_jobs: RunJobs, cte: str) -> None:
    files = [("devis.pdf", samples.simple_contract(pages=1), "application/pdf"), ("plan.bin", b"\0\1" * 500, "x/y")]
    sent = _letter(post, "*SIGN Devis d’été 2026-041", files=files, cte=cte)
    with real_server() as host, override_settings(PLI_MAIL_URL=_host(host)):
        post.send(sent.as_bytes(), "paul@client.example", "julie@client.example", "secret@mercier.example")
        run_jobs()
    got = {envelope.rcpt_tos[0]: message for envelope, message in zip(host.envelopes, host.messages, strict=True)}
    # Paul's turn has not come; whoever got a blind copy reads it and is asked nothing.
    assert set(got) == {"julie@client.example", "secret@mercier.example"}
    message = got["julie@client.example"]
    token = _link(message, "plain").rpartition("/")[2]
    assert _link(message, "html").rpartition("/")[2] == token
    assert open_link(token)[0].email == "julie@client.example"
    assert b"/s/" not in got["secret@mercier.example"].as_bytes()
    assert (message["Subject"], message["Message-ID"]) == ("Devis d’été 2026-041", sent["Message-ID"])
    _same_but_text(sent, message)
    _same_but_text(sent, got["secret@mercier.example"])
    assert not MailRecipient.objects.exclude(sealed_link=None).exists()
    carried = Signer.objects.get(email="julie@client.example").traces.filter(what="link_carried")
    assert "250" in carried.get().detail["server_reply"]


def _same_but_text(sent: EmailMessage, got: EmailMessage) -> None:
    """The same parts in the same order, each with its head; those without text byte for byte."""
    written: Any = email.message_from_bytes(sent.as_bytes(), policy=email.policy.default)
    for before, after in zip(written.walk(), got.walk(), strict=True):
        kept = [(name, str(value)) for name, value in before.items() if name != "Subject"]
        assert [(name, str(value)) for name, value in after.items() if name not in ("Subject", "X-Pli-Gateway")] == kept
        if before.is_multipart():
            continue
        if before.get_content_type() in ("text/plain", "text/html"):
            assert after.get_content().replace("\r", "").endswith(before.get_content().replace("\r", "")[-30:])
            assert "à signer" in after.get_content()
        else:
            assert after.get_payload() == before.get_payload()


def test_sign_without_mail_server_goes_through_the_local_outbox_each_in_turn(post: Post, run_jobs: RunJobs) -> None:
    files = [("devis.pdf", samples.simple_contract(pages=1), "application/pdf")]
    sent = _letter(post, "*SIGN +33612345678 Devis 2026-041", files=files)
    post.send(sent.as_bytes(), "julie@client.example", "paul@client.example")
    run_jobs()
    ceremony = Ceremony.objects.get()
    julie, paul = ceremony.signers.order_by("position")
    assert (julie.name, julie.code_channel, julie.mobile) == ("Julie Martin", "SMS", "+33612345678")
    assert (paul.name, paul.code_channel) == ("Paul Durand", "EMAIL")
    assert (ceremony.title, ceremony.papers.get().file_name) == ("Devis 2026-041", "devis.pdf")
    handle_message(MailMessage.objects.get().id)
    assert Ceremony.objects.count() == 1
    for address in ("julie@client.example", "paul@client.example"):
        sign_as(post.house, address, run_jobs)
        run_jobs()
    ceremony.refresh_from_db()
    assert ceremony.state == CeremonyState.COMPLETED
    assert all("/s/" not in one.reason + one.server_reply for one in MailRecipient.objects.all())


def test_what_cannot_be_signed_is_answered_and_goes_nowhere(post: Post, run_jobs: RunJobs) -> None:
    for subject, files in (
        ("*SIGN sans PDF", []),
        ("*SIGN *DIFFERE 2030-01-01 deux", [("a.pdf", samples.simple_contract(pages=1), "application/pdf")]),
        ("*SIGN abîmé", [("a.pdf", b"%PDF-1.7 nothing of a PDF follows", "application/pdf")]),
        ("*DIFFERE demain", []),
        ("*DIFFERE 2020-01-01 08:00 passé", []),
        ("*LIEN rien", []),
    ):
        post.send(_letter(post, subject, files=files).as_bytes(), "julie@client.example")
    run_jobs()
    assert set(MailMessage.objects.values_list("state", flat=True)) == {MailState.REFUSED}
    assert {message.to for message in local_outbox(post.house.alice)} == {post.email}
    notices = Message.objects.filter(template="gateway.refused")
    assert notices.count() == 6
    assert any("aucun PDF" in str(notice.body) for notice in notices)


def test_later_waits_for_its_hour_in_paris_and_can_be_withdrawn(post: Post, run_jobs: RunJobs) -> None:
    tomorrow = (datetime.now(PARIS) + timedelta(days=1)).replace(hour=8, minute=30, second=0, microsecond=0)
    content = _letter(post, f"*DIFFERE {tomorrow:%Y-%m-%d %H:%M} Vœux").as_bytes()
    post.send(content, "julie@client.example")
    run_jobs()
    mail = MailMessage.objects.get()
    row = mail.recipients.get()
    assert (mail.state, row.state, row.next_try_at) == (MailState.HANDLED, RelayState.QUEUED, tomorrow)
    client = Client()
    client.force_login(MailAccount.objects.get().member.account)
    page = client.get(f"/office/mail/{mail.id}/").content.decode()
    assert "Annuler l’envoi" in page
    client.post(f"/office/mail/{mail.id}/cancel")
    row.refresh_from_db()
    assert row.state == RelayState.CANCELLED
    run_jobs(scheduled=True)
    row.refresh_from_db()
    assert row.state == RelayState.CANCELLED


@pytest.mark.parametrize(
    ("said", "utc"),
    [
        ("2026-12-01 08:00", datetime(2026, 12, 1, 7, 0, tzinfo=UTC)),
        ("2026-07-01 08h15", datetime(2026, 7, 1, 6, 15, tzinfo=UTC)),
        ("2026-03-29 02:30", datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        ("2026-10-25 02:30", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("2026-12-01", datetime(2026, 12, 1, 7, 0, tzinfo=UTC)),
    ],
)
def test_hours_are_those_of_paris(said: str, utc: datetime) -> None:
    letter = Letter("x", (), (), datetime(2026, 1, 1, tzinfo=UTC))
    assert LaterTag().plan(letter, said, SenderOptions()).not_before == utc


def test_links_replace_files_and_count_who_fetched_them(post: Post, run_jobs: RunJobs) -> None:
    files = [("plans.zip", b"PK" + b"\0\r\n." * 40_000, "application/zip"), ("é.txt", b"bonjour", "text/plain")]
    sent = _letter(post, "*LIEN Les plans", files=files)
    with real_server() as host, override_settings(PLI_MAIL_URL=_host(host)):
        post.send(sent.as_bytes(), "julie@client.example", "paul@client.example")
        run_jobs()
    links = {e.rcpt_tos[0]: _link(m, "html") for e, m in zip(host.envelopes, host.messages, strict=True)}
    assert len(set(links.values())) == 2
    for message in host.messages:
        assert [part.get_content_type() for part in message.walk() if not part.is_multipart()] == [
            "text/plain", "text/html", "image/png",
        ]  # fmt: skip
    client, path = Client(), links["paul@client.example"].partition("//")[2].partition("/")[2]
    page = client.get(f"/{path}")
    assert "plans.zip" in page.content.decode()
    assert page["Referrer-Policy"] == "no-referrer"
    assert not FileDownload.objects.exists()
    file = MailMessage.objects.get().files.get(file_name="plans.zip")
    answer: Any = client.get(f"/{path}{file.id}")
    assert b"".join(answer.streaming_content) == files[0][1]
    assert "attachment" in answer["Content-Disposition"]
    assert FileDownload.objects.get().recipient.address == "paul@client.example"
    MailMessage.objects.get().files.update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    assert client.get(f"/{path}").status_code == client.get(f"/{path}{file.id}").status_code == 404
    assert client.get("/f/" + "x" * 43 + "/").status_code == 404


@pytest.mark.parametrize(
    ("subject", "found"),
    [
        ("*SIGN Devis", ("SIGN", "", "Devis")),
        ("Devis *sign", ("SIGN", "", "Devis")),
        ("*SIGN +33612345678 2026 Devis", ("SIGN", "+33612345678", "2026 Devis")),
        ("*SIGN +33 6 12 34 56 78 +33712345678 2026", ("SIGN", "+33 6 12 34 56 78 +33712345678", "2026")),
        ("Re: *DIFFERE 2026-12-01 08:00 x", ("DIFFERE", "2026-12-01 08:00", "Re: x")),
        ("*LIEN", ("LIEN", "", "")),
        ("*AUTRE Devis", None),
        ("a*SIGN", None),
        ("*SIGNER", None),
    ],
)
def test_words_of_subjects(subject: str, found: tuple[str, str, str] | None) -> None:
    tag = find_tag(subject)
    assert (tag and (tag.slug, tag.argument, tag.rest)) == found
