"""SFTP (version 3) as a write-only box: no shell, no command, no tunnel; closing a file answers once it is captured."""

from __future__ import annotations

import asyncio
import logging
import os
import posixpath
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import asyncssh
from asyncssh.sftp import SFTPServerHandler
from asyncssh.stream import SSHServerStreamSession

from pli.capture.channels.drops import BoxFailed, DropBox, Dropped, Upload, open_box
from pli.capture.states import SourceKind
from pli.documents.api import UnableToStore
from pli.kit.errors import PliError
from pli.kit.gate import Gate

log = logging.getLogger(__name__)

LOGIN_SECONDS = 30
KEEPALIVE_SECONDS = 60
MOST_SESSIONS = 64
MOST_SESSIONS_OF_ONE = 12
_AHEAD_BYTES = 16 << 20
"""What may come before its turn, when a client writes out of order."""
_FOLDER, _FILE = 0o040700, 0o100600


def _refuse(server: BoxServer, *given: object) -> None:
    raise asyncssh.SFTPPermissionDenied("Not possible here")


_REFUSE: Any = _refuse


class Incoming:
    """A file being written: in order, or nearly."""

    def __init__(self, upload: Upload) -> None:
        self.upload = upload
        self.refusal = asyncssh.SFTPFailure("This file was given up; nothing of it was kept")
        """What every later word about it is answered, once it was given up."""
        self._ahead: dict[int, bytes] = {}

    def write(self, offset: int, data: bytes) -> None:
        """:raises asyncssh.SFTPError: when it goes back over what was written, or too far ahead.
        :raises PliError: as :meth:`Upload.write`."""
        if offset < self.upload.size:
            raise asyncssh.SFTPOpUnsupported("Files are written once, from their first byte")
        if offset > self.upload.size:
            self._ahead[offset] = data
            if sum(map(len, self._ahead.values())) > _AHEAD_BYTES or len(self._ahead) > 1024:
                raise asyncssh.SFTPFailure("A part of the file is missing")
            return
        self.upload.write(data)
        while (following := self._ahead.pop(self.upload.size, None)) is not None:
            self.upload.write(following)

    @property
    def is_whole(self) -> bool:
        """Whether there is no hole."""
        return not self._ahead


class BoxServer(asyncssh.SFTPServer):
    """What a session sees: its own files, in folders that need not be made."""

    def __init__(self, channel: asyncssh.SSHServerChannel[bytes], box: DropBox) -> None:
        super().__init__(channel)
        self._box = box
        self._open: set[Incoming] = set()

    async def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> Incoming:
        """A new file."""
        wanted = asyncssh.FXF_WRITE | asyncssh.FXF_CREAT
        if pflags & asyncssh.FXF_READ or pflags & asyncssh.FXF_APPEND or pflags & wanted != wanted:
            raise asyncssh.SFTPPermissionDenied("Nothing can be read or continued here, only new files written")
        try:
            upload = self._box.begin(_clean(path), announced=attrs.size or 0)
        except PliError as error:
            raise _failure(error) from None
        incoming = Incoming(upload)
        self._open.add(incoming)
        return incoming

    def write(self, file_obj: object, offset: int, data: bytes) -> int:
        """Some bytes of it; it is closed to more when one can't be taken."""
        incoming = self._incoming(file_obj)
        try:
            incoming.write(offset, data)
        except PliError as error:
            self._give_up(incoming, error)
            raise _failure(error) from None
        except asyncssh.SFTPError:
            self._give_up(incoming, None)
            raise
        return len(data)

    async def close(self, file_obj: object) -> None:
        """The client closed it: kept and committed before it is told so."""
        incoming = self._incoming(file_obj)
        if not incoming.is_whole:
            self._give_up(incoming, None)
            raise asyncssh.SFTPFailure("A part of the file is missing; nothing was kept")
        self._open.discard(incoming)
        try:
            # Shielded: a client that leaves must not tear a thread from under the transaction it is in.
            await asyncio.shield(asyncio.to_thread(self._box.finish, incoming.upload))
        except PliError as error:
            self._give_up(incoming, error)
            raise _failure(error) from None
        except BoxFailed:
            raise asyncssh.SFTPFailure("Not possible now, try again later; nothing was kept") from None

    def abandon(self) -> None:
        """The connection went away: of what is open nothing stays."""
        for incoming in list(self._open):
            self._give_up(incoming, None)

    async def exit(self) -> None:
        """The session is over."""
        await asyncio.to_thread(self._box.end)

    async def rename(self, oldpath: bytes, newpath: bytes) -> None:
        """Give a file of this session its final name."""
        try:
            found = await asyncio.to_thread(self._box.rename, _clean(oldpath), _clean(newpath))
        except BoxFailed:
            raise asyncssh.SFTPFailure("Not possible now") from None
        if not found:
            raise asyncssh.SFTPNoSuchFile("No such file")

    async def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        """The same."""
        await self.rename(oldpath, newpath)

    def stat(self, path: bytes) -> asyncssh.SFTPAttrs:
        """A file of this session; any other path is a folder when it was made, or the root."""
        where = _clean(path)
        found = self._box.find(where)
        if found is not None:
            return _file(found)
        if where == "/" or self._box.is_folder(where):
            return asyncssh.SFTPAttrs(permissions=_FOLDER)
        raise asyncssh.SFTPNoSuchFile("No such file")

    def lstat(self, path: bytes) -> asyncssh.SFTPAttrs:
        """The same: there are no links."""
        return self.stat(path)

    def fstat(self, file_obj: object) -> asyncssh.SFTPAttrs:
        """A file on its way."""
        return asyncssh.SFTPAttrs(size=self._incoming(file_obj).upload.size, permissions=_FILE)

    def setstat(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> None:
        """Dates and rights mean nothing here; senders that set them are not told off."""
        self.stat(path)

    def lsetstat(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> None:
        """The same."""
        self.stat(path)

    def fsetstat(self, file_obj: object, attrs: asyncssh.SFTPAttrs) -> None:
        """The same; but a size is not to be set."""
        if attrs.size is not None and attrs.size != self._incoming(file_obj).upload.size:
            raise asyncssh.SFTPOpUnsupported("Files can't be cut")

    def fsync(self, file_obj: object) -> None:
        """Done at the closing."""
        self._incoming(file_obj)

    async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
        """What this session put there."""
        for one in self._box.files_in(_clean(path)):
            yield asyncssh.SFTPName(os.fsencode(posixpath.basename(one.path)), attrs=_file(one))

    def mkdir(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> None:
        """Folders are remembered, and mean nothing."""
        if not self._box.make_folder(_clean(path)):
            raise asyncssh.SFTPFailure("Too many folders")

    def realpath(self, path: bytes) -> bytes:
        """The path without its detours."""
        return os.fsencode(_clean(path))

    # Whatever a client or a newer asyncssh may ask of a real disk is refused, never answered from ours.
    read = remove = rmdir = readlink = symlink = link = statvfs = fstatvfs = lock = unlock = open56 = _REFUSE

    def _incoming(self, file_obj: object) -> Incoming:
        if not isinstance(file_obj, Incoming):
            raise asyncssh.SFTPFailure("No such file")
        if file_obj not in self._open:
            # Clients write ahead: the answer they show is often the last one, so it has the reason too.
            raise asyncssh.SFTPFailure(file_obj.refusal.reason)
        return file_obj

    def _give_up(self, incoming: Incoming, error: PliError | None) -> None:
        self._open.discard(incoming)
        incoming.upload.discard()
        if error is not None:
            incoming.refusal = _failure(error)
        loop = asyncio.get_running_loop()
        loop.run_in_executor(None, lambda: self._box.give_up(incoming.upload, error=error))


class _Conversation(SFTPServerHandler):
    """asyncssh closes, at a connection's end, the files a client left open, as if the client had: not here."""

    async def _cleanup(self, exc: Exception | None) -> None:
        if isinstance(self._server, BoxServer):
            self._server.abandon()
        self._file_handles.clear()
        await super()._cleanup(exc)


class _SftpOnly(SSHServerStreamSession[bytes]):
    """A session that knows the subsystem « sftp » and nothing else: no shell, no command."""

    def __init__(self, box: DropBox) -> None:
        super().__init__(None, lambda channel: BoxServer(cast("Any", channel), box))

    def session_started(self) -> None:
        """The subsystem was asked for: the conversation begins."""
        server = self._init_sftp_server()
        channel, connection = self._chan, self._conn
        if channel is None or connection is None or not isinstance(server, BoxServer):
            return
        reader, writer = asyncssh.SSHReader(self, channel), asyncssh.SSHWriter(self, channel)
        connection.create_task(_Conversation(server, reader, writer, 3).run(), reader.logger)


class _Connection(asyncssh.SSHServer):
    """One connection: a password of an account, then SFTP."""

    def __init__(self, gate: Gate, door: SftpServer) -> None:
        self._gate, self._door = gate, door
        self._address = ""
        self._is_counted = False
        self._box: DropBox | None = None
        self._connection: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        self._address = str((conn.get_extra_info("peername") or ("",))[0])
        self._is_counted = self._door.count(self._address, 1)
        if not self._is_counted or self._gate.is_banned(self._address):
            conn.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._is_counted:
            self._door.count(self._address, -1)

    def password_auth_supported(self) -> bool:
        return True

    async def validate_password(self, username: str, password: str) -> bool:
        if self._gate.is_banned(self._address):
            return False
        try:
            self._box = await asyncio.to_thread(open_box, SourceKind.SFTP, username, password)
        except BoxFailed:
            return False
        if self._box is None:
            await asyncio.sleep(self._gate.fail(self._address))
            return False
        self._gate.succeed(self._address)
        return True

    def session_requested(self) -> Any:
        if self._box is None:
            return False
        return _SftpOnly(DropBox(self._box.source))


class SftpServer:
    """The server, in an event loop and a thread of its own."""

    def __init__(self, *, host: str, port: int, gate: Gate, host_keys: list[Path]) -> None:
        self._where, self._gate, self._host_keys = (host, port), gate, host_keys
        self._sessions: dict[str, int] = {}
        self._loop = asyncio.new_event_loop()
        self._ending = asyncio.Event()
        self.is_listening = threading.Event()

    def count(self, address: str, change: int) -> bool:
        """A connection came or went; False when there are too many."""
        now = self._sessions.get(address, 0) + change
        if change > 0 and (now > MOST_SESSIONS_OF_ONE or sum(self._sessions.values()) >= MOST_SESSIONS):
            return False
        self._sessions[address] = now
        if not now:
            del self._sessions[address]
        return True

    def serve(self) -> None:
        """Until :meth:`stop`; for a thread of its own.

        :raises OSError: when the port can't be had.
        """
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
            self._loop.close()

    def stop(self) -> None:
        """Close the door and every session, soon."""
        self._loop.call_soon_threadsafe(self._ending.set)

    async def _serve(self) -> None:
        host, port = self._where
        acceptor = await asyncssh.create_server(
            lambda: _Connection(self._gate, self),
            host,
            port,
            server_host_keys=[str(path) for path in self._host_keys],
            server_version="Pli",
            encoding=None,
            line_editor=False,
            allow_pty=False,
            agent_forwarding=False,
            x11_forwarding=False,
            public_key_auth=False,
            kbdint_auth=False,
            gss_host=None,
            login_timeout=LOGIN_SECONDS,
            keepalive_interval=KEEPALIVE_SECONDS,
            compression_algs=None,
            reuse_address=True,
        )
        self.is_listening.set()
        try:
            await self._ending.wait()
        finally:
            self.is_listening.clear()
            acceptor.close()
            await acceptor.wait_closed()


def _clean(path: bytes) -> str:
    """An absolute path without its detours; odd bytes kept as Python keeps them."""
    text = path.decode("utf-8", "surrogateescape")
    return posixpath.normpath(posixpath.join("/", text)).replace("//", "/")


def _file(one: Dropped) -> asyncssh.SFTPAttrs:
    when = int(one.received_at.timestamp())
    return asyncssh.SFTPAttrs(size=one.size, permissions=_FILE, atime=when, mtime=when)


def _failure(error: PliError) -> asyncssh.SFTPFailure:
    if isinstance(error, UnableToStore):
        return asyncssh.SFTPFailure("Disk full; nothing was kept")
    return asyncssh.SFTPFailure(f"{error.code}: refused; nothing was kept")
