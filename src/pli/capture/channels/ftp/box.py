"""What a logged-in sender of FTP sees: an empty folder that takes files."""

from __future__ import annotations

import posixpath
from typing import Any, NoReturn

from pyftpdlib.authorizers import AuthenticationFailed, DummyAuthorizer
from pyftpdlib.exceptions import FilesystemError
from pyftpdlib.filesystems import AbstractedFS

from pli.capture.channels.drops import BoxFailed, DropBox, Dropped, open_box
from pli.capture.channels.ftp.transfer import FtpFile
from pli.capture.states import SourceKind


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
