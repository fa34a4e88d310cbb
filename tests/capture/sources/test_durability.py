"""The process of the sources killed, its disk filled, senders torn away: nothing lost or doubled, no half file."""

from __future__ import annotations

import contextlib
import ftplib
import hashlib
import io
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncssh
import pytest
from django.conf import settings
from django.db import connection, transaction

from pli.capture.api import Capture, CaptureState
from pli.documents.api import blob_path
from pli.documents.blobs import sweep_staging
from tests.capture.sources.conftest import Account, FilesProcess, make_pdf, start_files
from tests.capture.sources.test_ftp import connected
from tests.capture.sources.test_sftp import converse, put
from tests.support.processes import wait_until
from tests.support.queue import RunJobs

STAGING = Path(settings.PLI_HOME) / "staging"
GONE = (OSError, EOFError, ftplib.Error, asyncssh.Error)


class Senders:
    """Two real clients, each with one document, sending at the same time; what each of them heard."""

    def __init__(self, files: FilesProcess, ftp: Account, sftp: Account, documents: tuple[bytes, bytes]) -> None:
        self.heard: list[str] = []
        self._files, self._ftp, self._sftp, self._documents = files, ftp, sftp, documents
        self._threads = [
            threading.Thread(target=self._tolerantly, args=(one,)) for one in (self._by_ftp, self._by_sftp)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def join(self) -> list[str]:
        for thread in self._threads:
            thread.join(60)
            assert not thread.is_alive(), "a sender that hears nothing hangs"
        return sorted(self.heard)

    def _tolerantly(self, send: object) -> None:
        with contextlib.suppress(*GONE):
            send()  # type: ignore[operator]

    def _by_ftp(self) -> None:
        with connected(self._files, self._ftp) as client:
            self.heard.append(client.storbinary("STOR a.pdf", io.BytesIO(self._documents[0]))[:3])

    def _by_sftp(self) -> None:
        converse(self._files, self._sftp, lambda client: put(client, "/b.pdf", self._documents[1]))
        self.heard.append("closed")


def _kept(documents: tuple[bytes, bytes]) -> bool:
    return all(blob_path(hashlib.sha256(one).hexdigest()).exists() for one in documents)


def _captured() -> set[tuple[str, str]]:
    return set(Capture.objects.values_list("channel", "blob_id"))


@contextmanager
def _half_sent(files: FilesProcess, account: Account) -> Iterator[None]:
    """A third sender, in the middle of a long file when the server dies under it."""
    with connected(files, account) as client:
        data = client.transfercmd("STOR long.pdf")
        data.sendall(b"%PDF-1.7\n" + os.urandom(2 << 20))
        wait_until(lambda: any(one.stat().st_size >= 1 << 20 for one in STAGING.glob("blob-*")), seconds=10)
        yield
        with pytest.raises(GONE):
            data.sendall(os.urandom(1 << 20))
            data.unwrap()  # type: ignore[attr-defined]
            client.voidresp()
        data.close()


def test_killed_between_the_disk_and_the_commit_then_between_the_commit_and_the_answer(
    ftp_account: Account, sftp_account: Account, tmp_path: Path, run_jobs: RunJobs, request: pytest.FixtureRequest
) -> None:
    """By FTPS and SFTP at once. A sender that heard nothing sends again, and there is one capture of each."""
    log, documents = tmp_path / "files.log", (make_pdf("Par FTPS"), make_pdf("Par SFTP"))
    whole = {("ftp", hashlib.sha256(documents[0]).hexdigest()), ("sftp", hashlib.sha256(documents[1]).hexdigest())}
    running = start_files(log)
    senders = Senders(running, ftp_account, sftp_account, documents)
    with _half_sent(running, ftp_account), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE capture_capture IN ACCESS EXCLUSIVE MODE")
        senders.start()
        wait_until(lambda: _kept(documents), seconds=30)
        running.kill()

    assert senders.join() == [], "nobody hears of success"
    assert not Capture.objects.exists()
    assert sweep_staging(older_than_seconds=60, now=time.time() + 120) == 1, "of the third sender's half file"

    running = start_files(log)
    again = Senders(running, ftp_account, sftp_account, documents)
    again.start()
    wait_until(lambda: Capture.objects.count() == 2, seconds=30)
    running.kill()

    again.join()

    assert _captured() == whole

    last = Senders(request.getfixturevalue("files"), ftp_account, sftp_account, documents)
    last.start()
    assert last.join() == ["226", "closed"]
    assert _captured() == whole and list(Capture.objects.values_list("resent", flat=True)) == [1, 1]

    run_jobs()

    assert set(Capture.objects.values_list("state", flat=True)) == {CaptureState.FILED}
    assert not list(STAGING.glob("blob-*"))


@contextmanager
def _small_disk() -> Iterator[None]:
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", STAGING], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("this user may not mount a small disk")
    try:
        yield
        wait_until(lambda: not list(STAGING.glob("blob-*")), seconds=10)  # nothing half-written stays
    finally:
        subprocess.run(["umount", STAGING], check=True)


def _problem(account: Account) -> str:
    account.source.refresh_from_db()
    return account.source.problem_code


def test_a_full_disk_is_said_by_sftp_and_nothing_is_acknowledged(
    files: FilesProcess, sftp_account: Account, scanned: bytes
) -> None:
    async def overflow(client: asyncssh.SFTPClient) -> None:
        with pytest.raises(asyncssh.SFTPFailure, match="Disk full; nothing was kept"):
            await put(client, "/big.pdf", scanned + b"%" + os.urandom(4 << 20))
        assert await client.listdir("/") == []

    with _small_disk():
        converse(files, sftp_account, overflow)
        wait_until(lambda: _problem(sftp_account) == "DOC-001", seconds=10)
        assert not Capture.objects.exists()
    converse(files, sftp_account, lambda client: put(client, "/small.pdf", scanned))
    assert Capture.objects.get().blob_id == hashlib.sha256(scanned).hexdigest()
    wait_until(lambda: _problem(sftp_account) == "", seconds=10)  # what came next shows that it is over


@pytest.mark.skipif(not shutil.which("sftp"), reason="no OpenSSH client here: install `openssh-client`")
def test_a_full_disk_fails_the_sftp_command_of_openssh(
    files: FilesProcess, sftp_account: Account, tmp_path: Path
) -> None:
    document, ask = tmp_path / "big.pdf", tmp_path / "ask"
    document.write_bytes(make_pdf("Gros") + b"%" + os.urandom(4 << 20))
    ask.write_text(f"#!/bin/sh\necho {sftp_account.secret}\n")
    ask.chmod(0o700)
    options = ("StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "PreferredAuthentications=password")
    with _small_disk():
        done = subprocess.run(
            ["sftp", "-q", "-P", str(files.sftp_port), *(word for one in options for word in ("-o", one)),
             f"{sftp_account.login}@127.0.0.1"],
            input=f'put "{document}" "/big.pdf"\n', capture_output=True, text=True, timeout=60, check=False,
            env={"SSH_ASKPASS": str(ask), "SSH_ASKPASS_REQUIRE": "force", "DISPLAY": "none", "HOME": str(tmp_path),
                 "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        )  # fmt: skip
        assert "ailure" in done.stderr or "isk full" in done.stderr, done.stderr
    wait_until(lambda: _problem(sftp_account) == "DOC-001", seconds=10)
    assert not Capture.objects.exists()


@pytest.mark.skipif(not shutil.which("curl"), reason="no curl here")
def test_an_ftp_sender_torn_away_in_the_middle_then_back(
    files: FilesProcess, ftp_account: Account, tmp_path: Path
) -> None:
    """curl, slowed down and killed in mid-transfer: the source says so; the file sent again is whole, and one."""
    document = tmp_path / "scan.pdf"
    document.write_bytes(make_pdf("Coupé") + b"%" + os.urandom(3 << 20))
    line = ["curl", "-sS", "--ssl-reqd", "-k", "-T", str(document), "-u", f"{ftp_account.login}:{ftp_account.secret}"]
    address = f"ftp://127.0.0.1:{files.ftp_port}/"
    sender = subprocess.Popen([*line, "--limit-rate", "1500k", address], stderr=subprocess.DEVNULL)
    wait_until(lambda: any(one.stat().st_size for one in STAGING.glob("blob-*")), seconds=20)
    sender.send_signal(signal.SIGKILL)
    assert sender.wait(20) == -signal.SIGKILL
    wait_until(lambda: _problem(ftp_account) == "CAP-015", seconds=10)
    assert not Capture.objects.exists() and not list(STAGING.glob("blob-*"))
    assert ftp_account.source.problem["details"]["name"] == "scan.pdf"
    done = subprocess.run([*line, address], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert Capture.objects.get().blob_id == hashlib.sha256(document.read_bytes()).hexdigest()
    wait_until(lambda: _problem(ftp_account) == "", seconds=10)
