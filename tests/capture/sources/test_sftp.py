"""The SFTP box: written once, acknowledged when captured, and good for nothing else."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import subprocess
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from django.conf import settings

from pli.capture.api import Capture, CaptureState
from pli.documents.api import blob_path
from tests.capture.sources.conftest import Account, FilesProcess, make_pdf
from tests.support.processes import run_apart, wait_until
from tests.support.queue import RunJobs

Doing = Callable[[asyncssh.SFTPClient], Awaitable[Any]]


def converse(files: FilesProcess, account: Account, doing: Doing, *, secret: str = "", login: str = "") -> Any:
    async def run() -> Any:
        async with asyncssh.connect(
            "127.0.0.1", files.sftp_port, username=login or account.login, password=secret or account.secret,
            known_hosts=None, client_keys=None, agent_path=None, config=None,
        ) as connection, connection.start_sftp_client() as client:  # fmt: skip
            return await doing(client)

    return run_apart(run())


async def put(client: asyncssh.SFTPClient, path: str, content: bytes) -> None:
    async with client.open(path, "wb") as file:
        await file.write(content)


def test_a_file_is_captured_when_its_closing_is_answered(files: FilesProcess, sftp_account: Account) -> None:
    document = make_pdf("SFTP")
    seen: list[int] = []

    async def send(client: asyncssh.SFTPClient) -> None:
        await put(client, "/factures/F-001.pdf", document)
        seen.append(await asyncio.to_thread(Capture.objects.count))
        assert await client.listdir("/factures") == ["F-001.pdf"]
        assert (await client.stat("/factures/F-001.pdf")).size == len(document)

    converse(files, sftp_account, send)
    capture = Capture.objects.get()
    assert seen == [1] and capture.blob_id == hashlib.sha256(document).hexdigest()
    assert (capture.channel, capture.file_name, capture.wishes["kind"]) == ("sftp", "F-001.pdf", "invoice")
    assert capture.source == sftp_account.source
    sftp_account.source.refresh_from_db()
    assert sftp_account.source.last_received_at is not None


def test_another_session_sees_nothing(files: FilesProcess, sftp_account: Account, scanned: bytes) -> None:
    converse(files, sftp_account, lambda client: put(client, "/a.pdf", scanned))

    async def look(client: asyncssh.SFTPClient) -> None:
        assert await client.listdir("/") == []
        with pytest.raises(asyncssh.SFTPNoSuchFile):
            await client.stat("/a.pdf")
        with pytest.raises(asyncssh.SFTPError):
            await client.open("/etc/passwd", "rb")
        with pytest.raises(asyncssh.SFTPError):
            await client.remove("/a.pdf")
        with pytest.raises(asyncssh.SFTPError):
            await client.symlink("/etc/passwd", "/b")
        with pytest.raises(asyncssh.SFTPError):
            await client.open("/a.pdf", "ab")

    converse(files, sftp_account, look)


def test_a_temporary_name_is_captured_once_under_its_final_one(
    files: FilesProcess, sftp_account: Account, scanned: bytes, run_jobs: RunJobs
) -> None:
    async def send(client: asyncssh.SFTPClient) -> None:
        await put(client, "/scan.pdf.filepart", scanned)
        run_state = await asyncio.to_thread(lambda: Capture.objects.get().state)
        assert run_state == CaptureState.RECEIVED
        await client.rename("/scan.pdf.filepart", "/Facture Dupont.pdf")

    converse(files, sftp_account, send)
    run_jobs()
    capture = Capture.objects.get()
    assert (capture.file_name, capture.state) == ("Facture Dupont.pdf", CaptureState.FILED)


def test_the_same_file_sent_again_is_one_capture_and_another_name_is_another(
    files: FilesProcess, sftp_account: Account, scanned: bytes
) -> None:
    async def send(client: asyncssh.SFTPClient) -> None:
        for name in ("/a.pdf", "/a.pdf", "/b.pdf"):
            await put(client, name, scanned)

    converse(files, sftp_account, send)
    assert sorted(Capture.objects.values_list("file_name", "resent")) == [("a.pdf", 1), ("b.pdf", 0)]


def test_a_cut_connection_captures_nothing(files: FilesProcess, sftp_account: Account) -> None:
    staging = Path(settings.PLI_HOME) / "staging"

    async def run() -> None:
        connection = await asyncssh.connect(
            "127.0.0.1", files.sftp_port, username=sftp_account.login, password=sftp_account.secret,
            known_hosts=None, client_keys=None, agent_path=None, config=None,
        )  # fmt: skip
        client = await connection.start_sftp_client()
        file = await client.open("/half.pdf", "wb")
        await file.write(make_pdf("Moitié")[:400])
        assert list(staging.glob("blob-*"))
        connection.abort()
        await connection.wait_closed()

    run_apart(run())
    wait_until(lambda: not list(staging.glob("blob-*")), seconds=10)
    assert not Capture.objects.exists()
    wait_until(lambda: bool(_problem(sftp_account)), seconds=10)
    assert _problem(sftp_account) == "CAP-015"


def _problem(account: Account) -> str:
    account.source.refresh_from_db()
    return account.source.problem_code


def test_a_closed_channel_with_an_open_file_captures_nothing(
    files: FilesProcess, sftp_account: Account, scanned: bytes
) -> None:
    """A client that ends politely without closing its file has not sent a file."""

    async def leave(client: asyncssh.SFTPClient) -> None:
        file = await client.open("/half.pdf", "wb")
        await file.write(scanned)

    converse(files, sftp_account, leave)
    wait_until(lambda: bool(_problem(sftp_account)), seconds=10)
    assert not Capture.objects.exists()


def test_a_hole_is_refused_and_order_is_not_asked(files: FilesProcess, sftp_account: Account, scanned: bytes) -> None:
    async def send(client: asyncssh.SFTPClient) -> None:
        async with client.open("/mixed.pdf", "wb") as file:
            await file.write(scanned[100:], 100)
            await file.write(scanned[:100], 0)
        file = await client.open("/hole.pdf", "wb")
        await file.write(scanned[100:], 100)
        with pytest.raises(asyncssh.SFTPError):
            await file.close()

    converse(files, sftp_account, send)
    assert Capture.objects.get().blob_id == hashlib.sha256(scanned).hexdigest()


def test_no_shell_no_command_no_tunnel(files: FilesProcess, sftp_account: Account) -> None:
    async def run() -> None:
        async with asyncssh.connect(
            "127.0.0.1", files.sftp_port, username=sftp_account.login, password=sftp_account.secret,
            known_hosts=None, client_keys=None, agent_path=None, config=None,
        ) as connection:  # fmt: skip
            for command in (None, "id", "scp -t /"):
                with pytest.raises(asyncssh.ChannelOpenError):
                    await connection.run(command, stdin=asyncssh.DEVNULL)
            with pytest.raises(asyncssh.ChannelOpenError):
                await connection.open_connection("127.0.0.1", 22)
            with pytest.raises(asyncssh.ChannelListenError):
                await connection.start_server(lambda *_: None, "127.0.0.1", 0)

    run_apart(run())


def test_a_wrong_password_and_an_unknown_account_are_refused(
    files: FilesProcess, sftp_account: Account, ftp_account: Account
) -> None:
    """At once: each refusal waits longer than the one before."""
    given = [(sftp_account.login, "faux"), ("personne-12345", "faux"), (ftp_account.login, ftp_account.secret)]

    def is_refused(login: str, secret: str) -> bool:
        with pytest.raises(asyncssh.PermissionDenied):
            converse(files, sftp_account, lambda client: client.listdir("/"), secret=secret, login=login)
        return True

    with ThreadPoolExecutor(len(given)) as apart:
        assert list(apart.map(is_refused, *zip(*given, strict=True))) == [True] * len(given)


@pytest.mark.skipif(not shutil.which("sftp"), reason="no OpenSSH client here: install `openssh-client`")
def test_the_sftp_command_of_openssh(files: FilesProcess, sftp_account: Account, tmp_path: Path) -> None:
    document = tmp_path / "Décompte été.pdf"
    document.write_bytes(make_pdf("OpenSSH"))
    ask = tmp_path / "ask"
    ask.write_text(f"#!/bin/sh\necho {sftp_account.secret}\n")
    ask.chmod(0o700)
    options = ("StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "PreferredAuthentications=password")
    batch = f'put -p "{document}" "/arrivées/"\nls -l "/arrivées"\n'
    done = subprocess.run(
        ["sftp", "-q", "-P", str(files.sftp_port), *(word for one in options for word in ("-o", one)),
         f"{sftp_account.login}@127.0.0.1"],
        input=f"mkdir /arrivées\n{batch}", capture_output=True, text=True, timeout=60, check=False,
        env={"SSH_ASKPASS": str(ask), "SSH_ASKPASS_REQUIRE": "force", "DISPLAY": "none", "HOME": str(tmp_path),
             "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr + done.stdout
    capture = Capture.objects.get()
    assert capture.file_name == "Décompte été.pdf" and blob_path(capture.blob_id).read_bytes() == document.read_bytes()
