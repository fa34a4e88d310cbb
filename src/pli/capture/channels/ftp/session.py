"""The control connection of FTP and its server: log-in, TLS, and the commands of a write-only box."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from OpenSSL import SSL
from pyftpdlib.handlers import TLS_FTPHandler
from pyftpdlib.servers import ThreadedFTPServer

from pli.capture.channels.drops import DropBox
from pli.capture.channels.ftp.box import Box, BoxView
from pli.capture.channels.ftp.transfer import DataChannel, answer_to
from pli.capture.sources.arrivals import is_plain_allowed
from pli.capture.sources.connections import own_connection
from pli.documents.api import UnableToStore
from pli.kit.errors import PliError
from pli.kit.gate import Gate

log = logging.getLogger(__name__)


IDLE_SECONDS = 300
MOST_SESSIONS = 64
MOST_SESSIONS_OF_ONE = 12


class Session(TLS_FTPHandler):  # type: ignore[misc]
    """One control connection."""

    gate: Gate
    authorizer = Box()
    dtp_handler = DataChannel
    abstracted_fs = BoxView
    banner = "Pli"
    timeout = IDLE_SECONDS
    use_sendfile = False
    log_prefix = "%(remote_ip)s"
    box: DropBox | None = None
    announced = 0

    @property
    def is_secure(self) -> bool:
        """Whether the control connection is encrypted."""
        return bool(self._ssl_established)

    @property
    def tls_data_required(self) -> bool:
        """An encrypted log-in is followed by encrypted files."""
        return self.is_secure

    def on_connect(self) -> None:
        """A banned address is told at once."""
        if self.gate.is_banned(self.remote_ip):
            self.respond("421 Too many wrong passwords; try again later.")
            self.close_when_done()

    def ftp_USER(self, line: str) -> None:
        """Without TLS, only of an account that may: the others' passwords must not even be sent."""
        if not self.is_secure:
            with own_connection():
                is_allowed = is_plain_allowed(line)
            if not is_allowed:
                self.respond("550 SSL/TLS required on the control channel.")
                return
        self._leave_box()
        super().ftp_USER(line)

    def ftp_NLST(self, path: str) -> Any:
        """Names alone; of an empty folder a plain 550, as other servers answer."""
        if self.fs.isdir(path) and not self.fs.listdir(path):
            self.respond("550 No files found.")
            return None
        return super().ftp_NLST(path)

    def ftp_REST(self, line: str) -> None:
        """No resuming: half a file is never kept."""
        self.respond("350 Restarting at position 0." if line.strip() == "0" else "502 Resuming is not possible.")

    def ftp_RETR(self, file: str) -> None:
        """Nothing comes out."""
        self.respond("550 Nothing can be read here.")

    def ftp_STOU(self, line: str) -> None:
        """A name is the sender's to give."""
        self.respond("502 Give the file a name: STOR.")

    def ftp_ALLO(self, line: str) -> None:
        """The size of the file to come."""
        size = line.split(" ", 1)[0]
        self.announced = int(size) if size.isascii() and size.isdigit() else 0
        super().ftp_ALLO(line)

    def ftp_STOR(self, file: str, mode: str = "w") -> Any:
        """A file to come, refused before its first byte when it can't be taken."""
        try:
            return super().ftp_STOR(file, mode)
        except PliError as error:
            if self.box is not None and not isinstance(error, UnableToStore):
                log.info("refused: %s", error.code)
            self.respond(answer_to(error))
            return None
        finally:
            self.announced = 0

    def log_cmd(self, cmd: str, arg: str, respcode: int, respstr: str) -> None:
        """Names of files are not for the log."""

    def log_transfer(self, *args: Any, **kwargs: Any) -> None:
        """Nor here."""

    def close(self) -> None:
        """The session is over, however it ends."""
        super().close()
        self._leave_box()

    def _leave_box(self) -> None:
        box, self.box = self.box, None
        if box is not None:
            box.end()


class FtpServer:
    """The server, in a thread for each session."""

    def __init__(
        self, *, host: str, port: int, gate: Gate, certificate: Path, key: Path, passive: range | None, public: str
    ) -> None:
        context = SSL.Context(SSL.TLS_SERVER_METHOD)
        context.set_min_proto_version(SSL.TLS1_2_VERSION)
        context.set_options(SSL.OP_NO_COMPRESSION | SSL.OP_NO_RENEGOTIATION)
        context.use_certificate_chain_file(str(certificate))
        context.use_privatekey_file(str(key))
        handler = type(
            "OurSession",
            (Session,),
            {"gate": gate, "ssl_context": context, "passive_ports": passive, "masquerade_address": public or None},
        )
        server = type("Server", (ThreadedFTPServer,), {"max_cons": MOST_SESSIONS, "max_cons_per_ip": 0})
        self._server = server((host, port), handler)
        self._server.max_cons_per_ip = MOST_SESSIONS_OF_ONE
        self._is_stopping = False

    def serve(self) -> None:
        """Until :meth:`stop`; for a thread of its own."""
        while not self._is_stopping:
            self._server.serve_forever(timeout=0.5, blocking=False, handle_exit=False)
        self._server.close_all()

    def stop(self) -> None:
        """Close the door and every session, soon."""
        self._is_stopping = True
