"""What FTP and SFTP have in common: a box one can put files into, and see nothing of but what one just put there.

A file goes to the staging area while it comes in. Once whole, it is fsynced and its capture committed; only then does
the sender hear that it was received. A session remembers what it sent: that alone can be listed, asked about, renamed.
"""

from __future__ import annotations

import logging
import posixpath
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, InterfaceError

from pli.capture.channels.room import refuse_what_cannot_fit
from pli.capture.errors import FileTooLarge, TooManyFiles, TransferIncomplete
from pli.capture.limits import readable_size
from pli.capture.models import InputSource
from pli.capture.receiving import rename_capture, settle_capture
from pli.capture.sources.arrivals import find_account, receive_drop
from pli.capture.sources.connections import own_connection
from pli.capture.sources.naming import decode_name, is_temporary
from pli.capture.sources.problems import note_problem
from pli.capture.sources.sniffing import LOOKED_AT, sniff
from pli.capture.states import SourceKind
from pli.documents.api import BlobWriter
from pli.kit.clock import SYSTEM_CLOCK
from pli.kit.errors import PliError

log = logging.getLogger(__name__)

MOST_FILES = 10_000
"""In one session."""
MOST_FOLDERS = 200


class BoxFailed(Exception):
    """Not the sender's fault (disk, database): try again later. ``is_full`` when the disk is."""

    def __init__(self, *, is_full: bool) -> None:
        super().__init__("full" if is_full else "unavailable")
        self.is_full = is_full


@dataclass(frozen=True)
class Dropped:
    """A file this session sent."""

    path: str
    capture_id: UUID
    size: int
    received_at: datetime
    is_settled: bool


class Upload:
    """One file on its way."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.head = b""
        self._writer = BlobWriter()

    @property
    def name(self) -> str:
        """Its name as the sender says it."""
        return decode_name(posixpath.basename(self.path))

    @property
    def size(self) -> int:
        """Bytes so far."""
        return self._writer.size

    @property
    def writer(self) -> BlobWriter:
        """Where they go."""
        return self._writer

    def write(self, chunk: bytes) -> None:
        """:raises FileTooLarge: over PLI_MAX_UPLOAD_BYTES; :raises UnableToStore: when the disk refuses."""
        limit = settings.PLI_MAX_UPLOAD_BYTES
        if self.size + len(chunk) > limit:
            raise FileTooLarge(name=self.name, limit=readable_size(limit))
        if len(self.head) < LOOKED_AT:
            self.head += chunk[: LOOKED_AT - len(self.head)]
        self._writer.write(chunk)

    def discard(self) -> None:
        """Leave nothing of it."""
        self._writer.discard()


def open_box(channel: SourceKind, login: str, secret: str) -> DropBox | None:
    """The box of a log-in and password; None when they are wrong.

    :raises BoxFailed: when the database does not answer.
    """
    try:
        with own_connection():
            source = find_account(channel, login, secret)
    except (DatabaseError, InterfaceError):
        raise BoxFailed(is_full=False) from None
    return DropBox(source) if source else None


class DropBox:
    """One session of one account."""

    def __init__(self, source: InputSource) -> None:
        self.source = source
        self._files: dict[str, Dropped] = {}
        self._folders: set[str] = {"/"}

    def begin(self, path: str, *, announced: int = 0) -> Upload:
        """A file begins.

        :raises TooManyFiles: in this session; :raises UnableToStore: when the disk can't take it.
        """
        if len(self._files) >= MOST_FILES:
            raise TooManyFiles(limit=MOST_FILES)
        refuse_what_cannot_fit(announced)
        return Upload(path)

    def finish(self, upload: Upload) -> None:
        """Its last byte came: make it durable and commit its capture. The sender may be told when this returns.

        :raises PliError: nothing of it is kept then; :raises BoxFailed: when the database does not answer.
        """
        try:
            stored = upload.writer.keep()
            with own_connection():
                capture, _is_new = receive_drop(
                    self.source, stored=stored, sent_name=upload.name, media_type=sniff(upload.head)
                )
        except (DatabaseError, InterfaceError) as error:
            log.warning("the database does not answer: %s", type(error).__name__)
            raise BoxFailed(is_full=False) from None
        finally:
            upload.discard()
        is_settled = not is_temporary(upload.name)
        self._files[upload.path] = Dropped(upload.path, capture.id, stored.size, SYSTEM_CLOCK.now(), is_settled)

    def give_up(self, upload: Upload, *, error: PliError | None = None) -> None:
        """It will not be whole: nothing of it stays, and the account's page says so."""
        upload.discard()
        told = error or TransferIncomplete(name=upload.name)
        try:
            with own_connection():
                note_problem(self.source.id, told, file_name=upload.name)
        except (DatabaseError, InterfaceError):
            log.warning("a problem could not be noted: %s", told.code)

    def rename(self, path: str, target: str) -> bool:
        """Give a file of this session another name; False when there is none of that name.

        :raises BoxFailed: when the database does not answer.
        """
        dropped = self._files.get(path)
        if dropped is None:
            return False
        name = decode_name(posixpath.basename(target))
        try:
            with own_connection():
                rename_capture(dropped.capture_id, name)
        except (DatabaseError, InterfaceError):
            raise BoxFailed(is_full=False) from None
        del self._files[path]
        self._files[target] = replace(dropped, path=target, is_settled=True)
        return True

    def find(self, path: str) -> Dropped | None:
        """A file of this session."""
        return self._files.get(path)

    def files_in(self, folder: str) -> list[Dropped]:
        """What this session put into a folder."""
        return [one for one in self._files.values() if posixpath.dirname(one.path) == folder]

    def make_folder(self, path: str) -> bool:
        """Remember a folder for this session; its name means nothing to Pli."""
        if len(self._folders) >= MOST_FOLDERS:
            return False
        self._folders.add(path)
        return True

    def is_folder(self, path: str) -> bool:
        """Whether it is one of this session's."""
        return path in self._folders

    def end(self) -> None:
        """The session is over: what still waited for another name is examined under the one it has."""
        waiting = [one.capture_id for one in self._files.values() if not one.is_settled]
        self._files.clear()
        if not waiting:
            return
        try:
            with own_connection():
                for capture_id in waiting:
                    settle_capture(capture_id)
        except (DatabaseError, InterfaceError):
            # Their examination was planned when they were received: it comes by itself.
            log.warning("%d captures wait for their planned examination", len(waiting))
