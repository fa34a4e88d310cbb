"""Asking, cancelling, sending again; secrets; hostile values; two workers; the sweep."""

from __future__ import annotations

import threading
from datetime import timedelta
from multiprocessing.pool import ThreadPool
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from pli.documents.api import store_bytes
from pli.kit.clock import FrozenClock
from pli.kit.transitions import UnableToMove
from pli.notifications.api import (
    AttachmentRef,
    Message,
    MessageState,
    NoLocalOutbox,
    Recipient,
    UnableToResend,
    cancel_messages_about,
    check_mail,
    check_message_key,
    check_message_queue,
    check_sms,
    local_outbox,
    messages_about,
    resend_message,
    send_notice,
)
from pli.notifications.models import MessageAttempt, MessageSecret
from pli.notifications.secret_values import key_path, load_key
from pli.notifications.sending import deliver, sweep_messages
from pli.parties.api import Organisation, StaffActor

from .conftest import LINK, SUBJECT, Ask
from .mail_server import real_server, scripted_server

DOWN = "smtp://127.0.0.1:1/?tls=none"


@pytest.mark.django_db(transaction=True)
def test_a_message_is_written_in_a_transaction_or_not_at_all(organisation: Organisation) -> None:
    with pytest.raises(ValueError, match="transaction"):
        send_notice(
            organisation_id=organisation.id, template="signature.completed", channel="EMAIL", subject=SUBJECT,
            to=Recipient("Julie", "julie@client.example"), fields={}, dedupe_key="x",
        )  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong", [{"template": "no.such"}, {"secrets": {}}, {"template": "signature.refused", "channel": "SMS"}]
)
def test_an_error_of_the_caller_is_told_to_the_caller(wrong: dict[str, Any], ask: Ask) -> None:
    with pytest.raises(ValueError, match=r"."):
        ask(**wrong)
    assert not Message.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("channel", "address"),
    [("EMAIL", "julie"), ("EMAIL", "a@b.example\r\nBcc: x@y.example"), ("EMAIL", ""), ("SMS", "12"), ("SMS", "abc")],
)
def test_a_bad_address_fails_at_once_with_its_reason(channel: str, address: str, ask: Ask) -> None:
    message = ask(channel=channel, to=Recipient("Julie", address))
    assert message.state == MessageState.FAILED
    assert "n’est pas valable" in message.reason
    assert not MessageSecret.objects.exists()


@pytest.mark.django_db
def test_hostile_values_change_no_header_and_no_page(ask: Ask, clock: FrozenClock, settings: Any) -> None:
    nasty = 'Julie"\r\nBcc: spy@evil.example\r\n\r\n<script>alert(1)</script> #code# \u202e'
    with real_server() as letters:
        settings.PLI_MAIL_URL = f"smtp://127.0.0.1:{letters.port}/?tls=none"
        message = ask(to=Recipient(nasty, "julie@client.example"), fields={"document": nasty, "message": nasty * 200})
        deliver(message.id, clock=clock)
        [envelope], [received] = letters.envelopes, letters.messages
    assert envelope.rcpt_tos == ["julie@client.example"]
    assert received["Bcc"] is None and "\n" not in received["Subject"]
    html = received.get_body(("html",))
    assert html is not None and "<script>" not in html.get_content()
    assert len(envelope.content or b"") < 60_000


@pytest.mark.django_db
def test_attachments_leave_with_the_mail(ask: Ask, clock: FrozenClock, settings: Any) -> None:
    stored = store_bytes([b"%PDF-1.7 signed"])
    with real_server() as letters:
        settings.PLI_MAIL_URL = f"smtp://127.0.0.1:{letters.port}/?tls=none"
        reference = AttachmentRef(stored.sha256, "../Devis\r\n.pdf", "application/pdf", stored.size)
        message = ask(attachments=[reference])
        deliver(message.id, clock=clock)
        [attached] = list(letters.messages[0].iter_attachments())
    assert attached.get_content() == b"%PDF-1.7 signed"
    assert attached.get_filename() == "..-Devis .pdf"


@pytest.mark.django_db
def test_a_missing_file_delays_the_message(ask: Ask, clock: FrozenClock) -> None:
    message = ask(attachments=[AttachmentRef("0" * 64, "a.pdf", "application/pdf", 3)])
    deliver(message.id, clock=clock)
    message.refresh_from_db()
    assert message.state == MessageState.WAITING and "a.pdf" in message.reason


@pytest.mark.django_db
def test_cancelling_erases_the_link_and_stops_the_message(ask: Ask, clock: FrozenClock) -> None:
    message = ask()
    assert cancel_messages_about(SUBJECT, clock=clock) == 1
    assert cancel_messages_about(SUBJECT, clock=clock) == 0
    deliver(message.id, clock=clock)
    assert messages_about(SUBJECT)[0].state == MessageState.CANCELLED
    assert not MessageSecret.objects.exists() and not MessageAttempt.objects.exists()


@pytest.mark.django_db
def test_a_code_that_could_not_leave_in_time_is_given_up(ask: Ask, clock: FrozenClock, settings: Any) -> None:
    settings.PLI_MAIL_URL = DOWN
    message = ask(template="signature.code_email", secrets={"code": "482913"})
    for _turn in range(60):
        deliver(message.id, clock=clock)
        message.refresh_from_db()
        if message.state != MessageState.WAITING:
            break
        clock.at = message.next_try_at
    assert message.state == MessageState.FAILED
    assert clock.now() - message.created_at <= timedelta(minutes=10)
    clock.advance(minutes=10)
    sweep_messages(clock=clock)
    assert not MessageSecret.objects.exists()
    with pytest.raises(UnableToResend):
        resend_message(message, actor="member:x", clock=clock)


@pytest.mark.django_db
def test_a_failed_invitation_is_sent_again_under_the_same_message_id(
    ask: Ask, clock: FrozenClock, settings: Any
) -> None:
    message = ask()
    with scripted_server(RCPT="550 no") as bad:
        settings.PLI_MAIL_URL = bad.url
        deliver(message.id, clock=clock)
    assert resend_message(message, actor="member:x", clock=clock).id == message.id
    with pytest.raises(UnableToMove):
        resend_message(message, actor="member:x", clock=clock)
    with real_server() as letters:
        settings.PLI_MAIL_URL = f"smtp://127.0.0.1:{letters.port}/?tls=none"
        deliver(message.id, clock=clock)
        assert letters.messages[0]["Message-ID"] == message.message_id


@pytest.mark.django_db
def test_the_local_outbox_closes_when_a_provider_is_set(
    ask: Ask, alice: StaffActor, clock: FrozenClock, settings: Any
) -> None:
    message = ask()
    deliver(message.id, clock=clock)
    [letter] = local_outbox(alice)
    assert LINK in letter.text and LINK in letter.html and letter.to == "julie@client.example"
    settings.PLI_MAIL_URL = DOWN
    assert local_outbox(alice) == []  # SMS alone are still local
    settings.PLI_SMS_URL = "json://127.0.0.1/{to}"
    with pytest.raises(NoLocalOutbox):
        local_outbox(alice)
    sweep_messages(clock=clock)
    assert not MessageSecret.objects.exists()


@pytest.mark.django_db
def test_the_sweep_takes_up_what_was_lost(ask: Ask, clock: FrozenClock) -> None:
    ask()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
        clock.advance(minutes=3)
        assert sweep_messages(clock=clock) == 1
        assert sweep_messages(clock=clock) == 0
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'pli.notifications.send_message'")
        assert cursor.fetchone() == (1,)


@pytest.mark.django_db
def test_a_try_cut_short_is_told_and_tried_again(ask: Ask, clock: FrozenClock) -> None:
    message = ask()
    MessageAttempt.objects.create(message=message, started_at=clock.now())
    deliver(message.id, clock=clock)
    first, second = MessageAttempt.objects.order_by("started_at", "id")
    assert (first.outcome, second.outcome) == ("UNKNOWN", "SENT")
    assert "interrompu" in first.server_reply


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_one_message(ask: Ask, clock: FrozenClock, settings: Any) -> None:
    message, start = ask(), threading.Barrier(4)

    def work(_turn: int) -> None:
        start.wait()
        try:
            deliver(message.id, clock=clock)
        finally:
            connection.close()

    with real_server() as letters:
        settings.PLI_MAIL_URL = f"smtp://127.0.0.1:{letters.port}/?tls=none"
        with ThreadPool(4) as workers:
            workers.map(work, range(4))
        assert len(letters.messages) == 1
    message.refresh_from_db()
    assert (message.state, message.tries) == (MessageState.SENT, 1)


@pytest.mark.django_db(transaction=True)
def test_the_same_key_asked_at_once_is_one_message(ask: Ask) -> None:
    start = threading.Barrier(4)

    def work(_turn: int) -> str:
        start.wait()
        try:
            return str(ask(dedupe_key="same").id)
        finally:
            connection.close()

    with ThreadPool(4) as workers:
        assert len(set(workers.map(work, range(4)))) == 1
    assert Message.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_what_leaves_this_instant_is_not_called_cancelled(ask: Ask, clock: FrozenClock) -> None:
    message, asked, done = ask(), threading.Event(), threading.Event()

    def hold() -> None:
        from pli.notifications.hold import held

        with held(message.id):
            asked.set()
            done.wait(10)
        connection.close()

    worker = threading.Thread(target=hold)
    worker.start()
    asked.wait(10)
    assert cancel_messages_about(SUBJECT, clock=clock) == 0
    done.set()
    worker.join()
    deliver(message.id, clock=clock)  # the try failed: the wish to cancel is honoured before another one
    message.refresh_from_db()
    assert message.state == MessageState.CANCELLED


def test_many_processes_agree_on_one_key(tmp_path: Path) -> None:
    start = threading.Barrier(8)

    def work(_turn: int) -> bytes:
        start.wait()
        return load_key(tmp_path / "keys" / "notices.key")

    with ThreadPool(8) as workers:
        assert len(set(workers.map(work, range(8)))) == 1
    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["notices.key"]


@pytest.mark.django_db
def test_a_lost_key_fails_the_message_plainly(ask: Ask, clock: FrozenClock) -> None:
    message = ask()
    key_path().unlink()
    deliver(message.id, clock=clock)
    message.refresh_from_db()
    assert message.state == MessageState.FAILED and "notices.key" in message.reason


@pytest.mark.django_db
def test_the_checks_say_what_to_do(ask: Ask, clock: FrozenClock, settings: Any) -> None:
    assert (check_mail().state, check_sms().state, check_message_queue(clock=clock).state) == (
        "warning",
        "warning",
        "ok",
    )
    settings.PLI_MAIL_URL = DOWN
    assert check_mail().state == "error" and "refuse la connexion" in check_mail().sentence
    settings.PLI_SMS_SENDER = "Atelier Mercier"
    assert check_sms().state == "error"
    message = ask()
    clock.advance(minutes=20)
    assert check_message_queue(clock=clock).state == "error"
    key_path().chmod(0o644)
    assert check_message_key().cure.startswith("chmod 600")
    with real_server() as letters:
        settings.PLI_MAIL_URL = f"smtp://127.0.0.1:{letters.port}/?tls=none"
        assert check_mail().state == "ok"
    with transaction.atomic():
        cancel_messages_about((message.subject_type, message.subject_id), clock=clock)
    assert check_message_queue(clock=clock).state == "ok"
