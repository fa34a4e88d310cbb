"""Outgoing calls against real loopback servers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from pli.kit.errors import PlugError
from pli.kit.outgoing import OutgoingPolicy, is_never_allowed, is_public, send_request

OPEN = OutgoingPolicy(allow_private=True, timeout=2, deadline=3)


class Handler(BaseHTTPRequestHandler):
    seen: list[dict[str, Any]]

    def log_message(self, *_: Any) -> None:
        return

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        type(self).seen.append({"path": self.path, "headers": dict(self.headers), "body": body, "method": self.command})
        if self.path.startswith("/to/"):
            self.send_response(int(self.path.split("/")[2]))
            self.send_header("Location", self.path.split("/", 3)[3])
            self.end_headers()
            return
        content = b"x" * 5000 if self.path == "/long" else b"hello"
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST


@pytest.fixture
def server() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    handler = type("Fresh", (Handler,), {"seen": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as made:
        threading.Thread(target=made.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{made.server_port}", handler.seen
        made.shutdown()


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1",
        "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1",
        "2002:7f00:1::", "ff02::1", "::127.0.0.1", "198.18.0.1", "192.0.2.1", "2001:db8::1",
    ],
)  # fmt: skip
def test_inner_addresses_are_refused(address: str) -> None:
    assert not is_public(address)
    url = f"http://[{address}]/" if ":" in address else f"http://{address}/"
    with pytest.raises(PlugError) as refused:
        send_request("GET", url, service="test")
    assert refused.value.permanent


@pytest.mark.parametrize("address", ["1.1.1.1", "91.198.174.192", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_outer_addresses_are_fine(address: str) -> None:
    assert is_public(address)
    assert not is_never_allowed(address)


def test_metadata_is_refused_even_where_private_is_allowed() -> None:
    with pytest.raises(PlugError) as refused:
        send_request("GET", "http://169.254.169.254/latest", service="test", policy=OPEN)
    assert refused.value.permanent


def test_name_with_one_inner_address_is_refused() -> None:
    with pytest.raises(PlugError) as refused:
        send_request("GET", "http://mixed.example/", service="t", resolve=lambda *_: ["1.1.1.1", "127.0.0.1"])
    assert refused.value.permanent


def test_the_judged_address_is_the_one_used_and_host_is_kept(server: tuple[str, list[dict[str, Any]]]) -> None:
    base, seen = server
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])
    url = base.replace("127.0.0.1", "hooks.example") + "/in?a=1"
    response = send_request(
        "POST", url, service="t", content=b"body", headers={"X-A": "1"}, policy=OPEN, resolve=lambda *_: next(answers)
    )
    assert (response.status, response.content, response.address) == (200, b"hello", "127.0.0.1")
    assert seen[0]["headers"]["host"] == url.split("/")[2]
    assert (seen[0]["path"], seen[0]["body"]) == ("/in?a=1", b"body")


def test_redirects_are_answers_unless_allowed_then_checked_again(server: tuple[str, list[dict[str, Any]]]) -> None:
    base, seen = server
    assert send_request("POST", base + "/to/307/" + base + "/x", service="t", policy=OPEN).status == 307
    following = replace(OPEN, max_redirects=2)
    response = send_request(
        "POST", base + "/to/307/" + base + "/x", service="t", policy=following, content=b"b", basic_auth=("u", "p")
    )
    assert response.status == 200
    assert (seen[-1]["path"], seen[-1]["body"]) == ("/x", b"b")
    assert "authorization" in {key.lower() for key in seen[-1]["headers"]}
    with pytest.raises(PlugError) as refused:
        send_request("POST", base + "/to/302/http://169.254.169.254/", service="t", policy=following)
    assert refused.value.permanent
    port = base.rsplit(":", 1)[1]
    other = f"http://other.example:{port}/y"
    send_request(
        "POST", base + "/to/302/" + other, service="t", policy=following, basic_auth=("u", "p"),
        resolve=lambda *_: ["127.0.0.1"],
    )  # fmt: skip
    assert seen[-1]["method"] == "GET"
    assert "authorization" not in {key.lower() for key in seen[-1]["headers"]}
    with pytest.raises(PlugError, match="redirections"):
        send_request("GET", f"{base}/to/302/{base}/to/302/{base}/to/302/{base}/x", service="t", policy=following)


def test_long_answers_are_cut(server: tuple[str, list[dict[str, Any]]]) -> None:
    with pytest.raises(PlugError, match="trop longue"):
        send_request("GET", server[0] + "/long", service="t", policy=replace(OPEN, max_response_bytes=1000))


@pytest.mark.parametrize(
    "url", ["ftp://x/", "http://u:p@example.org/", "http:///", "file:///etc/passwd", "http://[::1", ""]
)
def test_odd_urls_are_refused(url: str) -> None:
    with pytest.raises(PlugError) as refused:
        send_request("GET", url, service="t")
    assert refused.value.permanent


def test_nobody_there_is_temporary_and_the_url_stays_out_of_the_message() -> None:
    with pytest.raises(PlugError) as refused:
        send_request("GET", "http://127.0.0.1:9/secret-token", service="t", policy=OPEN)
    assert not refused.value.permanent
    assert "secret-token" not in str(refused.value)


def test_tls_checks_the_name_not_the_address() -> None:
    import ssl
    from datetime import UTC, datetime, timedelta
    from pathlib import Path
    from tempfile import TemporaryDirectory

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "tsa.example")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("tsa.example")]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    with (
        TemporaryDirectory() as folder,
        ThreadingHTTPServer(("127.0.0.1", 0), type("T", (Handler,), {"seen": []})) as made,
    ):
        pem = Path(folder) / "server.pem"
        encoded = certificate.public_bytes(Encoding.PEM)
        pem.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + encoded)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        made.socket = context.wrap_socket(made.socket, server_side=True)
        threading.Thread(target=made.serve_forever, daemon=True).start()
        trusting = replace(OPEN, tls=ssl.create_default_context(cadata=encoded.decode()))
        for host, works in (("tsa.example", True), ("evil.example", False)):
            url = f"https://{host}:{made.server_port}/"
            if works:
                assert send_request(
                    "GET", url, service="t", policy=trusting, resolve=lambda *_: ["127.0.0.1"]
                ).is_success
            else:
                with pytest.raises(PlugError, match="TLS"):
                    send_request("GET", url, service="t", policy=trusting, resolve=lambda *_: ["127.0.0.1"])
        made.shutdown()
