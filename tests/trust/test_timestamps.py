"""Timestamps, judged by OpenSSL; remote authorities, honest and not, over real HTTP on the loopback."""

from __future__ import annotations

import hashlib
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from asn1crypto import tsp

from pli.kit.errors import PlugError
from pli.trust.api import (
    LocalTimestamps,
    RemoteTimestamps,
    SealIdentity,
    TrustStore,
    timestamp_service,
    verify_timestamp,
)
from pli.trust.remote_timestamps import TimestampResponse
from pli.trust.signed_data import TST_INFO, sign_digest, wrap

DIGEST = hashlib.sha256(b"contract").digest()


def openssl(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["openssl", "ts", *map(str, arguments)], capture_output=True, text=True, check=False)


def test_openssl_accepts_the_token(timestamps: LocalTimestamps, root_file: Path, tmp_path: Path) -> None:
    token = tmp_path / "token.tst"
    token.write_bytes(timestamps.timestamp(DIGEST))
    judged = openssl("-verify", "-digest", DIGEST.hex(), "-in", token, "-token_in", "-CAfile", root_file)
    assert "Verification: OK" in judged.stdout
    other = openssl("-verify", "-digest", "00" * 32, "-in", token, "-token_in", "-CAfile", root_file)
    assert "Verification: OK" not in other.stdout


@pytest.mark.parametrize("algorithm", ["sha256", "sha384", "sha512"])
@pytest.mark.parametrize("options", [("-cert",), (), ("-cert", "-no_nonce")])
def test_openssl_accepts_the_response(
    algorithm: str,
    options: tuple[str, ...],
    timestamps: LocalTimestamps,
    store: TrustStore,
    root_file: Path,
    tmp_path: Path,
) -> None:
    from cryptography.hazmat.primitives.serialization import Encoding

    query, reply, signer = tmp_path / "q", tmp_path / "r", tmp_path / "signer.pem"
    signer.write_bytes(store.timestamp_identity().certificate.public_bytes(Encoding.PEM))
    openssl("-query", "-data", root_file, f"-{algorithm}", *options, "-out", query)
    reply.write_bytes(timestamps.respond(query.read_bytes()))
    judged = openssl("-verify", "-queryfile", query, "-in", reply, "-CAfile", root_file, "-untrusted", signer)
    assert "Verification: OK" in judged.stdout, judged.stderr
    assert "Accuracy: 0x01 seconds" in openssl("-reply", "-in", reply, "-text").stdout


@pytest.mark.parametrize("options", [("-md5",), ("-sha1",), ("-sha256", "-tspolicy", "1.2.3.4")])
def test_refusals_are_well_formed(
    options: tuple[str, ...], timestamps: LocalTimestamps, root_file: Path, tmp_path: Path
) -> None:
    query, reply = tmp_path / "q", tmp_path / "r"
    openssl("-query", "-data", root_file, *options, "-out", query)
    reply.write_bytes(timestamps.respond(query.read_bytes()))
    assert "Status: Rejected." in openssl("-reply", "-in", reply, "-text").stdout


@pytest.mark.parametrize("request_der", [b"", b"garbage", b"\x30\x80", b"\x30\x03\x02\x01\x01"])
def test_garbage_is_answered(request_der: bytes, timestamps: LocalTimestamps) -> None:
    answer = TimestampResponse.load(timestamps.respond(request_der))
    assert answer["status"]["status"].native == "rejection"
    assert answer["status"]["fail_info"].native == {"bad_data_format"}


def test_serials_differ_and_verdicts_tell(timestamps: LocalTimestamps, store: TrustStore) -> None:
    tokens = [timestamps.timestamp(DIGEST) for _ in range(20)]
    verdicts = [verify_timestamp(token, DIGEST, store.roots()) for token in tokens]
    assert len({verdict.serial_number for verdict in verdicts}) == 20
    assert all(verdict.is_intact and verdict.is_trusted for verdict in verdicts)
    assert verify_timestamp(tokens[0], DIGEST, ()).reason == "authority_unknown"
    assert verify_timestamp(tokens[0], b"0" * 32, store.roots()).reason == "timestamp_of_something_else"
    for damaged in (b"", tokens[0][:-1], tokens[0] + b"\0", b"x" * 500, tokens[0].replace(b"Pli", b"Plo")):
        assert not verify_timestamp(damaged, DIGEST, store.roots()).is_intact


def test_a_seal_cannot_date(seal: SealIdentity, timestamps: LocalTimestamps, store: TrustStore) -> None:
    """A token signed with a certificate that is not for timestamps."""
    content = bytes(tsp.ContentInfo.load(timestamps.timestamp(DIGEST))["content"]["encap_content_info"]["content"])
    signature = sign_digest(seal, hashlib.sha256(content).digest(), kind=TST_INFO)
    verdict = verify_timestamp(wrap(signature, content=content), DIGEST, store.roots())
    assert verdict.reason == "not_a_timestamp_certificate"


@contextmanager
def authority(answer: Callable[[bytes], tuple[int, bytes]]) -> Iterator[tuple[str, list[dict[str, str]]]]:
    seen: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            return

        def do_POST(self) -> None:
            seen.append({key.lower(): value for key, value in self.headers.items()})
            status, body = answer(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/tsa", seen
        server.shutdown()


def test_remote_authority(timestamps: LocalTimestamps, store: TrustStore) -> None:
    with authority(lambda body: (200, timestamps.respond(body))) as (url, seen):
        remote = RemoteTimestamps(url, username="alice", password="p", allow_private=True)
        assert verify_timestamp(remote.timestamp(DIGEST), DIGEST, store.roots()).is_trusted
    assert seen[0]["content-type"] == "application/timestamp-query"
    assert seen[0]["authorization"] == "Basic YWxpY2U6cA=="


def test_inner_addresses_are_refused_for_good() -> None:
    with pytest.raises(PlugError) as refused:
        RemoteTimestamps("http://127.0.0.1:1/").timestamp(DIGEST)
    assert refused.value.permanent


def test_dishonest_or_broken_authorities(timestamps: LocalTimestamps) -> None:
    replayed = timestamps.respond(RemoteTimestamps("http://x/")._request(DIGEST, 1))
    other = RemoteTimestamps("http://x/")._request(b"0" * 32, 5)
    answers: list[tuple[int, bytes, bool]] = [
        (500, b"", False),
        (503, b"", False),
        (429, b"", False),
        (404, b"", True),
        (401, b"", True),
        (200, b"", False),
        (200, b"<html>hello</html>", False),
        (200, replayed, False),
        (200, timestamps.respond(other), False),
        (200, timestamps.respond(b"garbage"), True),
        (200, b"x" * 200_000, True),
    ]
    for status, body, permanent in answers:
        with authority(lambda _, status=status, body=body: (status, body)) as (url, _):  # type: ignore[misc]
            with pytest.raises(PlugError) as refused:
                RemoteTimestamps(url, allow_private=True, timeout=2).timestamp(DIGEST)
            assert refused.value.permanent is permanent, (status, body[:20])


def test_choice_of_service(store: TrustStore) -> None:
    assert isinstance(timestamp_service(store), LocalTimestamps)
    assert isinstance(timestamp_service(store, "https://tsa.example/"), RemoteTimestamps)
