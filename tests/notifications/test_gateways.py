"""The contract of every gateway, against real servers on loopback."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from pli.kit.errors import PlugError
from pli.notifications.gateways.apprise import AppriseSmsGateway
from pli.notifications.gateways.ovh import OvhSmsGateway
from pli.notifications.gateways.smtp import SmtpGateway
from pli.notifications.plugs import AttachedFile, GatewaySettings, OutgoingEmail, OutgoingSms, Receipt
from pli.notifications.routing import GATEWAYS

from .mail_server import real_server, scripted_server

SMS = OutgoingSms("<one@atelier.example>", "+33612345678", "Atelier", "123456 : votre code")


def mail(**changes: Any) -> OutgoingEmail:
    given: dict[str, Any] = {
        "message_id": "<one@atelier.example>", "sender_name": "Atelier", "sender_address": "pli@atelier.example",
        "reply_to": "alice@atelier.example", "to_name": "Julie", "to_address": "julie@client.example",
        "subject": "Devis", "text": "Bonjour\n.\nsuite", "html": "<p>Bonjour</p>", "language": "fr",
        "written_at": datetime(2026, 11, 21, tzinfo=UTC),
    }  # fmt: skip
    return OutgoingEmail(**{**given, **changes})


class _Provider(BaseHTTPRequestHandler):
    """Answers as ``server.answers[path ending]`` says, and keeps what it was asked."""

    server: Provider

    def _reply(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.asked.append((self.command, self.path, dict(self.headers), body))
        status, answer = next((a for end, a in self.server.answers.items() if self.path.endswith(end)), (200, "{}"))
        self.send_response(status)
        self.end_headers()
        self.wfile.write(answer.encode())

    do_GET = do_POST = _reply

    def log_message(self, format: str, *args: Any) -> None:
        """Silent."""


class Provider(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, answers: dict[str, tuple[int, str]]) -> None:
        self.answers, self.asked = answers, list[tuple[str, str, dict[str, str], bytes]]()
        super().__init__(("127.0.0.1", 0), _Provider)


@contextmanager
def provider(answers: dict[str, tuple[int, str]] | None = None) -> Iterator[Provider]:
    server = Provider(answers or {})
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def ovh_url(server: Provider) -> str:
    return f"ovh://key:secret:consumer@sms-ab1-1/?endpoint=http://127.0.0.1:{server.server_port}/1.0"


OVH_TAKES = {
    "/auth/time": (200, "1795251600"),
    "/jobs": (200, json.dumps({"ids": [42], "validReceivers": ["+33612345678"]})),
}
SMS_GATEWAYS = {
    "apprise": ({}, lambda s: f"json://127.0.0.1:{s.server_port}/{{to}}"),
    "ovh": (OVH_TAKES, ovh_url),
    "local-sms": ({}, lambda s: "local://"),
}


def test_every_installed_gateway_is_under_this_contract() -> None:
    assert set(GATEWAYS.all()) == {*SMS_GATEWAYS, "smtp", "local-email"}


@pytest.mark.parametrize("slug", SMS_GATEWAYS)
def test_an_sms_gateway_gives_a_receipt(slug: str) -> None:
    answers, url = SMS_GATEWAYS[slug]
    with provider(answers) as server:
        gateway = GATEWAYS.get(slug)(GatewaySettings(url(server), timeout=5))
        receipt = gateway.send(SMS)
    assert isinstance(receipt, Receipt)
    assert receipt.provider.startswith(gateway.slug)
    assert "123456" not in receipt.server_reply


@pytest.mark.parametrize("slug", ["apprise", "ovh"])
@pytest.mark.parametrize("status", [500, 503, 401])
def test_an_sms_gateway_out_of_order_is_a_passing_fault(slug: str, status: int) -> None:
    url = SMS_GATEWAYS[slug][1]
    with provider({"": (status, "<html>oops")}) as server:
        gateway = GATEWAYS.get(slug)(GatewaySettings(url(server), timeout=5))
        with pytest.raises(PlugError) as caught:
            gateway.send(SMS)
    assert not caught.value.permanent
    assert "612345678" not in str(caught.value) and "123456" not in str(caught.value)


@pytest.mark.parametrize("slug", ["apprise", "ovh"])
def test_an_sms_gateway_that_nobody_answers_is_a_passing_fault(slug: str) -> None:
    with provider() as server:
        address = SMS_GATEWAYS[slug][1](server)
    with pytest.raises(PlugError) as caught:
        GATEWAYS.get(slug)(GatewaySettings(address, timeout=5)).send(SMS)
    assert not caught.value.permanent


def test_ovh_is_asked_as_it_wants_to_be() -> None:
    with provider(OVH_TAKES) as server:
        receipt = OvhSmsGateway(GatewaySettings(ovh_url(server))).send(SMS)
        method, path, headers, body = server.asked[-1]
        url = f"http://127.0.0.1:{server.server_port}{path}"
    signed = f"secret+consumer+POST+{url}+{body.decode()}+1795251600"
    assert headers["X-Ovh-Signature"] == "$1$" + hashlib.sha1(signed.encode()).hexdigest()  # noqa: S324
    sent = json.loads(body)
    assert (method, sent["receivers"], sent["noStopClause"], sent["coding"]) == ("POST", ["+33612345678"], True, "7bit")
    assert receipt.provider_id == "42"


def test_ovh_refusing_the_number_is_for_good() -> None:
    answers = {**OVH_TAKES, "/jobs": (200, json.dumps({"invalidReceivers": ["+33"], "validReceivers": []}))}
    with provider(answers) as server, pytest.raises(PlugError) as caught:
        OvhSmsGateway(GatewaySettings(ovh_url(server))).send(SMS)
    assert caught.value.permanent


def test_apprise_gets_the_number_and_the_text() -> None:
    with provider() as server:
        AppriseSmsGateway(GatewaySettings(f"json://127.0.0.1:{server.server_port}/{{digits}}")).send(SMS)
        _, path, _, body = server.asked[-1]
    assert path.rstrip("/") == "/33612345678"
    assert json.loads(body)["message"] == SMS.text


@pytest.mark.parametrize("gateway", [AppriseSmsGateway, OvhSmsGateway, SmtpGateway])
def test_a_wrong_address_is_said_plainly(gateway: Any) -> None:
    with pytest.raises(ValueError, match=r"PLI_(SMS|MAIL)_URL"):
        gateway(GatewaySettings("nothing://"))


def test_dots_files_and_accents_cross_smtp_whole(tmp_path: Path) -> None:
    paper = tmp_path / "a"
    paper.write_bytes(b"%PDF-1.7\r\n.\r\nQUIT\r\n")
    with real_server() as letters:
        gateway = SmtpGateway(GatewaySettings(f"smtp://127.0.0.1:{letters.port}/?tls=none"))
        gateway.send(mail(subject="Été à Noël", attachments=(AttachedFile(paper, "Devis été.pdf", "application/pdf"),)))
        [received] = letters.messages
    assert received["Subject"] == "Été à Noël"
    body = received.get_body(("plain",))
    assert body is not None and body.get_content().splitlines() == ["Bonjour", ".", "suite"]
    [attached] = received.iter_attachments()
    assert attached.get_filename() == "Devis été.pdf"
    assert attached.get_content() == paper.read_bytes()


def test_an_accented_domain_is_written_in_idna_and_an_accented_name_needs_smtputf8() -> None:
    with real_server(enable_SMTPUTF8=True) as letters:
        gateway = SmtpGateway(GatewaySettings(f"smtp://127.0.0.1:{letters.port}/?tls=none"))
        gateway.send(mail(to_address="julie@société.example"))
        gateway.send(mail(to_address="hélène@société.example"))
        assert [e.rcpt_tos for e in letters.envelopes] == [
            ["julie@xn--socit-esab.example"],
            ["hélène@xn--socit-esab.example"],
        ]
    with scripted_server() as plain, pytest.raises(PlugError) as caught:
        SmtpGateway(GatewaySettings(plain.url)).send(mail(to_address="hélène@client.example"))
    assert caught.value.permanent


def test_a_server_without_starttls_gets_nothing() -> None:
    with scripted_server() as plain, pytest.raises(PlugError, match="STARTTLS") as caught:
        SmtpGateway(GatewaySettings(plain.url.replace("tls=none", "tls=starttls"))).send(mail())
    assert not caught.value.permanent
    assert plain.bodies == []


def test_a_wrong_password_waits_to_be_mended() -> None:
    with scripted_server(EHLO="250-x\r\n250 AUTH PLAIN", AUTH="535 bad credentials") as server:
        url = server.url.replace("smtp://", "smtp://pli:secret@")
        with pytest.raises(PlugError, match="535") as caught:
            SmtpGateway(GatewaySettings(url)).send(mail())
    assert not caught.value.permanent
    assert "secret" not in str(caught.value)


def test_the_probe_sends_nothing() -> None:
    with real_server() as letters:
        said = SmtpGateway(GatewaySettings(f"smtp://127.0.0.1:{letters.port}/?tls=none")).probe()
        assert "répond" in said
        assert letters.envelopes == []
