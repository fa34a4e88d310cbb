"""Submission: real SMTP against the real door, what is acknowledged is durable, and nothing is smuggled in."""

from __future__ import annotations

import base64
import hashlib
import smtplib
import socket

import pytest
from django.test import override_settings

from pli.documents.api import existing_blob_path
from pli.gateway.api import MailMessage, MailRecipient, MailState, RelayState
from pli.kit.gate import FORGIVEN
from tests.gateway.conftest import Post, unchecked
from tests.notifications.mail_server import real_server
from tests.support.queue import RunJobs

PLAIN = (
    b"From: chloe@mercier.example\r\nTo: julie@client.example\r\nSubject: Bonjour\r\nMessage-ID: <a@b>\r\n\r\n%s\r\n"
)


def _raw(post: Post) -> socket.socket:
    """A logged-in connection, TLS under it, for bytes that no client writes."""
    line = socket.create_connection(("127.0.0.1", post.port), timeout=10)
    _say(line, b"")
    _say(line, b"EHLO test\r\n")
    _say(line, b"STARTTLS\r\n")
    line = unchecked().wrap_socket(line)
    _say(line, b"EHLO test\r\n")
    token = base64.b64encode(f"\0{post.login}\0{post.secret}".encode())
    assert _say(line, b"AUTH PLAIN " + token + b"\r\n").startswith(b"235")
    return line


def _say(line: socket.socket, said: bytes) -> bytes:
    if said:
        line.sendall(said)
    answer = b""
    while not answer.endswith(b"\r\n") or answer.splitlines()[-1][3:4] == b"-":
        chunk = line.recv(4096)
        if not chunk:
            break
        answer += chunk
    return answer


def test_what_is_accepted_is_durable_once_and_relayed_byte_for_byte(post: Post, run_jobs: RunJobs) -> None:
    body = b"..dots\r\n.\tone\r\n" + bytes(range(32, 127)) + "é ü".encode() + b"\r\n\r\n.. fin\r\n" + b"x" * 990
    content = PLAIN % body
    for _again in range(2):
        post.send(content, "julie@client.example", "paul@client.example")
    mail = MailMessage.objects.get()
    assert (mail.resent, mail.state, mail.subject) == (1, MailState.HANDLED, "Bonjour")
    assert existing_blob_path(mail.blob_id).read_bytes() == content
    with real_server() as host, override_settings(PLI_MAIL_URL=f"smtp://127.0.0.1:{host.port}/?tls=none"):
        run_jobs()
    [envelope] = host.envelopes
    assert envelope.content == content
    assert envelope.rcpt_tos == ["julie@client.example", "paul@client.example"]
    assert envelope.mail_from == post.email
    assert set(MailRecipient.objects.values_list("state", flat=True)) == {RelayState.RELAYED}


def test_nobody_sends_without_logging_in_nor_logs_in_without_tls(post: Post) -> None:
    with smtplib.SMTP("127.0.0.1", post.port, timeout=10) as client:
        client.ehlo()
        assert "auth" not in client.esmtp_features
        assert client.esmtp_features["size"] == str(25 << 20)
        assert client.docmd("AUTH", "PLAIN AGEAYg==")[0] == 538
        assert client.mail("chloe@mercier.example")[0] == 530
        client.starttls(context=unchecked())
        client.ehlo()
        assert client.mail("chloe@mercier.example")[0] == 530
    with post.session() as client:
        assert client.mail("alice@mercier.example")[0] == 553
        client.rset()
        assert client.mail("")[0] == 250
    assert not MailMessage.objects.exists()


def test_a_guesser_is_kept_out_and_what_they_tried_is_in_no_log(
    post: Post, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pli.kit.gate.LONGEST_DELAY", 0.0)
    with smtplib.SMTP("127.0.0.1", post.port, timeout=10) as client:
        client.starttls(context=unchecked())
        client.ehlo()
        wrong = base64.b64encode(f"\0{post.login}\0mot-de-passe-faux".encode()).decode()
        for _ in range(FORGIVEN):
            assert client.docmd("AUTH", f"PLAIN {wrong}")[0] == 535
        with pytest.raises(smtplib.SMTPAuthenticationError) as refusal:
            client.login(post.login, post.secret)
        assert refusal.value.smtp_code == 421
    assert "mot-de-passe-faux" not in caplog.text
    assert wrong not in caplog.text


@pytest.mark.parametrize("end", [b"\n.\n", b"\n.\r\n", b"\r.\r", b"\r.\r\n", b"\r\n.\n", b"\r\n.\r", b"\r\n\x00.\r\n"])
def test_smuggling_sequences_make_one_message(post: Post, run_jobs: RunJobs, end: bytes) -> None:
    hidden = end + b"MAIL FROM:<%s>\r\nRCPT TO:<victim@client.example>\r\nDATA\r\n" % post.email.encode()
    line = _raw(post)
    for command in (f"MAIL FROM:<{post.email}>", "RCPT TO:<julie@client.example>"):
        assert _say(line, command.encode() + b"\r\n").startswith(b"250")
    assert _say(line, b"DATA\r\n").startswith(b"354")
    said = PLAIN % (b"first" + hidden + b"Subject: hidden\r\n\r\nsecond")
    assert _say(line, said + b".\r\n").startswith(b"250")
    assert _say(line, b"QUIT\r\n").startswith(b"221")
    line.close()
    with real_server() as host, override_settings(PLI_MAIL_URL=f"smtp://127.0.0.1:{host.port}/?tls=none"):
        run_jobs()
    [envelope] = host.envelopes
    assert envelope.rcpt_tos == ["julie@client.example"]
    content = envelope.content or b""
    assert isinstance(content, bytes)
    assert b"RCPT TO:<victim@client.example>" in content
    assert content.count(b"\n") == content.count(b"\r\n") == content.count(b"\r")


def test_what_is_said_before_starttls_is_forgotten(post: Post) -> None:
    line = socket.create_connection(("127.0.0.1", post.port), timeout=10)
    _say(line, b"")
    _say(line, b"EHLO test\r\n")
    answer = _say(line, b"STARTTLS\r\nEHLO injected\r\nMAIL FROM:<x@y.example>\r\n")
    assert answer == b"220 Ready to start TLS\r\n"
    secure = unchecked().wrap_socket(line)
    # Nothing answers the injected lines: the first word is ours, and the greeting must be said again.
    assert _say(secure, b"MAIL FROM:<x@y.example>\r\n").startswith(b"503")
    secure.close()


def test_pipelined_messages_on_one_line_are_two(post: Post) -> None:
    line = _raw(post)
    start = f"MAIL FROM:<{post.email}>\r\nRCPT TO:<julie@client.example>\r\nDATA\r\n".encode()
    line.sendall(start)
    line.sendall(PLAIN % b"one" + b".\r\n" + start)
    answers = b""
    while answers.count(b"354") < 2:
        answers += line.recv(4096)
    line.sendall(b".\r\n")
    while answers.count(b"2.0.0 Kept as") < 2:
        answers += line.recv(4096)
    line.close()
    sizes = sorted(MailMessage.objects.values_list("blob__size", flat=True))
    assert sizes == [0, len(PLAIN % b"one")]


def test_sizes_loops_and_headers(post: Post) -> None:
    with override_settings(PLI_SMTP_MAX_BYTES=200_000), post.session() as client:
        client.mail(post.email)
        client.rcpt("julie@client.example")
        assert client.data(PLAIN % (b"y" * 300_000))[0] == 552
        client.mail(post.email)
        client.rcpt("julie@client.example")
        assert client.data(b"Received: by x\r\n" * 60 + PLAIN % b"loop")[0] == 554
        assert client.mail(post.email)[0] == 250
        assert client.rcpt("julie\x07@client.example")[0] == 553
    assert not MailMessage.objects.exists()


def test_a_message_of_many_megabytes_goes_to_the_disk(post: Post) -> None:
    body = b"".join(hashlib.sha256(str(n).encode()).hexdigest().encode() + b"\r\n" for n in range(60_000))
    content = PLAIN % body
    post.send(content)
    mail = MailMessage.objects.get()
    assert mail.blob_id == hashlib.sha256(content).hexdigest()
    assert mail.blob.size == len(content)
