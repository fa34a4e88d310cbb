"""Large files over real HTTP: whole, flat in memory, refused early when too large, without a trace when cut short."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings

from pli.capture.api import Capture
from pli.documents.api import blob_path
from tests.api.conftest import token_of
from tests.api.live import Server, serve
from tests.support.people import make_house

pytestmark = pytest.mark.django_db(transaction=True)
MEGABYTE = 1 << 20
SIZE = 320 * MEGABYTE


def _chunks(size: int, digest: object = None) -> Iterator[bytes]:
    block = os.urandom(MEGABYTE)
    for _ in range(size // MEGABYTE):
        if digest is not None:
            digest.update(block)  # type: ignore[attr-defined]
        yield block


def _connect(server: Server) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=120)


def _send_raw(server: Server, token: str, size: int) -> tuple[int, dict[str, object], str]:
    digest = hashlib.sha256()
    wire = _connect(server)
    wire.putrequest("PUT", f"/api/v1/captures/by-key/big-{size}?file_name=gros.pdf")
    for name, value in (
        ("Authorization", f"Bearer {token}"),
        ("Content-Type", "application/pdf"),
        ("Content-Length", str(size)),
    ):
        wire.putheader(name, value)
    wire.endheaders()
    for chunk in _chunks(size, digest):
        wire.send(chunk)
    answer = wire.getresponse()
    return answer.status, json.loads(answer.read()), digest.hexdigest()


def _send_form(server: Server, token: str, size: int) -> tuple[int, dict[str, object], str]:
    digest = hashlib.sha256()
    head = (
        b'--cut\r\nContent-Disposition: form-data; name="title"\r\n\r\nGros\r\n'
        b'--cut\r\nContent-Disposition: form-data; name="file"; filename="gros.pdf"\r\n'
        b"Content-Type: application/pdf\r\n\r\n"
    )
    tail = b"\r\n--cut--\r\n"
    wire = _connect(server)
    wire.putrequest("POST", "/api/v1/captures")
    length = len(head) + size + len(tail)
    for name, value in (
        ("Authorization", f"Bearer {token}"),
        ("Content-Type", "multipart/form-data; boundary=cut"),
        ("Content-Length", str(length)),
    ):
        wire.putheader(name, value)
    wire.endheaders(head)
    for chunk in _chunks(size, digest):
        wire.send(chunk)
    wire.send(tail)
    answer = wire.getresponse()
    return answer.status, json.loads(answer.read()), digest.hexdigest()


def test_large_files_stream_with_flat_memory(record_property: Callable[[str, object], None]) -> None:
    token = token_of(make_house().chloe)
    with serve() as server:
        for send in (_send_raw, _send_form):
            status, _, _ = send(server, token, 2 * MEGABYTE)
            assert status == 201
        before = server.peak_memory()
        for send in (_send_raw, _send_form):
            status, capture, sha256 = send(server, token, SIZE)
            assert status == 201, capture
            assert (capture["sha256"], capture["size"]) == (sha256, SIZE)
            assert blob_path(sha256).stat().st_size == SIZE
            blob_path(sha256).unlink()
        grown = server.peak_memory() - before
    assert before > 0
    record_property("bytes_grown", grown)
    assert grown < 40 * MEGABYTE, f"{grown / MEGABYTE:.0f} MB more for {2 * SIZE / MEGABYTE:.0f} MB sent"


def test_too_large_is_refused_before_it_is_sent_and_a_cut_leaves_nothing() -> None:
    token = token_of(make_house().chloe)
    with serve() as server:
        wire = _connect(server)
        wire.putrequest("PUT", "/api/v1/captures/by-key/huge")
        for name, value in (
            ("Authorization", f"Bearer {token}"),
            ("Content-Type", "application/pdf"),
            ("Content-Length", str(2 << 30)),
        ):
            wire.putheader(name, value)
        wire.endheaders()
        wire.send(b"x" * 1000)
        answer = wire.getresponse()
        assert (answer.status, json.loads(answer.read())["code"]) == (413, "CAP-002")
        wire.close()

        address = urlsplit(server.url)
        with socket.create_connection((address.hostname, address.port)) as cut:
            head = f"PUT /api/v1/captures/by-key/cut HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
            cut.sendall(
                head.encode() + b"Content-Type: application/pdf\r\nContent-Length: 5000000\r\n\r\n" + b"x" * 100_000
            )
        until = time.monotonic() + 20
        staging = Path(settings.PLI_HOME) / "staging"
        while list(staging.glob("*")) and time.monotonic() < until:
            time.sleep(0.1)
        assert list(staging.glob("*")) == []
    assert Capture.objects.count() == 0
