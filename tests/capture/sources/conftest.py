"""A real process of the sources in front of the test's database, and the demonstration's people to own them."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.conf import settings
from PIL import Image
from pytest_django import DjangoDbBlocker

from pli.capture.api import (
    FolderOptions,
    FtpOptions,
    InputSource,
    SftpOptions,
    SourceSettings,
    create_source,
)
from pli.capture.sources.folders import folder_of
from pli.project.postgres import free_port
from tests.capture.ipp.conftest import make_pdf
from tests.support.people import House, make_house
from tests.support.processes import database_url

__all__ = ["make_pdf"]


@dataclass
class FilesProcess:
    """The process and its doors."""

    ftp_port: int
    sftp_port: int
    process: subprocess.Popen[bytes]
    log: Path

    def kill(self) -> None:
        """Kill -9 of all of it at once."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """Ask it to stop; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.kill()
            raise


def start_files(log: Path, **more: str) -> FilesProcess:
    """Start it and wait until its doors answer."""
    ports = {"PLI_FTP_PORT": str(free_port()), "PLI_SFTP_PORT": str(free_port())}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DJANGO_")}
    environment = {
        **kept, **ports, "PLI_DATABASE_URL": database_url(), "PLI_HOME": str(settings.PLI_HOME),
        "PLI_ALLOW_PRIVATE_MAIL": "1", **more,
    }  # fmt: skip
    (Path(settings.PLI_HOME) / "keys").mkdir(mode=0o700, exist_ok=True)
    told = Path(settings.PLI_HOME) / "run" / "files.json"
    told.unlink(missing_ok=True)
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "pli.project.cli", "files"],
            env=environment, start_new_session=True, stdout=output, stderr=output,
        )  # fmt: skip
    running = FilesProcess(int(environment["PLI_FTP_PORT"]), int(environment["PLI_SFTP_PORT"]), process, log)
    until = time.monotonic() + 60
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text()
        if told.exists() and json.loads(told.read_text())["pid"] == process.pid and _answer(running):
            return running
        time.sleep(0.1)
    raise AssertionError(log.read_text())


def _answer(running: FilesProcess) -> bool:
    for port in (running.ftp_port, running.sftp_port):
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=2).close()
            continue
        return False
    return True


@pytest.fixture(scope="module")
def files(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FilesProcess]:
    """The process, for the tests of one file."""
    with django_db_blocker.unblock():
        running = start_files(tmp_path_factory.mktemp("files") / "files.log")
    yield running
    if running.process.poll() is None:
        running.stop()


@pytest.fixture
def house(transactional_db: None) -> House:
    return make_house()


@dataclass(frozen=True)
class Account:
    """A drop account with its password."""

    source: InputSource
    secret: str

    @property
    def login(self) -> str:
        assert self.source.login
        return self.source.login


@pytest.fixture
def ftp_account(house: House) -> Account:
    return Account(*create_source(house.bruno, chosen=SourceSettings("Copieur accueil", FtpOptions(), kind="invoice")))


@pytest.fixture
def sftp_account(house: House) -> Account:
    return Account(*create_source(house.bruno, chosen=SourceSettings("Ancien ERP", SftpOptions(), kind="invoice")))


@pytest.fixture
def folder_source(house: House) -> InputSource:
    chosen = SourceSettings("Scans du couloir", FolderOptions(keeps_done=True, takes_subfolders=True), kind="invoice")
    source, _ = create_source(house.bruno, chosen=chosen)
    folder_of(source).mkdir(parents=True, exist_ok=True)
    return source


def make_picture(kind: str = "PNG", *, pages: int = 1, size: tuple[int, int] = (620, 877), mode: str = "RGB") -> bytes:
    """A picture of so many pages, each of its own shade."""
    shades = [Image.new("RGB", size, (255 - 20 * number, 250, 240)).convert(mode) for number in range(pages)]
    out = io.BytesIO()
    more = {"save_all": True, "append_images": shades[1:]} if pages > 1 else {}
    shades[0].save(out, kind, dpi=(75, 75), **more)
    return out.getvalue()


@pytest.fixture
def scanned() -> bytes:
    return make_pdf("Numérisation")
