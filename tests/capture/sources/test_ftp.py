"""The FTP box: TLS unless an account may do without, acknowledged when captured, and nothing ever read back."""

from __future__ import annotations

import ftplib
import hashlib
import io
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from pli.capture.api import (
    Capture,
    CaptureState,
    EmptyFile,
    FtpOptions,
    SourceSettings,
    create_source,
    sources_in_trouble,
)
from pli.capture.sources.arrivals import note_problem
from pli.documents.api import blob_path
from pli.kit.gate import FORGIVEN
from tests.capture.sources.conftest import Account, FilesProcess, make_pdf, make_picture
from tests.support.people import House
from tests.support.processes import wait_until
from tests.support.queue import RunJobs

STAGING = Path(settings.PLI_HOME) / "staging"


def _context() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


@contextmanager
def connected(
    files: FilesProcess, account: Account, *, plain: bool = False, context: ssl.SSLContext | None = None
) -> Iterator[ftplib.FTP]:
    client = ftplib.FTP() if plain else ftplib.FTP_TLS(context=context or _context())
    client.connect("127.0.0.1", files.ftp_port, timeout=30)
    client.login(account.login, account.secret)
    if isinstance(client, ftplib.FTP_TLS):
        client.prot_p()
    try:
        yield client
    finally:
        client.close()


@pytest.fixture
def old_copier(house: House) -> Account:
    chosen = SourceSettings("Vieux copieur", FtpOptions(allows_plain=True))
    return Account(*create_source(house.bruno, chosen=chosen))


def _problem(account: Account) -> str:
    account.source.refresh_from_db()
    return account.source.problem_code


def test_a_file_is_captured_when_it_is_acknowledged(files: FilesProcess, ftp_account: Account) -> None:
    document = make_pdf("FTPS")
    with connected(files, ftp_account) as client:
        assert client.storbinary("STOR F-001.pdf", io.BytesIO(document)).startswith("226")
        capture = Capture.objects.get()
        assert client.size("F-001.pdf") == len(document) and client.nlst() == ["F-001.pdf"]
        assert [name for name, _ in client.mlsd()] == [".", "F-001.pdf"]
        lines: list[str] = []
        client.retrlines("LIST", lines.append)
        assert len(lines) == 2 and lines[1].endswith("F-001.pdf")
    assert capture.blob_id == hashlib.sha256(document).hexdigest()
    assert (capture.channel, capture.file_name, capture.wishes["kind"]) == ("ftp", "F-001.pdf", "invoice")
    with connected(files, ftp_account) as another:
        assert [name for name, _ in another.mlsd()] == ["."]
        for command in (
            "NLST",
            "RETR F-001.pdf",
            "DELE F-001.pdf",
            "SIZE F-001.pdf",
            "SITE CHMOD 777 F-001.pdf",
            "RMD /",
        ):
            with pytest.raises(ftplib.error_perm):
                another.sendcmd(command)


def test_tls_is_asked_before_the_password(files: FilesProcess, ftp_account: Account, old_copier: Account) -> None:
    client = ftplib.FTP()
    client.connect("127.0.0.1", files.ftp_port, timeout=30)
    with pytest.raises(ftplib.error_perm, match="550 SSL/TLS required"):
        client.sendcmd(f"USER {ftp_account.login}")
    with pytest.raises(ftplib.error_perm, match="550 SSL/TLS required"):
        client.sendcmd("USER nobody")
    client.close()
    with connected(files, old_copier, plain=True) as plain:
        assert plain.storbinary("STOR scan.pdf", io.BytesIO(make_pdf("En clair"))).startswith("226")
    secure = ftplib.FTP_TLS(context=_context())
    secure.connect("127.0.0.1", files.ftp_port, timeout=30)
    secure.login(ftp_account.login, ftp_account.secret)
    with pytest.raises(ftplib.error_perm, match="data channel"):
        secure.storbinary("STOR naked.pdf", io.BytesIO(make_pdf("Nu")))
    secure.close()
    assert Capture.objects.count() == 1


def test_renamed_after_its_upload_it_is_captured_once_under_its_final_name(
    files: FilesProcess, ftp_account: Account, scanned: bytes, run_jobs: RunJobs
) -> None:
    with connected(files, ftp_account) as client:
        client.cwd("/scans/compta")
        client.storbinary("STOR 0001.tmp", io.BytesIO(scanned))
        client.rename("0001.tmp", "Facture 0001.pdf")
        assert client.nlst() == ["Facture 0001.pdf"]
    run_jobs()
    assert list(Capture.objects.values_list("file_name", "state")) == [("Facture 0001.pdf", CaptureState.FILED)]


def test_a_temporary_name_that_stays_is_examined_when_its_session_ends(
    files: FilesProcess, ftp_account: Account, scanned: bytes, run_jobs: RunJobs
) -> None:
    with connected(files, ftp_account) as client:
        client.storbinary("STOR scan.pdf.part", io.BytesIO(scanned))
        run_jobs()
        assert Capture.objects.get().state == CaptureState.RECEIVED
        client.quit()
    wait_until(lambda: _examined(run_jobs), seconds=10)
    assert Capture.objects.get().file_name == "scan.pdf"


def _examined(run_jobs: RunJobs) -> bool:
    run_jobs()
    return Capture.objects.get().state == CaptureState.FILED


def test_resuming_and_appending_are_refused(files: FilesProcess, ftp_account: Account, scanned: bytes) -> None:
    with connected(files, ftp_account) as client:
        for attempt in (
            lambda: client.storbinary("STOR a.pdf", io.BytesIO(scanned), rest=10),
            lambda: client.storbinary("APPE a.pdf", io.BytesIO(scanned)),
            lambda: client.sendcmd("STOU"),
        ):
            with pytest.raises(ftplib.error_perm):
                attempt()
        assert client.storbinary("STOR a.pdf", io.BytesIO(scanned), rest=0).startswith("226")
    assert Capture.objects.count() == 1


def test_a_sender_that_forgets_the_binary_type_loses_no_byte(files: FilesProcess, ftp_account: Account) -> None:
    document = make_pdf("ASCII") + b"%\r\n\r\r\n\n"
    with connected(files, ftp_account) as client:
        client.sendcmd("TYPE A")
        with client.transfercmd("STOR ascii.pdf") as data:
            data.sendall(document)
            data.unwrap()  # type: ignore[attr-defined]
        assert client.voidresp().startswith("226")
    assert Capture.objects.get().blob_id == hashlib.sha256(document).hexdigest()


@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize("how", ["killed", "reset"])
def test_a_cut_connection_captures_nothing(
    files: FilesProcess, ftp_account: Account, old_copier: Account, plain: bool, how: str
) -> None:
    """A killed sender closes its sockets as politely as one that has finished; a torn one does not."""
    account = old_copier if plain else ftp_account
    script = f"""
import ftplib, io, os, signal, socket, ssl, struct, sys, time
context = ssl.create_default_context()
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
client = ftplib.FTP() if {plain} else ftplib.FTP_TLS(context=context)
client.connect("127.0.0.1", {files.ftp_port}, timeout=30)
client.login({account.login!r}, {account.secret!r})
if not {plain}:
    client.prot_p()
data = client.transfercmd("STOR half.pdf")
data.sendall(b"%PDF-1.7\\n" + b"x" * 300_000)
time.sleep(0.3)
if {how!r} == "reset":
    data.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    socket.socket.close(data) if {plain} else os.close(data.fileno())
    print(client.voidresp())
os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode in (-signal.SIGKILL, 1), done.stderr
    assert "226" not in done.stdout
    wait_until(lambda: _problem(account) == "CAP-015", seconds=10)
    assert not Capture.objects.exists() and not list(STAGING.glob("blob-*"))


def test_a_sender_without_tls_goodbye_is_believed_while_it_is_there(
    files: FilesProcess, ftp_account: Account, scanned: bytes
) -> None:
    old = _context()
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    with connected(files, ftp_account, context=old) as client:
        data = client.transfercmd("STOR old.pdf")
        data.sendall(scanned)
        # As many old clients do: the socket is closed without a close_notify.
        os.close(data.detach())
        assert client.voidresp().startswith("226")
    assert Capture.objects.count() == 1


def test_the_same_file_sent_again_is_one_capture(files: FilesProcess, ftp_account: Account, scanned: bytes) -> None:
    for name in ("a.pdf", "a.pdf", "b.pdf"):
        with connected(files, ftp_account) as client:
            client.storbinary(f"STOR {name}", io.BytesIO(scanned))
    assert sorted(Capture.objects.values_list("file_name", "resent")) == [("a.pdf", 1), ("b.pdf", 0)]


def test_an_empty_file_and_a_hostile_name(files: FilesProcess, ftp_account: Account, scanned: bytes) -> None:
    with connected(files, ftp_account) as client:
        with pytest.raises(ftplib.error_perm, match="CAP-001"):
            client.storbinary("STOR empty.pdf", io.BytesIO())
        client.storbinary("STOR ../../../etc/cron.d/\u202efdp.exe", io.BytesIO(scanned))
        client.encoding = "cp1252"
        client.storbinary("STOR Décompte <b>.pdf", io.BytesIO(make_pdf("cp1252")))
    names = sorted(Capture.objects.values_list("file_name", flat=True))
    assert names[1] == "fdp.exe" and "/" not in "".join(names) and "<" not in "".join(names)
    assert not Path("/etc/cron.d/fdp.exe").exists()


def test_pictures_become_documents_and_the_rest_is_parked(
    files: FilesProcess, ftp_account: Account, run_jobs: RunJobs
) -> None:
    sent = {
        "page.png": make_picture("PNG"),
        "photo.jpg": make_picture("JPEG"),
        "fax.tif": make_picture("TIFF", pages=3, mode="1"),
        "notes.docx": b"PK\x03\x04 not a document of ours",
        "broken.tif": make_picture("TIFF")[:200],
    }
    with connected(files, ftp_account) as client:
        for name, content in sent.items():
            assert client.storbinary(f"STOR {name}", io.BytesIO(content)).startswith("226")
    run_jobs()
    found = {one.file_name: (one.state, one.problem_code, one.page_count) for one in Capture.objects.all()}
    assert found == {
        "page.png": (CaptureState.FILED, "", 1),
        "photo.jpg": (CaptureState.FILED, "", 1),
        "fax.tif": (CaptureState.FILED, "", 3),
        "notes.docx": (CaptureState.PARKED, "CAP-011", 0),
        "broken.tif": (CaptureState.PARKED, "CAP-022", 0),
    }
    kept = Capture.objects.get(file_name="fax.tif")
    assert blob_path(kept.blob_id).read_bytes() == sent["fax.tif"], "what came stays as it came"


def test_a_full_disk_is_said_and_nothing_is_acknowledged(
    files: FilesProcess, ftp_account: Account, scanned: bytes
) -> None:
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", STAGING], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("this user may not mount a small disk")
    try:
        with connected(files, ftp_account) as client:
            with pytest.raises(ftplib.error_temp, match="452"):
                client.storbinary("STOR big.pdf", io.BytesIO(scanned + b"%" + os.urandom(4 << 20)))
            assert client.storbinary("STOR small.pdf", io.BytesIO(scanned)).startswith("226")
        assert not list(STAGING.glob("blob-*"))
    finally:
        subprocess.run(["umount", STAGING], check=True)
    assert Capture.objects.count() == 1


def test_a_switched_off_account_is_refused_even_in_mid_session(
    files: FilesProcess, ftp_account: Account, house: House, scanned: bytes
) -> None:
    from pli.capture.api import change_source

    with connected(files, ftp_account) as client:
        change_source(house.bruno, ftp_account.source.id, is_active=False)
        with pytest.raises(ftplib.error_perm, match="CAP-014"):
            client.storbinary("STOR late.pdf", io.BytesIO(scanned))
    with pytest.raises(ftplib.error_perm, match="530"), connected(files, ftp_account):
        pass
    assert not Capture.objects.exists()


@pytest.mark.skipif(not shutil.which("curl"), reason="no curl here")
def test_curl_and_active_mode(files: FilesProcess, ftp_account: Account, old_copier: Account, tmp_path: Path) -> None:
    document = tmp_path / "curl.pdf"
    document.write_bytes(make_pdf("curl"))
    for account, more in ((ftp_account, ["--ssl-reqd", "-k"]), (old_copier, ["--ftp-port", "127.0.0.1"])):
        done = subprocess.run(
            ["curl", "-sS", *more, "-T", document, "-u", f"{account.login}:{account.secret}",
             f"ftp://127.0.0.1:{files.ftp_port}/a/b/"], capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    assert Capture.objects.count() == 2


def test_a_guesser_is_kept_out(house: House, ftp_account: Account, tmp_path: Path) -> None:
    """A process of its own: the address that is banned is the tests' own. They guess all at once: who opens a
    connection for each try waits as long."""
    from tests.capture.sources.conftest import start_files

    alone = start_files(tmp_path / "files.log")
    try:
        with ThreadPoolExecutor(FORGIVEN) as guessers:
            waits = sorted(guessers.map(lambda number: _guess(alone, ftp_account, number), range(FORGIVEN)))
        assert all(wait >= told for wait, told in zip(waits, (1, 2, 4, 8, 8), strict=True)), "each waits longer"
        client = ftplib.FTP_TLS(context=_context())
        with pytest.raises((ftplib.Error, EOFError, OSError)):
            client.connect("127.0.0.1", alone.ftp_port, timeout=30)
            client.login(ftp_account.login, ftp_account.secret)
        with pytest.raises(OSError):
            socket.create_connection(("127.0.0.1", alone.sftp_port), timeout=10).makefile("rb").read(200) or _gone()
    finally:
        alone.kill()


def test_a_wrong_password_is_shown_until_the_account_takes_a_file(
    files: FilesProcess, ftp_account: Account, house: House
) -> None:
    source = ftp_account.source
    _guess(files, ftp_account, 1)
    shown = [one.problem_code for one in sources_in_trouble(house.bruno)]
    assert shown == ["CAP-028"]
    with connected(files, ftp_account) as client:
        client.storbinary("STOR scan.pdf", io.BytesIO(make_pdf()))
    assert not sources_in_trouble(house.bruno)
    # What somebody must see is not hidden behind a password mistyped.
    note_problem(source.id, EmptyFile(name="scan.pdf"))
    _guess(files, ftp_account, 2)
    assert [one.problem_code for one in sources_in_trouble(house.bruno)] == ["CAP-001"]


def _guess(files: FilesProcess, account: Account, number: int) -> float:
    """The seconds until a wrong password is refused."""
    client = ftplib.FTP_TLS(context=_context())
    client.connect("127.0.0.1", files.ftp_port, timeout=60)
    client.auth()
    began = time.monotonic()
    with pytest.raises(ftplib.error_perm, match="530"):
        client.login(account.login, f"essai-{number}")
    client.close()
    return time.monotonic() - began


def _gone() -> Any:
    raise OSError


def test_it_stops_when_asked(house: House, ftp_account: Account, tmp_path: Path) -> None:
    from tests.capture.sources.conftest import start_files

    alone = start_files(tmp_path / "files.log")
    with connected(alone, ftp_account):
        assert alone.stop() == 0
    assert "Traceback" not in alone.log.read_text()
