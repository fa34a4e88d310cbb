"""A gateway that really listens, on committed data; a smart host that misbehaves on demand."""

from __future__ import annotations

import gc
import smtplib
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.db import connection

from pli.gateway.api import MailDoors, MailService, make_account
from pli.parties.api import Account, StaffActor
from pli.project.config import config
from pli.project.own_certificate import ensure_own_certificate
from tests.support.people import House, make_house


@dataclass(frozen=True)
class Post:
    """A member with a log-in at a gateway that listens."""

    house: House
    port: int
    actor: StaffActor
    email: str
    login: str
    secret: str

    @contextmanager
    def session(self) -> Iterator[smtplib.SMTP]:
        """A connection, encrypted and logged in."""
        with smtplib.SMTP("127.0.0.1", self.port, timeout=10) as client:
            client.starttls(context=unchecked())
            client.login(self.login, self.secret)
            yield client

    def send(self, content: bytes, *recipients: str) -> None:
        """Send one message as oneself."""
        with self.session() as client:
            client.sendmail(self.email, list(recipients) or ["julie@client.example"], content)


def unchecked() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def listening(**more: int) -> Iterator[int]:
    (config().home / "keys").mkdir(exist_ok=True, mode=0o700)
    cert, key = ensure_own_certificate(config())
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(cert, key)
    port = free_port()
    service = MailService(MailDoors("127.0.0.1", "localhost", port, tls=tls, **more))
    thread = threading.Thread(target=service.run)
    thread.start()
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.02)
        yield port
    finally:
        service.stop()
        thread.join(10)
        gc.collect()


@pytest.fixture
def post(transactional_db: None, tmp_path: Path) -> Iterator[Post]:
    kept = connection.settings_dict["CONN_MAX_AGE"]
    connection.settings_dict["CONN_MAX_AGE"] = 0
    try:
        house = make_house()
        account, secret = make_account(house.chloe)
        email = Account.objects.get(id=house.chloe.account_id).email
        with listening() as port:
            yield Post(house, port, house.chloe, email, account.login, secret)
    finally:
        connection.settings_dict["CONN_MAX_AGE"] = kept
