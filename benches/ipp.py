"""The virtual printer: jobs of 30 KB accepted and durable, and one of 200 MB in flat memory.

Beside it the floor of the same run: the same bytes written and fsynced, and one row committed, without any printer.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

from benches.harness import arguments, percentile, report, serving

SENDERS = 8
JOB_BYTES = 30_000
LARGE = 200 << 20


def in_parallel(work: Callable[[int], None], count: int) -> tuple[float, list[float]]:
    """``work(i)`` for each i by several senders at once: seconds in all, and of each."""
    numbers, lock, each = iter(range(count)), threading.Lock(), []
    failures: list[BaseException] = []

    def send() -> None:
        while True:
            with lock:
                number = next(numbers, None)
            if number is None or failures:
                return
            began = time.perf_counter()
            try:
                work(number)
            except BaseException as error:  # noqa: BLE001 - told below, from the main thread
                failures.append(error)
            each.append(time.perf_counter() - began)

    threads = [threading.Thread(target=send) for _ in range(SENDERS)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return time.perf_counter() - began, each


def floor(folder: Path, count: int) -> float:
    """Files fsynced and rows committed a second."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_floor (name text)")
    local = threading.local()

    def once(number: int) -> None:
        if not hasattr(local, "cursor"):
            local.cursor = connection.cursor()
        path = folder / str(number)
        with path.open("wb") as file:
            file.write(os.urandom(JOB_BYTES))
            file.flush()
            os.fsync(file.fileno())
        local.cursor.execute("INSERT INTO bench_floor VALUES (%s)", [path.name])

    seconds, _ = in_parallel(once, count)
    return count / seconds


def make_printer(home: Path) -> str:
    """A company with one printer; its address."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from pli.capture.api import PrinterSettings, create_printer, printer_address
    from pli.documents.api import make_default_kinds, root_folder
    from pli.parties.api import Account, Member, Role, StaffActor, create_organisation

    organisation = create_organisation(slug="banc", name="Banc d’essai", purpose="bench")
    make_default_kinds(organisation.id)
    root_folder(organisation.id)
    account = Account.objects.create_user("banc@bench.example", None, name="Banc")
    member = Member.objects.create(organisation=organisation, account=account, role=Role.ADMIN)
    actor = StaffActor(organisation.id, account.id, member.id, Role.ADMIN)
    printer = create_printer(actor, chosen=PrinterSettings("Banc"), is_shared=True)
    return printer_address(actor, printer.id)


def peak_megabytes(pid: int) -> float:
    """The largest resident memory of the process or of one it made."""
    peaks = []
    for found in [pid, *_children(pid)]:
        for line in Path(f"/proc/{found}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                peaks.append(int(line.split()[1]) / 1024)
    return max(peaks)


def cpu_seconds(pid: int) -> float:
    """CPU of a process and of those it made, the ended ones included."""
    total = 0
    for found in [pid, *_children(pid)]:
        with contextlib.suppress(OSError):
            total += sum(map(int, Path(f"/proc/{found}/stat").read_text().rpartition(")")[2].split()[11:15]))
    return total / os.sysconf("SC_CLK_TCK")


def _children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


class Senders:
    """Keep-alive connections, one a thread, as computers that print much have."""

    def __init__(self, uri: str) -> None:
        from pli.capture.channels.ipp.codec import Tag, make

        self.uri, self.parts, self.local = uri, urlsplit(uri), threading.local()
        self.tags, self.make = Tag, make
        self.ready: dict[int, bytes] = {}

    def head(self, name: str) -> bytes:
        from pli.capture.channels.ipp.codec import Message, encode, group_of

        make, tags = self.make, self.tags
        asked = [
            make("attributes-charset", tags.CHARSET, "utf-8"),
            make("attributes-natural-language", tags.LANGUAGE, "fr"), make("printer-uri", tags.URI, self.uri),
            make("requesting-user-name", tags.NAME, "banc"), make("job-name", tags.NAME, name),
        ]  # fmt: skip
        return encode(Message((2, 0), 0x02, 1, [group_of(tags.OPERATION, asked)]))

    def prepare(self, count: int, *, first: int = 0) -> None:
        """Make the jobs beforehand, none like another: in a house the senders' work is not the server's."""
        path, host = self.parts.path, self.parts.netloc
        for number in range(first, first + count):
            document = (b"%PDF-1.7\n" + os.urandom(JOB_BYTES))[:JOB_BYTES]
            content = self.head(f"Facture {number}") + document
            head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/ipp\r\n"
            self.ready[number] = f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content

    def send(self, number: int) -> None:
        """One job made beforehand, over a connection that stays open."""
        if not hasattr(self.local, "socket"):
            self.local.socket = socket.create_connection((self.parts.hostname, self.parts.port), timeout=300)
        self.local.socket.sendall(self.ready.pop(number))
        head, received = b"", b""
        while not head:
            received += self._received()
            head, _, rest = received.partition(b"\r\n\r\n") if b"\r\n\r\n" in received else (b"", b"", b"")
        length = int(next(line[15:] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")))
        while len(rest) < length:
            rest += self._received()
        _check(rest)

    def _received(self) -> bytes:
        part: bytes = self.local.socket.recv(65536)
        if not part:
            raise ConnectionError("the printer hung up")
        return part

    def send_large(self) -> None:
        """One of 200 MB, chunked."""
        block = os.urandom(1 << 20)
        wire = http.client.HTTPConnection(self.parts.hostname or "", self.parts.port, timeout=300)
        content = iter([self.head("Gros") + b"%PDF-1.7\n", *[block] * (LARGE >> 20)])
        wire.request("POST", self.parts.path, content, {"Content-Type": "application/ipp"}, encode_chunked=True)
        _check(wire.getresponse().read())
        wire.close()


def _check(answer: bytes) -> None:
    if answer[2:4] not in (b"\x00\x00", b"\x00\x01"):
        raise RuntimeError(answer[:8].hex())


def main() -> None:
    options = arguments(__doc__ or "", documents=2000)
    from pli.project.postgres import Cluster, free_port

    with tempfile.TemporaryDirectory(prefix="pli-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        cluster = Cluster(folder / "postgres", port=free_port())
        cluster.start()
        try:
            home, port = folder / "home", free_port()
            home.mkdir()
            os.environ |= {
                "PLI_HOME": str(home), "PLI_DATABASE_URL": cluster.url("postgres"), "PLI_IPP_PORT": str(port),
                "PLI_IPP_URL": f"ipp://127.0.0.1:{port}", "DJANGO_SETTINGS_MODULE": "pli.project.settings",
            }  # fmt: skip
            import django

            django.setup()
            senders = Senders(make_printer(home))
            plain = folder / "plain"
            plain.mkdir()
            with serving("ipp", lambda: urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2)) as process:
                senders.prepare(SENDERS * 4)
                in_parallel(senders.send, SENDERS * 4)
                senders.prepare(options.documents, first=10_000)
                database = cluster.postmaster() or 0
                spent = cpu_seconds(process.pid), cpu_seconds(database)
                seconds, each = in_parallel(lambda number: senders.send(number + 10_000), options.documents)
                spent = cpu_seconds(process.pid) - spent[0], cpu_seconds(database) - spent[1]
                before = peak_megabytes(process.pid)
                senders.send_large()
                after = peak_megabytes(process.pid)
            least = floor(plain, options.documents)
            from django.db import connections

            from pli.capture.api import Capture

            if Capture.objects.count() != options.documents + SENDERS * 4 + 1:
                raise RuntimeError("jobs were lost or doubled")
            connections.close_all()
        finally:
            cluster.stop()
    rate = options.documents / seconds
    figures = {
        "jobs_per_second": rate, "p95_ms": percentile(each, 0.95) * 1000, "jobs": options.documents,
        "printer_cpu_ms": spent[0] / options.documents * 1000, "database_cpu_ms": spent[1] / options.documents * 1000,
        "senders": SENDERS, "large_job_mb": LARGE >> 20, "peak_mb_before_large": before, "peak_mb_after_large": after,
    }  # fmt: skip
    report("ipp", figures=figures, floor={"fsync_and_commit_per_second": least}, ratio=rate / least)


if __name__ == "__main__":
    main()
