"""The other doors: LMTP for a mail server that hands over, SMTPS for programs that encrypt from the first byte."""

from __future__ import annotations

import base64
import gc
import smtplib
import socket
import ssl
import tracemalloc
from pathlib import Path

import pytest
from django.test import override_settings

from pli.capture.api import GatewayOptions, SourceSettings, create_source
from pli.gateway.api import MailAccount, MailMessage, MailState, RelayState, make_account
from pli.gateway.handling import handle_message
from pli.parties.api import Account
from tests.gateway.conftest import Post, free_port, listening, unchecked
from tests.notifications.mail_server import real_server
from tests.support.queue import RunJobs

PLAIN = b"From: chloe@mercier.example\r\nSubject: Bonjour\r\nMessage-ID: <l@b>\r\n\r\n%s\r\n"


def _hand_over(client: smtplib.LMTP, sender: str, recipients: list[str], content: bytes) -> list[int]:
    """One message as Postfix hands it over; an answer for each recipient accepted (RFC 2033 §4.2)."""
    assert client.mail(sender)[0] == 250
    taken = [one for one in recipients if client.rcpt(one)[0] == 250]
    client.putcmd("data")
    assert client.getreply()[0] == 354
    client.send(content + b".\r\n")
    return [client.getreply()[0] for _ in taken]


def test_lmtp_takes_what_a_mail_server_hands_over_with_one_answer_a_recipient(
    post: Post, run_jobs: RunJobs, tmp_path: Path
) -> None:
    make_account(post.house.bruno)
    bruno = Account.objects.get(id=post.house.bruno.account_id).email
    port, path = free_port(), tmp_path / "lmtp.sock"
    both = ["julie@client.example", "paul@client.example"]
    with listening(lmtp_port=port, lmtp_socket=str(path)):
        with smtplib.LMTP("127.0.0.1", port) as client:
            client.ehlo_or_helo_if_needed()
            assert (
                _hand_over(client, post.email, [both[0], "bad\x07@client.example", both[1]], PLAIN % b"one")
                == [250] * 2
            )
            # A mail server keeps its connection for the next message, from somebody else.
            assert _hand_over(client, bruno, both, PLAIN % b"two") == [250, 250]
            assert client.mail("stranger@elsewhere.example")[0] == 550
            assert client.mail(post.email)[0] == 250
            assert client.docmd("DATA")[0] == 503
            assert client.docmd("EHLO", "x")[0] == 500
            assert client.docmd("HELO", "x")[0] == 500
        with smtplib.LMTP(str(path)) as client:
            client.ehlo_or_helo_if_needed()
            assert _hand_over(client, post.email, both[:1], PLAIN % b"three") == [250]
        assert path.stat().st_mode & 0o777 == 0o660
    assert not path.exists()
    assert list(MailMessage.objects.order_by("received_at").values_list("sender", flat=True)) == [
        post.email, bruno, post.email,
    ]  # fmt: skip
    with real_server() as host, override_settings(PLI_MAIL_URL=f"smtp://127.0.0.1:{host.port}/?tls=none"):
        run_jobs()
    sent = sorted((one.rcpt_tos, one.content) for one in host.envelopes)
    assert sent == sorted([(both, PLAIN % b"one"), (both, PLAIN % b"two"), (both[:1], PLAIN % b"three")])


def test_lmtp_is_for_this_machine_alone_and_knows_scans(post: Post, run_jobs: RunJobs) -> None:
    source, _ = create_source(post.house.bruno, chosen=SourceSettings("Copieur", GatewayOptions()))
    port = free_port()
    with listening(lmtp_port=port):
        others = [one[4][0] for one in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)]
        for address in {one for one in others if not str(one).startswith("127.")}:
            with socket.socket() as probe:
                assert probe.connect_ex((str(address), port)) != 0
        with smtplib.LMTP("127.0.0.1", port) as client:
            client.ehlo_or_helo_if_needed()
            client.mail(post.email)
            assert client.rcpt(f"{source.login}@localhost")[0] == 250


def test_smtps_is_encrypted_from_the_first_byte(post: Post, run_jobs: RunJobs) -> None:
    port = free_port()
    with listening(smtps_port=port):
        with smtplib.SMTP_SSL("127.0.0.1", port, context=unchecked()) as client:
            client.ehlo()
            assert "starttls" not in client.esmtp_features
            assert "auth" in client.esmtp_features
            assert client.mail(post.email)[0] == 530
            client.login(post.login, post.secret)
            client.sendmail(post.email, ["julie@client.example"], PLAIN % b"secure")
        with pytest.raises((smtplib.SMTPException, OSError)), smtplib.SMTP("127.0.0.1", port, timeout=2) as plain:
            plain.ehlo()
        with pytest.raises(ssl.SSLError):
            _speak_old_tls(port)
    assert MailMessage.objects.get().recipients.get().state == RelayState.QUEUED


def _speak_old_tls(port: int) -> None:
    context = unchecked()
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with socket.create_connection(("127.0.0.1", port), timeout=5) as line, context.wrap_socket(line):
        raise AssertionError("TLS 1.1 was spoken")


def test_a_large_message_goes_through_in_flat_memory(post: Post, run_jobs: RunJobs) -> None:
    """What a gigabyte does is measured by ./bench gateway --large-mb; here a size that buffering could not hide."""
    MailAccount.objects.update(takes_large=True)
    line = base64.b64encode(bytes(range(57))) + b"\r\n"
    chunk, count = line * 3_400, 260
    head = (
        b"From: %s\r\nSubject: *LIEN Plans\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"--b\r\n\r\nBonjour\r\n--b\r\nContent-Type: application/zip; name=a.zip\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n" % post.email.encode()
    )
    gc.collect()
    tracemalloc.start()
    try:
        with post.session() as client:
            client.mail(post.email)
            client.rcpt("julie@client.example")
            client.docmd("DATA")
            client.send(head)
            for _ in range(count):
                client.send(chunk)
            client.send(b"\r\n--b--\r\n.\r\n")
            assert client.getreply()[0] == 250
        handle_message(MailMessage.objects.get().id)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    mail = MailMessage.objects.get()
    assert (mail.state, mail.blob.size > 65_000_000) == (MailState.HANDLED, True)
    assert mail.files.get().blob.size == count * 3_400 * 57
    assert peak < 50_000_000, f"{peak / 1e6:.0f} MB for {mail.blob.size / 1e6:.0f}"
    with real_server() as host, override_settings(PLI_MAIL_URL=f"smtp://127.0.0.1:{host.port}/?tls=none"):
        run_jobs()
    [message] = host.messages
    assert len(message.as_bytes()) < 10_000
