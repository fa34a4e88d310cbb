"""FTP with TLS (RFC 959, RFC 4217) as a write-only box: the « 226 » comes after the capture is committed.

TLS is required, but of accounts that were allowed to do without (old copiers). Nothing is ever read back.
"""

from __future__ import annotations

import logging
import posixpath
import select
import socket
from pathlib import Path
from typing import Any, NoReturn

from OpenSSL import SSL
from pyftpdlib.authorizers import AuthenticationFailed, DummyAuthorizer
from pyftpdlib.exceptions import FilesystemError, _RetryError
from pyftpdlib.filesystems import AbstractedFS
from pyftpdlib.handlers import TLS_DTPHandler, TLS_FTPHandler
from pyftpdlib.servers import ThreadedFTPServer

from pli.capture.channels.drops import BoxFailed, DropBox, Dropped, Upload, open_box
from pli.capture.sources.arrivals import is_plain_allowed
from pli.capture.sources.connections import own_connection
from pli.capture.states import SourceKind
from pli.documents.api import UnableToStore
from pli.kit.errors import PliError
from pli.kit.gate import Gate

log = logging.getLogger(__name__)

IDLE_SECONDS = 300
STALL_SECONDS = 60
MOST_SESSIONS = 64
MOST_SESSIONS_OF_ONE = 12
_GRACE_SECONDS = 0.3
_DONE = "226 Received and kept."
_CUT = "426 Connection cut; nothing was kept."
_LATER = "451 Not possible now, try again later; nothing was kept."


class Box(DummyAuthorizer):  # type: ignore[misc]  # pyftpdlib is untyped
    """Log-ins are accounts of sources; what they may do is decided by the handler, not here."""

    def validate_authentication(self, username: str, password: str, handler: Any) -> None:
        """:raises AuthenticationFailed: when they are wrong."""
        try:
            handler.box = None if handler.gate.is_banned(handler.remote_ip) else open_box(
                SourceKind.FTP, username, password
            )  # fmt: skip
        except BoxFailed:
            raise AuthenticationFailed("Not possible now.") from None
        if handler.box is None:
            handler.auth_failed_timeout = handler.gate.fail(handler.remote_ip)
            raise AuthenticationFailed("Authentication failed.")
        handler.gate.succeed(handler.remote_ip)

    def get_home_dir(self, username: str) -> str:
        return "/"

    def get_msg_login(self, username: str) -> str:
        return "Ready."

    def get_msg_quit(self, username: str) -> str:
        return "Goodbye."

    def get_perms(self, username: str) -> str:
        return "elmwf"

    def has_perm(self, username: str, perm: str, path: str | None = None) -> bool:
        """Everything but reading, removing and appending; the rest is the box's to answer."""
        return perm in "elmwf"

    def impersonate_user(self, username: str, password: str) -> None: ...

    def terminate_impersonation(self, username: str) -> None: ...


class BoxView(AbstractedFS):  # type: ignore[misc]
    """A file system that is not there: what the session put into its box, and nothing else."""

    def __init__(self, root: str, cmd_channel: Any) -> None:
        super().__init__("/", cmd_channel)

    @property
    def box(self) -> DropBox:
        """The session's."""
        found: DropBox = self.cmd_channel.box
        return found

    def ftp2fs(self, ftppath: str) -> str:
        return str(self.ftpnorm(ftppath))

    def fs2ftp(self, fspath: str) -> str:
        return fspath

    def validpath(self, path: str) -> bool:
        return "\0" not in path and len(path) <= 1000

    def open(self, filename: str, mode: str) -> FtpFile:
        """:raises FilesystemError: for anything but a new file."""
        if mode != "wb" or self.box.is_folder(filename):
            raise FilesystemError("Only new files, from their first byte")
        return FtpFile(self.box, self.box.begin(filename, announced=self.cmd_channel.announced))

    def chdir(self, path: str) -> None:
        # Copiers are set up with folders; they mean nothing here and need not be made first.
        self.cwd = path

    def mkdir(self, path: str) -> None:
        if not self.box.make_folder(path):
            raise FilesystemError("Too many folders")

    def listdir(self, path: str) -> list[str]:
        return [posixpath.basename(one.path) for one in self.box.files_in(path)]

    def rename(self, src: str, dst: str) -> None:
        """:raises FilesystemError: when the session sent no such file."""
        try:
            if not self.box.rename(src, dst):
                raise FilesystemError("No such file")
        except BoxFailed:
            raise FilesystemError("Not possible now") from None

    def isfile(self, path: str) -> bool:
        return self.box.find(path) is not None

    def islink(self, path: str) -> bool:
        return False

    def isdir(self, path: str) -> bool:
        return not self.isfile(path)

    def getsize(self, path: str) -> int:
        found = self.box.find(path)
        if found is None:
            raise FilesystemError("No such file")
        return found.size

    def getmtime(self, path: str) -> float:
        found = self.box.find(path)
        if found is None:
            raise FilesystemError("No such file")
        return found.received_at.timestamp()

    def realpath(self, path: str) -> str:
        return path

    def lstat(self, path: str) -> None:
        """:raises FilesystemError: when the session sent no such file."""
        self.getsize(path)

    stat = lstat

    def _refuse(self, *given: Any, **named: Any) -> NoReturn:
        raise FilesystemError("Not possible here")

    # Whatever a newer pyftpdlib may ask of a real disk is refused, never answered from ours.
    mkstemp = rmdir = remove = chmod = utime = readlink = listdirinfo = _refuse

    def lexists(self, path: str) -> bool:
        return self.isfile(path) or self.box.is_folder(path)

    def _among(self, folder: str, names: list[str]) -> list[Dropped]:
        return [one for one in self.box.files_in(folder) if posixpath.basename(one.path) in names]

    def format_list(self, basedir: str, listing: list[str], ignore_err: bool = True) -> Any:  # noqa: FBT001, FBT002
        """As ``ls -l``. Never empty: some clients choke on a TLS connection that carries nothing."""
        yield b"total 0\r\n"
        for one in self._among(basedir, listing):
            when = one.received_at.strftime("%b %d %H:%M")
            line = f"-rw------- 1 pli pli {one.size:>10} {when} {posixpath.basename(one.path)}\r\n"
            yield line.encode("utf-8", "replace")

    def format_mlsx(
        self, basedir: str, listing: list[str], perms: str, facts: list[str], ignore_err: bool = True  # noqa: FBT001, FBT002
    ) -> Any:  # fmt: skip
        """As RFC 3659, the folder itself first."""
        if len(listing) != 1 or ignore_err:
            yield b"type=cdir; .\r\n"
        for one in self._among(basedir, listing):
            when = one.received_at.strftime("%Y%m%d%H%M%S")
            name = posixpath.basename(one.path)
            yield f"type=file;size={one.size};modify={when}; {name}\r\n".encode("utf-8", "replace")


class FtpFile:
    """The file of one transfer, as pyftpdlib writes and closes it: closing says what the sender hears."""

    def __init__(self, box: DropBox, upload: Upload) -> None:
        self.name, self.closed = upload.path, False
        self.channel: DataChannel | None = None
        self._box, self._upload = box, upload

    def write(self, chunk: bytes) -> None:
        """Some bytes; a refusal ends the transfer."""
        if self.closed:
            return
        try:
            self._upload.write(chunk)
        except PliError as error:
            self._end(answer_to(error), error)
            if self.channel is not None:
                self.channel.close()

    def close(self) -> None:
        """The data connection is over: well, and the file is kept; or not, and nothing of it is."""
        if self.closed:
            return
        if self.channel is None or not self.channel.transfer_finished:
            self._end("", None)
            return
        self.closed = True
        try:
            self._box.finish(self._upload)
        except PliError as error:
            self._end(answer_to(error), error)
        except BoxFailed:
            self._end(_LATER, None)
        except Exception:
            log.exception("a file could not be kept")
            self._end(_LATER, None)
        else:
            self._answer(_DONE)

    def _end(self, answer: str, error: PliError | None) -> None:
        self.closed = True
        self._box.give_up(self._upload, error=error)
        if answer:
            self._answer(answer)

    def _answer(self, answer: str) -> None:
        if self.channel is not None:
            self.channel.say(answer)


def answer_to(error: PliError) -> str:
    """What a sender hears of a refusal: 452 is « try again later », 552 and 550 are « never »."""
    if isinstance(error, UnableToStore):
        return "452 Disk full; nothing was kept."
    if error.status in (413, 429):
        return f"552 {error.code}: too large, or too many; nothing was kept."
    return f"550 {error.code}: refused; nothing was kept."


class DataChannel(TLS_DTPHandler):  # type: ignore[misc]
    """A transfer. Its end is believed only when the sender is still there to hear of it."""

    timeout = STALL_SECONDS
    is_cut = False

    def enable_receiving(self, type: str, cmd: str) -> None:
        """Always as it is: a PDF sent as « ASCII », by a sender that forgot TYPE I, must not lose its line ends."""
        self.file_obj.channel = self
        super().enable_receiving("i", cmd)

    def say(self, answer: str) -> None:
        """What the control connection answers once this one is closed."""
        self._resp = (answer, log.debug)

    def recv(self, buffer_size: int) -> bytes:
        """Some bytes; none at the end, whichever end it is."""
        try:
            chunk: bytes = self.socket.recv(buffer_size)
        except (SSL.WantReadError, BlockingIOError):
            self._ssl_want_read = self._ssl_requested
            raise _RetryError from None
        except SSL.WantWriteError:
            self._ssl_want_write = True
            raise _RetryError from None
        except SSL.ZeroReturnError:
            chunk = b""
        except SSL.SysCallError as error:
            # -1: closed without TLS's own goodbye, as many old clients do. Anything else is a connection torn down.
            self.is_cut, chunk = error.args[0] != -1, b""
        except (SSL.Error, OSError):
            self.is_cut, chunk = True, b""
        if not chunk:
            self.handle_close()
        return chunk

    def handle_close(self) -> None:
        """The sender closed it."""
        if not self._closed and self.receive and (self.is_cut or not self._ended_well()):
            self.is_cut = True
            self.say(_CUT)
            self.close()
            return
        super().handle_close()

    def handle_error(self) -> None:
        """Something failed here: the sender hears that nothing was kept."""
        self.say(_LATER)
        super().handle_error()

    def _ended_well(self) -> bool:
        if isinstance(self.socket, SSL.Connection) and self.socket.get_shutdown() & SSL.RECEIVED_SHUTDOWN:
            return True
        # A killed sender closes its data connection as a finished one does; but its control connection closes too.
        return not _is_hung_up(self.cmd_channel.socket, _GRACE_SECONDS)


def _is_hung_up(connection: socket.socket, seconds: float) -> bool:
    """Whether the other side closes its end within ``seconds``."""
    watched = select.poll()
    watched.register(connection.fileno(), select.POLLRDHUP)
    return bool(watched.poll(seconds * 1000))


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
