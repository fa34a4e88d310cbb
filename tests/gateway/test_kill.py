"""A gateway killed with -9: what it acknowledged is there, whole, once."""

from __future__ import annotations

import hashlib
import signal
import smtplib
import socket
import subprocess
import threading
import time
from pathlib import Path

import pytest
from django.conf import settings

from pli.documents.api import is_blob_intact
from pli.documents.blobs import sweep_staging
from pli.gateway.api import MailMessage, MailRecipient, RelayState, make_account
from pli.parties.api import Account
from pli.project.config import config
from tests.gateway.conftest import free_port, unchecked
from tests.notifications.mail_server import real_server
from tests.support.people import make_house
from tests.support.queue import RunJobs
from tests.support.workers import start_pli

STARTS_WITHIN = 90.0
"""Seconds: the machine may be busy with other tests."""
ENOUGH = 20


def _start(port: int) -> subprocess.Popen[bytes]:
    process = start_pli("mail", PLI_SMTP_PORT=str(port))
    until = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < until:
        assert process.poll() is None, "the gateway ended at once"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return process
        time.sleep(0.05)
    process.kill()
    raise AssertionError("the gateway did not start")


@pytest.mark.faults
@pytest.mark.django_db(transaction=True)
def test_what_was_acknowledged_before_a_kill_is_relayed_once(run_jobs: RunJobs) -> None:
    house = make_house()
    account, secret = make_account(house.chloe)
    email = Account.objects.get(id=house.chloe.account_id).email
    port = free_port()
    process = _start(port)
    acknowledged: list[str] = []

    def send(sender: int) -> None:
        try:
            with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
                client.starttls(context=unchecked())
                client.login(account.login, secret)
                for number in range(100):
                    body = f"Subject: {sender}.{number}\r\n\r\n".encode() + b"x" * 990 + b"\r\n"
                    client.sendmail(email, ["julie@client.example"], body)
                    acknowledged.append(hashlib.sha256(body).hexdigest())
        except (OSError, smtplib.SMTPException):
            return

    threads = [threading.Thread(target=send, args=(sender,)) for sender in range(4)]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 60
    while len(acknowledged) < ENOUGH and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    for thread in threads:
        thread.join(15)
    kept = list(MailMessage.objects.values_list("blob_id", flat=True))
    assert len(acknowledged) >= ENOUGH
    assert set(acknowledged) <= set(kept)
    assert len(kept) == len(set(kept))
    damaged = [blob for blob in kept if not is_blob_intact(blob)]
    assert not damaged, (len(damaged), len(kept), settings.PLI_HOME, config().home)
    with real_server() as host:
        settings.PLI_MAIL_URL, before = f"smtp://127.0.0.1:{host.port}/?tls=none", settings.PLI_MAIL_URL
        try:
            run_jobs()
        finally:
            settings.PLI_MAIL_URL = before
    assert set(MailRecipient.objects.values_list("state", flat=True)) == {RelayState.RELAYED}
    got = sorted(hashlib.sha256(envelope.content or b"").hexdigest() for envelope in host.envelopes)  # type: ignore[arg-type]
    assert got == sorted(kept)
    # What was being received when it died is half a file that nobody points to; the daily sweep takes it away.
    sweep_staging(older_than_seconds=0, now=time.time() + 60)
    assert not list(Path(settings.PLI_HOME, "staging").glob("blob-*"))
