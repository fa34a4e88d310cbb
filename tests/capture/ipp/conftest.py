"""A real printer process in front of the test's database."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.conf import settings
from pytest_django import DjangoDbBlocker
from reportlab.pdfgen import canvas

from pli.capture.api import PrinterSettings, create_printer, printer_address
from pli.capture.models import PrinterQueue
from pli.project.postgres import free_port
from tests.api.live import _family, _peak
from tests.capture.ipp.client import Printer
from tests.support.people import House, make_house
from tests.support.processes import database_url


@dataclass
class PrinterProcess:
    """The process and its door."""

    port: int
    process: subprocess.Popen[bytes]

    def peak_memory(self) -> int:
        """The largest resident memory any of its processes ever had, in bytes."""
        return max(_peak(pid) for pid in _family(self.process.pid))

    def workers(self) -> list[int]:
        return _family(self.process.pid)[1:]

    def kill(self) -> None:
        """Kill -9 of all of it at once."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def start_printer(port: int, log: Path, **more: str) -> PrinterProcess:
    """Start it and wait until it answers."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DJANGO_")}
    environment = {
        **kept, "PLI_DATABASE_URL": database_url(), "PLI_HOME": str(settings.PLI_HOME), "PLI_IPP_PORT": str(port),
        "PLI_IPP_URL": f"ipp://127.0.0.1:{port}", "PLI_IPP_PROCESSES": "1", **more,
    }  # fmt: skip
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "pli.project.cli", "ipp"],
            env=environment, start_new_session=True, stdout=output, stderr=output,
        )  # fmt: skip
    until = time.monotonic() + 60
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text()
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5):
            return PrinterProcess(port, process)
        time.sleep(0.1)
    raise AssertionError(log.read_text())


def stop_printer(running: PrinterProcess) -> None:
    """Ask it to stop; make sure of it."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(running.process.pid, signal.SIGTERM)
    try:
        running.process.wait(10)
    except subprocess.TimeoutExpired:
        running.kill()


@pytest.fixture(scope="module")
def printer_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("printer") / "printer.log"


@pytest.fixture(scope="module")
def server(django_db_setup: None, django_db_blocker: DjangoDbBlocker, printer_log: Path) -> Iterator[PrinterProcess]:
    """The printer's process, for the tests of one file."""
    with django_db_blocker.unblock():
        running = start_printer(free_port(), printer_log)
    yield running
    stop_printer(running)


@pytest.fixture
def house(transactional_db: None) -> House:
    return make_house()


@pytest.fixture
def queue(house: House) -> PrinterQueue:
    """Chloé's own printer."""
    return create_printer(house.chloe, chosen=PrinterSettings("Imprimante de Chloé", kind="quote"), is_shared=False)


@pytest.fixture
def printer(server: PrinterProcess, house: House, queue: PrinterQueue) -> Printer:
    """Chloé's printer as her computer sees it."""
    path = printer_address(house.chloe, queue.id).split("/", 3)[3]
    return Printer(f"ipp://127.0.0.1:{server.port}/{path}")


def make_pdf(text: str = "Bonjour", pages: int = 1, size: tuple[float, float] = (595.276, 841.89)) -> bytes:
    out = io.BytesIO()
    pen = canvas.Canvas(out, pagesize=size, invariant=1)
    for page in range(pages):
        pen.drawString(60, 700, f"{text} {page + 1}")
        pen.showPage()
    pen.save()
    return out.getvalue()
