"""The process of the sources: watched folders, FTP, SFTP and mailboxes together, as ``pli files`` runs them."""

from __future__ import annotations

import json
import logging
import os
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pli.capture.sources.host_keys import make_host_keys

if TYPE_CHECKING:
    # A second and twenty megabytes of servers: loaded by the process that runs them, not by every page.
    from pli.capture.channels.ftp.session import FtpServer
    from pli.capture.channels.sftp import SftpServer

log = logging.getLogger(__name__)

TOLD_EVERY_SECONDS = 3.0
"""How often the process says that it lives, in ``run/files.json``."""
STALE_SECONDS = 120.0
"""A part that gave no sign for so long has failed."""


@dataclass(frozen=True)
class Doors:
    """Where the servers listen: a port of 0 is no server. ``passive``: the ports of FTP's transfers."""

    home: Path
    host: str
    ftp_port: int
    sftp_port: int
    certificate: Path | None
    key: Path | None
    passive: range | None
    public_address: str = ""


@dataclass
class FilesService:
    """All of it, started and stopped together; when one part ends by itself the process does too, to be restarted."""

    doors: Doors
    _ending: threading.Event = field(default_factory=threading.Event)
    _failed: list[str] = field(default_factory=list)

    def run(self) -> int:
        """Serve until :meth:`stop`; 1 when a part failed."""
        from pli.capture.channels.folder.watcher import FolderWatcher
        from pli.capture.channels.ftp.session import FtpServer
        from pli.capture.channels.imap.reader import MailboxReader
        from pli.capture.channels.sftp import SftpServer
        from pli.kit.gate import Gate

        for name in ("asyncssh", "pyftpdlib", "watchfiles"):
            # They write down every visit, with names of files.
            logging.getLogger(name).setLevel(logging.WARNING)
        gate = Gate()
        watcher, reader = FolderWatcher(), MailboxReader()
        servers: list[tuple[str, FtpServer | SftpServer]] = []
        doors = self.doors
        if doors.ftp_port and doors.certificate and doors.key:
            ftp = FtpServer(
                host=doors.host, port=doors.ftp_port, gate=gate, certificate=doors.certificate, key=doors.key,
                passive=doors.passive, public=doors.public_address,
            )  # fmt: skip
            servers.append(("ftp", ftp))
        if doors.sftp_port:
            keys = make_host_keys()
            servers.append(("sftp", SftpServer(host=doors.host, port=doors.sftp_port, gate=gate, host_keys=keys)))
        threads = [threading.Thread(target=self._serve, args=one, name=one[0]) for one in servers]
        for thread in threads:
            thread.start()
        watcher.start()
        reader.start()
        try:
            while not self._ending.is_set():
                if time.monotonic() - min(watcher.round_at, reader.round_at) < STALE_SECONDS:
                    _tell(doors.home, [name for name, _ in servers])
                self._ending.wait(TOLD_EVERY_SECONDS)
        finally:
            # Whatever ends this loop ends all: servers left to themselves would take connections and no file.
            for _name, server in servers:
                server.stop()
            watcher.stop()
            reader.stop()
            for thread in threads:
                thread.join(10)
        (doors.home / "run" / "files.json").unlink(missing_ok=True)
        return 1 if self._failed else 0

    def stop(self) -> None:
        """Finish what is under way, and end."""
        self._ending.set()

    def _serve(self, name: str, server: FtpServer | SftpServer) -> None:
        try:
            server.serve()
        except Exception:
            log.exception("%s failed", name)
            self._failed.append(name)
        finally:
            self._ending.set()


def _tell(home: Path, names: list[str]) -> None:
    """Say that every part lives, for /healthz and the doctor; on a disk that is full it is said when there is room."""
    path = home / "run" / "files.json"
    half = path.with_name(f".files.{os.getpid()}")
    told = {"at": time.time(), "pid": os.getpid(), "parts": ["folders", "mailboxes", *names]}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        half.write_text(json.dumps(told))
        half.replace(path)
    except OSError as error:
        log.warning("can't say that the sources are served: %s", error.strerror)
