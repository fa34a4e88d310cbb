"""One transfer over FTP: its bytes, its end, and what the sender hears of it."""

from __future__ import annotations

import logging
import select
import socket

from OpenSSL import SSL
from pyftpdlib.exceptions import _RetryError
from pyftpdlib.handlers import TLS_DTPHandler

from pli.capture.channels.drops import BoxFailed, DropBox, Upload
from pli.documents.api import UnableToStore
from pli.kit.errors import PliError

log = logging.getLogger(__name__)

STALL_SECONDS = 60
_GRACE_SECONDS = 0.3
_DONE = "226 Received and kept."
_CUT = "426 Connection cut; nothing was kept."
_LATER = "451 Not possible now, try again later; nothing was kept."


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
    """What a sender hears of a refusal: 452 is « try again later », 552 and 550 are « never »."""
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
        """Always as it is: a PDF sent as « ASCII », by a sender that forgot TYPE I, must not lose its line ends."""
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
