"""A real granian in front of the test's database, with its memory watched."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.parse import quote
from urllib.request import urlopen

from django.conf import settings
from django.db import connection


@dataclass(frozen=True)
class Server:
    """Where it answers, and the process group it runs in."""

    url: str
    pid: int

    def peak_memory(self) -> int:
        """The largest resident memory any of its processes ever had, in bytes (VmHWM)."""
        peaks = [_peak(pid) for pid in _family(self.pid)]
        return max(peaks) if peaks else 0


def _family(pid: int) -> list[int]:
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += _family(int(child))
    return found


def _peak(pid: int) -> int:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0


def _database_url() -> str:
    given = connection.settings_dict
    user, password = quote(given["USER"], safe=""), quote(given["PASSWORD"], safe="")
    return f"postgresql://{user}:{password}@/{given['NAME']}?host={given['HOST']}&port={given['PORT']}"


@contextlib.contextmanager
def serve() -> Iterator[Server]:
    """Start it, wait until it answers, stop it whole."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "PLI_DATABASE_URL": _database_url(),
        "PLI_HOME": str(settings.PLI_HOME),
        "PLI_BASE_URL": f"http://localhost:{port}",
        "PLI_ALLOW_PRIVATE_WEBHOOKS": "1",
    }
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port), "--workers", "1",
               "--blocking-threads", "4", "--no-ws", "pli.project.wsgi:application"]  # fmt: skip
    process = subprocess.Popen(
        command, env=environment, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    url = f"http://localhost:{port}"
    try:
        _wait(url, process)
        yield Server(url, process.pid)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        assert process.poll() is None, "the server stopped"
        try:
            with urlopen(f"{url}/api/v1/openapi.json", timeout=5):  # noqa: S310 - our own server
                return
        except (URLError, OSError):
            time.sleep(0.2)
    raise AssertionError("the server does not answer")
