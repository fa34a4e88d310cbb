"""A real CUPS queue prints into Pli: driverless, and raw."""

from __future__ import annotations

import grp
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pli.capture.api import Capture
from pli.documents.api import blob_path
from pli.pdf.api import extract_text, inspect_pdf
from pli.project.postgres import free_port
from tests.capture.ipp.client import Printer
from tests.capture.ipp.conftest import make_pdf
from tests.support.processes import open_folder, wait_until

CUPSD = shutil.which("cupsd") or shutil.which("cupsd", path="/usr/sbin")
FILTERS = Path("/usr/lib/cups/filter/pdftopdf")

needs_cups = pytest.mark.skipif(
    not CUPSD or os.geteuid() != 0 or not FILTERS.exists(),
    reason="no CUPS server here, or not root: install `cups` and run as root to print through a real queue",
)


class Cups:
    """A CUPS server of the test's own, that touches nothing of the machine's."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        for name in ("root", "root/ppd", "root/ssl", "spool", "spool/tmp", "cache", "state", "state/certs", "logs"):
            (folder / name).mkdir(mode=0o777)
            (folder / name).chmod(0o777)
        group = next((name for name in ("lpadmin", "sys", "root") if _has_group(name)), "root")
        (folder / "root/cups-files.conf").write_text(
            f"ServerRoot {folder}/root\nRequestRoot {folder}/spool\nTempDir {folder}/spool/tmp\n"
            f"CacheDir {folder}/cache\nStateDir {folder}/state\nErrorLog {folder}/logs/error\n"
            f"AccessLog {folder}/logs/access\nPageLog {folder}/logs/page\nServerKeychain {folder}/root/ssl\n"
            f"SystemGroup {group}\nUser lp\nGroup lp\nServerBin /usr/lib/cups\nDataDir /usr/share/cups\n"
        )
        (folder / "root/cupsd.conf").write_text(
            f"Listen 127.0.0.1:{self.port}\nBrowsing Off\nLogLevel info\nDefaultAuthType None\nWebInterface No\n"
            "<Location />\nOrder allow,deny\nAllow all\n</Location>\n"
            "<Policy default>\n<Limit All>\nOrder deny,allow\n</Limit>\n</Policy>\n"
        )
        with (folder / "output").open("wb") as output:
            self.process = subprocess.Popen(
                [str(CUPSD), "-f", "-c", f"{folder}/root/cupsd.conf", "-s", f"{folder}/root/cups-files.conf"],
                stdout=output, stderr=output,
            )  # fmt: skip
        wait_until(lambda: self.run("lpstat", "-r").returncode == 0, seconds=30)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "CUPS_SERVER": f"127.0.0.1:{self.port}", "LC_ALL": "C"}
        return subprocess.run(words, env=environment, capture_output=True, text=True, timeout=60, check=False)

    def said(self) -> str:
        found = [self.folder / "output", self.folder / "logs/error"]
        return "\n".join(path.read_text()[-3000:] for path in found if path.exists())

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)


def _has_group(name: str) -> bool:
    return any(group.gr_name == name for group in grp.getgrall())


@pytest.fixture
def cups() -> Iterator[Cups]:
    with open_folder("cups") as folder:
        running = Cups(folder)
        yield running
        running.stop()


@needs_cups
def test_a_real_queue_prints_into_pli(printer: Printer, cups: Cups, tmp_path: Path) -> None:
    document = tmp_path / "devis.pdf"
    document.write_bytes(make_pdf("Réfection de la toiture", pages=2))
    document.chmod(0o644)
    added = cups.run("lpadmin", "-p", "t", "-E", "-v", printer.uri, "-m", "everywhere")
    until = time.monotonic() + 60
    while "Unable to connect" in added.stderr and time.monotonic() < until:  # cupsd is still starting
        time.sleep(0.5)
        added = cups.run("lpadmin", "-p", "t", "-E", "-v", printer.uri, "-m", "everywhere")
    assert added.returncode == 0, added.stderr
    # lpadmin returns 0 even when nothing answers: the description is the sign that the printer was understood.
    wait_until((cups.folder / "root/ppd/t.ppd").exists, seconds=60)

    assert cups.run("lp", "-d", "t", str(document)).returncode == 0
    _wait(lambda: Capture.objects.count() == 1, cups)
    captured = blob_path(Capture.objects.get().blob_id)
    assert extract_text(captured) == extract_text(document)
    page = inspect_pdf(captured).pages[0]
    assert (round(page.width), round(page.height)) == (595, 842)

    assert cups.run("lp", "-d", "t", "-o", "raw", str(document)).returncode == 0
    _wait(lambda: Capture.objects.count() == 2, cups)
    raw = Capture.objects.latest("received_at")
    assert blob_path(raw.blob_id).read_bytes() == document.read_bytes()


def _wait(is_so: object, cups: Cups, seconds: float = 90) -> None:
    until = time.monotonic() + seconds
    while not is_so():  # type: ignore[operator]
        assert time.monotonic() < until, cups.said()
        time.sleep(0.2)
