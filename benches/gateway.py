"""The mail gateway: messages of 100 KB accepted and durable, then relayed without a byte changed.

Beside it the floor of the same run: the same bytes written and fsynced, and one row committed, without any gateway.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import os
import smtplib
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from benches.harness import arguments, percentile, report, serving
from benches.ipp import SENDERS, cpu_seconds, in_parallel, peak_megabytes

MESSAGE_BYTES = 100_000
RELAYED = 200
LARGE_MB = 200


def make_sender() -> tuple[str, str, str]:
    """A member with a log-in: address, login, password."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from pli.gateway.api import change_account, make_account
    from pli.parties.api import Account, Member, Role, StaffActor, create_organisation

    organisation = create_organisation(slug="banc", name="Banc d’essai", purpose="bench")
    account = Account.objects.create_user("banc@bench.example", None, name="Banc")
    member = Member.objects.create(organisation=organisation, account=account, role=Role.ADMIN)
    actor = StaffActor(organisation.id, account.id, member.id, Role.ADMIN)
    made, secret = make_account(actor)
    change_account(actor, made.id, addresses=[], takes_large=True, is_active=True)
    return account.email, made.login, secret


def unchecked() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


class Senders:
    """One connection a thread, logged in once, as a mail server or a program that sends much has."""

    def __init__(self, port: int, email: str, login: str, secret: str) -> None:
        self.port, self.email, self.login, self.secret = port, email, login, secret
        self.local = threading.local()
        line = base64.b64encode(os.urandom(57)) + b"\r\n"
        self.body = line * (MESSAGE_BYTES // len(line))

    def client(self) -> smtplib.SMTP:
        client: smtplib.SMTP | None = getattr(self.local, "client", None)
        if client is None:
            client = smtplib.SMTP("127.0.0.1", self.port, timeout=60)
            # As mail servers do: the last piece of a message does not wait for the acknowledgement of the former one.
            if client.sock is not None:
                client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            client.starttls(context=unchecked())
            client.login(self.login, self.secret)
            self.local.client = client
        return client

    def send(self, number: int) -> None:
        head = f"From: {self.email}\r\nSubject: Message {number}\r\nMessage-ID: <{number}@bench.example>\r\n\r\n"
        self.client().sendmail(self.email, ["to@client.example"], head.encode() + self.body)

    def send_large(self, size: int) -> float:
        """One message of ``size`` bytes with *LIEN: seconds until 250."""
        client, began = self.client(), time.perf_counter()
        client.mail(self.email)
        client.rcpt("to@client.example")
        client.docmd("DATA")
        client.send(b"Subject: *LIEN gros\r\nContent-Type: application/zip; name=a.zip\r\n\r\n")
        line = base64.b64encode(os.urandom(57)) + b"\r\n"
        chunk = line * 13_000
        for _ in range(size // len(chunk)):
            client.send(chunk)
        client.send(b".\r\n")
        code, reply = client.getreply()
        if code != 250:
            raise RuntimeError(reply)
        return time.perf_counter() - began


_HANDLE = """
import os, sys, threading, time
import django
django.setup()
from pli.gateway.handling import handle_message
from pli.gateway.models import MailMessage

def held():
    text = open("/proc/self/status").read()
    return int(next(line for line in text.splitlines() if line.startswith("RssAnon")).split()[1]) / 1024

before, peak, done = held(), 0.0, False
def watch():
    global peak
    while not done:
        peak = max(peak, held())
        time.sleep(0.005)
watcher = threading.Thread(target=watch)
watcher.start()
began = time.perf_counter()
mail = MailMessage.objects.get(tag="LIEN")
handle_message(mail.id)
seconds = time.perf_counter() - began
done = True
watcher.join()
mail.refresh_from_db()
print(seconds, before, peak, mail.state, mail.files.get().blob.size)
"""


def handle_large() -> tuple[float, float]:
    """Put the large message's file behind its link, in a process of its own: seconds, and megabytes it came to hold.

    Pages of the mapped file are not counted: the system takes them back when it needs them.
    """
    told = subprocess.run([sys.executable, "-c", _HANDLE], check=True, capture_output=True, text=True).stdout.split()
    if told[3] != "HANDLED":
        raise RuntimeError(f"the large message is {told[3]}")
    return float(told[0]), float(told[2]) - float(told[1])


class SmartHost:
    """Takes everything, and remembers the digest of each message."""

    def __init__(self) -> None:
        self.digests: set[str] = set()

    async def handle_DATA(self, server: object, session: object, envelope: object) -> str:
        self.digests.add(hashlib.sha256(envelope.content).hexdigest())  # type: ignore[attr-defined]
        return "250 ok"


def relay_some(count: int, port: int) -> tuple[float, int]:
    """Relay accepted messages to a mail server on this machine: how many a second, and how many arrived unchanged."""
    from aiosmtpd.controller import Controller
    from django.test import override_settings

    from pli.gateway.models import MailMessage
    from pli.gateway.relaying import relay_message

    host = SmartHost()
    controller = Controller(host, hostname="127.0.0.1", port=port)
    controller.start()
    rows = list(MailMessage.objects.filter(tag="").values_list("id", "blob_id")[:count])
    try:
        with override_settings(PLI_MAIL_URL=f"smtp://127.0.0.1:{port}/?tls=none"):
            began = time.perf_counter()
            for message_id, _digest in rows:
                relay_message(message_id)
            seconds = time.perf_counter() - began
    finally:
        controller.stop()
    return len(rows) / seconds, sum(digest in host.digests for _id, digest in rows)


def floor(folder: Path, count: int) -> float:
    """Files of the same size fsynced and rows committed a second."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_floor (name text)")
    local, content = threading.local(), os.urandom(MESSAGE_BYTES)

    def once(number: int) -> None:
        if not hasattr(local, "cursor"):
            local.cursor = connection.cursor()
        path = folder / str(number)
        with path.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        local.cursor.execute("INSERT INTO bench_floor VALUES (%s)", [path.name])

    seconds, _ = in_parallel(once, count)
    return count / seconds


def main() -> None:
    options = arguments(__doc__ or "", documents=2000, large_mb=LARGE_MB)
    from pli.project.postgres import Cluster, free_port

    with tempfile.TemporaryDirectory(prefix="pli-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        cluster = Cluster(folder / "postgres", port=free_port())
        cluster.start()
        try:
            (folder / "home" / "keys").mkdir(parents=True)
            (folder / "plain").mkdir()
            port = free_port()
            os.environ |= {
                "PLI_HOME": str(folder / "home"), "PLI_DATABASE_URL": cluster.url("postgres"),
                "PLI_SMTP_PORT": str(port), "DJANGO_SETTINGS_MODULE": "pli.project.settings",
            }  # fmt: skip
            import django

            django.setup()
            measure(port, folder / "plain", cluster.postmaster() or 0, options)
        finally:
            cluster.stop()


def measure(port: int, plain: Path, database: int, options: argparse.Namespace) -> None:
    """Accept, then a large one and its tag obeyed, then relay, then the floor."""
    from django.db import connections

    from pli.gateway.models import MailMessage
    from pli.project.postgres import free_port

    count, large = options.documents, options.large_mb << 20
    senders = Senders(port, *make_sender())
    with serving("mail", lambda: socket.create_connection(("127.0.0.1", port), timeout=2)) as process:
        in_parallel(senders.send, SENDERS * 4)
        spent = cpu_seconds(process.pid), cpu_seconds(database)
        seconds, each = in_parallel(lambda number: senders.send(number + 10_000), count)
        spent = cpu_seconds(process.pid) - spent[0], cpu_seconds(database) - spent[1]
        before = peak_megabytes(process.pid)
        large_seconds = senders.send_large(large)
        after = peak_megabytes(process.pid)
    if MailMessage.objects.count() != count + SENDERS * 4 + 1:
        raise RuntimeError("messages were lost or doubled")
    handled_seconds, handled_mb = handle_large()
    relayed, unchanged = relay_some(min(RELAYED, count), free_port())
    least = floor(plain, count)
    connections.close_all()
    rate = count / seconds
    figures = {
        "messages_per_second": rate, "p95_ms": percentile(each, 0.95) * 1000, "messages": count,
        "message_kb": MESSAGE_BYTES // 1000, "gateway_cpu_ms": spent[0] / count * 1000,
        "database_cpu_ms": spent[1] / count * 1000, "senders": SENDERS, "relayed_per_second": relayed,
        "relayed_unchanged": unchanged, "relayed": min(RELAYED, count), "large_mb": options.large_mb,
        "large_handled_seconds": handled_seconds, "large_handled_peak_mb": handled_mb,
        "large_seconds": large_seconds, "peak_mb_before_large": before, "peak_mb_after_large": after,
    }  # fmt: skip
    report("gateway", figures=figures, floor={"fsync_and_commit_per_second": least}, ratio=rate / least)


if __name__ == "__main__":
    main()
