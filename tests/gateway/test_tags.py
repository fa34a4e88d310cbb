"""Words of the subject: what each makes of a message, from the SMTP door to the recipient's mailbox."""

from __future__ import annotations

import email
import email.policy
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from django.test import Client, override_settings

from pli.gateway.api import (
    MailFilter,
    MailMessage,
    MailRecipient,
    MailState,
    RelayState,
    cancel_mail,
    find_mails,
)
from pli.gateway.handling import handle_message
from pli.gateway.models import FileDownload, MailAccount
from pli.gateway.options import SenderOptions
from pli.gateway.plugs import Letter
from pli.gateway.relaying import relay_message, sweep_mail
from pli.gateway.subjects import read_subject
from pli.gateway.tags.later import LaterTag
from pli.kit.clock import PARIS, SYSTEM_CLOCK, FrozenClock
from pli.notifications.api import Message, local_outbox
from pli.signing.api import Ceremony, CeremonyState, Signer, open_link
from tests.gateway.conftest import Post
from tests.gateway.letters import letter, link_in, url_of
from tests.notifications.mail_server import real_server
from tests.pdf import samples
from tests.support.ceremonies import sign_as
from tests.support.queue import RunJobs


def _tomorrow() -> datetime:
    return (datetime.now(PARIS) + timedelta(days=1)).replace(hour=8, minute=30, second=0, microsecond=0)


@pytest.mark.parametrize("cte", ["base64", "quoted-printable", "8bit"])
def test_sign_puts_the_link_on_top_and_touches_nothing_else(post: Post, run_jobs: RunJobs, cte: str) -> None:
    files = [("devis.pdf", samples.simple_contract(pages=1), "application/pdf"), ("plan.bin", b"\0\1" * 500, "x/y")]
    sent = letter(post, "*SIGN Devis d’été 2026-041", files=files, cte=cte)
    with real_server() as host, override_settings(PLI_MAIL_URL=url_of(host)):
        post.send(sent.as_bytes(), "paul@client.example", "julie@client.example", "secret@mercier.example")
        run_jobs()
    got = {envelope.rcpt_tos[0]: message for envelope, message in zip(host.envelopes, host.messages, strict=True)}
    # Paul's turn has not come; whoever got a blind copy reads it and is asked nothing.
    assert set(got) == {"julie@client.example", "secret@mercier.example"}
    message = got["julie@client.example"]
    token = link_in(message, "plain").rpartition("/")[2]
    assert link_in(message, "html").rpartition("/")[2] == token
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
    sent = letter(post, "*SIGN +33612345678 Devis 2026-041", files=files)
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
        ("*LIEN *SIGN *LIEN deux", [("a.pdf", samples.simple_contract(pages=1), "application/pdf")]),
        (f"*SIGN *DIFFERE {_tomorrow():%Y-%m-%d} abîmé aussi", [("a.pdf", b"%PDF-1.7 broken", "application/pdf")]),
        ("*SIGN abîmé", [("a.pdf", b"%PDF-1.7 nothing of a PDF follows", "application/pdf")]),
        ("*DIFFERE demain", []),
        ("*DIFFERE 2020-01-01 08:00 passé", []),
        ("*LIEN rien", []),
    ):
        post.send(letter(post, subject, files=files).as_bytes(), "julie@client.example")
    run_jobs()
    assert set(MailMessage.objects.values_list("state", flat=True)) == {MailState.REFUSED}
    assert {message.to for message in local_outbox(post.house.alice)} == {post.email}
    notices = Message.objects.filter(template="gateway.refused")
    assert notices.count() == 7
    assert any("plusieurs fois" in str(notice.body) for notice in notices)
    assert any("aucun PDF" in str(notice.body) for notice in notices)


def test_later_waits_for_its_hour_in_paris_and_can_be_withdrawn(post: Post, run_jobs: RunJobs) -> None:
    tomorrow = _tomorrow()
    content = letter(post, f"*DIFFERE {tomorrow:%Y-%m-%d %H:%M} Vœux").as_bytes()
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
    sent = letter(post, "*LIEN Les plans", files=files)
    with real_server() as host, override_settings(PLI_MAIL_URL=url_of(host)):
        post.send(sent.as_bytes(), "julie@client.example", "paul@client.example")
        run_jobs()
    links = {e.rcpt_tos[0]: link_in(m, "html") for e, m in zip(host.envelopes, host.messages, strict=True)}
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
    ("subject", "rest", "tags"),
    [
        ("*SIGN Devis", "Devis", [("SIGN", "")]),
        ("Devis *sign", "Devis", [("SIGN", "")]),
        ("*SIGN +33612345678 2026 Devis", "2026 Devis", [("SIGN", "+33612345678")]),
        (
            "*SIGN +33 6 12 34 56 78 +33712345678 2026", "2026", [("SIGN", "+33 6 12 34 56 78 +33712345678")],
        ),
        ("Re: *DIFFERE 2026-12-01 08:00 x", "Re: x", [("DIFFERE", "2026-12-01 08:00")]),
        ("*LIEN", "", [("LIEN", "")]),
        ("*DIFFERE 2026-12-01 *LIEN  *SIGN +33612345678 Plans  d’été",
         "Plans d’été", [("SIGN", "+33612345678"), ("LIEN", ""), ("DIFFERE", "2026-12-01")]),
        ("*LIEN *AUTRE *lien x", "*AUTRE x", [("LIEN", ""), ("LIEN", "")]),
        ("*AUTRE  Devis", "*AUTRE  Devis", []),
        ("a*SIGN", "a*SIGN", []),
        ("*SIGNER", "*SIGNER", []),
    ],
)  # fmt: skip
def test_words_of_subjects(subject: str, rest: str, tags: list[tuple[str, str]]) -> None:
    read = read_subject(subject)
    assert (read.rest, [(one.slug, one.argument) for one in read.tags]) == (rest, tags)


def test_words_add_up_whatever_their_order(post: Post, run_jobs: RunJobs) -> None:
    at = _tomorrow()
    files = [("devis.pdf", samples.simple_contract(pages=1), "application/pdf"), ("plan.bin", b"\0\1" * 500, "x/y")]
    sent = letter(post, f"*DIFFERE {at:%Y-%m-%d %H:%M} *LIEN *SIGN Devis", files=files)
    with real_server() as host, override_settings(PLI_MAIL_URL=url_of(host)):
        post.send(sent.as_bytes(), "julie@client.example", "paul@client.example", "secret@mercier.example")
        run_jobs()
        mail = MailMessage.objects.get()
        assert (mail.tag, mail.subject, mail.state, mail.not_before) == (
            "SIGN LIEN DIFFERE", "Devis", MailState.ACCEPTED, at,
        )  # fmt: skip
        assert find_mails(post.actor, MailFilter(tag="LIEN")).get() == mail
        # Before its hour nothing happens, whoever asks.
        handle_message(mail.id)
        sweep_mail(clock=FrozenClock(SYSTEM_CLOCK.now() + timedelta(hours=1)))
        assert not Ceremony.objects.exists()
        assert not host.envelopes
        handle_message(mail.id, clock=FrozenClock(at))
        run_jobs()
        relay_message(mail.id, clock=FrozenClock(at))
    assert Ceremony.objects.get().title == "Devis"
    got = {envelope.rcpt_tos[0]: message for envelope, message in zip(host.envelopes, host.messages, strict=True)}
    assert set(got) == {"julie@client.example", "secret@mercier.example"}
    body: Any = got["julie@client.example"].get_body(("plain",))
    said = body.get_content()
    assert said.index("/s/") < said.index("/f/") < said.index("voici le devis promis")
    blind = got["secret@mercier.example"].as_bytes()
    assert b"/f/" in blind
    assert b"/s/" not in blind
    assert not [part.get_filename() for part in got["julie@client.example"].walk() if part.is_attachment()]


def test_what_was_put_off_can_be_withdrawn(post: Post, run_jobs: RunJobs) -> None:
    at = _tomorrow()
    files = [("devis.pdf", samples.simple_contract(pages=1), "application/pdf")]
    post.send(letter(post, f"*SIGN *DIFFERE {at:%Y-%m-%d %H:%M} Devis", files=files).as_bytes())
    run_jobs()
    mail = MailMessage.objects.get()
    assert cancel_mail(post.actor, mail.id) == 1
    handle_message(mail.id, clock=FrozenClock(at + timedelta(minutes=1)))
    mail.refresh_from_db()
    assert (mail.state, mail.recipients.get().state) == (MailState.HANDLED, RelayState.CANCELLED)
    assert not Ceremony.objects.exists()
