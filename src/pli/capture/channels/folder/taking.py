"""Taking one file: opened without following links, held still, stored, captured; then removed or set apart."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import stat
import time
from dataclasses import dataclass
from enum import Enum

from django.conf import settings

from pli.capture.channels.folder.walking import Found, describe, opened_folder
from pli.capture.channels.folder.wholeness import LONG_QUIET_SECONDS, Writers, held_still, is_still_held
from pli.capture.channels.room import refuse_what_cannot_fit
from pli.capture.errors import FileTooLarge, UnableToTake
from pli.capture.limits import readable_size
from pli.capture.models import InputSource
from pli.capture.sources.arrivals import receive_from
from pli.capture.sources.folders import DONE, REFUSED
from pli.capture.sources.naming import decode_name
from pli.capture.sources.options import FolderOptions, read_options
from pli.capture.sources.problems import note_problem
from pli.capture.sources.sniffing import HEIC, LOOKED_AT, UNKNOWN, sniff
from pli.documents.api import BlobWriter, StoredBytes
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.errors import PliError, fill_sentence

_STEP = 1 << 20
_MOST_NAME_BYTES = 120
_REASON_LABELS = {errno.EACCES: "Pli n’a pas le droit de le lire", errno.EIO: "le disque ne répond pas"}
EMPTY_FOR_SECONDS = 60.0
"""An empty file may be one that is about to be filled; after this it is a mistake."""


class Outcome(Enum):
    """What became of a file."""

    TAKEN = "taken"
    REFUSED = "refused"
    LATER = "later"


@dataclass(frozen=True)
class Place:
    """The watched folder of a source, open."""

    source: InputSource
    root: int

    @property
    def options(self) -> FolderOptions:
        return read_options(FolderOptions, self.source.options)


def take_file(place: Place, file: Found, *, seen_for: float, clock: Clock = SYSTEM_CLOCK) -> Outcome:
    """Capture a file that has been quiet for ``seen_for`` seconds, if nobody writes in it.

    A crash between the capture and the removal leaves the file, whose next taking is the same capture.

    :raises UnableToStore: when our own disk is full; :raises SourceClosed: when the source was switched off meanwhile.
    :raises DatabaseError: when the row could not be committed. The file stays in each case.
    """
    try:
        with opened_folder(place.root, file.folder) as folder:
            return _take_from(place, folder, file, seen_for, clock)
    except FileNotFoundError:
        return Outcome.LATER
    except OSError as error:
        return _refuse(place, file, UnableToTake(name=decode_name(file.name), reason=_why(error)), clock)


def _take_from(place: Place, folder: int, file: Found, seen_for: float, clock: Clock) -> Outcome:
    # Never waits for the other end of a pipe, never follows a link put there since.
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    descriptor = os.open(file.name, flags, dir_fd=folder)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or describe(file.path, status) != file:
            return Outcome.LATER
        if status.st_nlink > 1:
            if seen_for < LONG_QUIET_SECONDS:
                return Outcome.LATER
            raise UnableToTake(name=decode_name(file.name), reason="il porte un autre nom ailleurs sur le disque")
        if file.size == 0:
            if seen_for < EMPTY_FOR_SECONDS:
                return Outcome.LATER
            raise UnableToTake(name=decode_name(file.name), reason="il est vide")
        with held_still(descriptor) as writers:
            if writers is Writers.SOME or (writers is Writers.UNKNOWN and seen_for < LONG_QUIET_SECONDS):
                return Outcome.LATER
            return _capture(place, folder, descriptor, file, clock)
    except (UnableToTake, FileTooLarge) as refusal:
        return _refuse(place, file, refusal, clock)
    finally:
        os.close(descriptor)


def _capture(place: Place, folder: int, descriptor: int, file: Found, clock: Clock) -> Outcome:
    limit = settings.PLI_MAX_UPLOAD_BYTES
    name = decode_name(file.name)
    if file.size > limit:
        raise FileTooLarge(name=name, limit=readable_size(limit))
    refuse_what_cannot_fit(file.size)
    stored, media_type = _store(descriptor)
    if _has_changed(descriptor, file) or stored.size != file.size:
        return Outcome.LATER
    receive_from(
        place.source,
        stored=stored,
        file_name=name,
        source_key=_key(place, file, stored),
        media_type=media_type,
        clock=clock,
    )
    if _has_changed(descriptor, file) or not is_still_held(descriptor):
        # Written to since: what was there is captured, and what is there now is another file.
        return Outcome.TAKEN
    if media_type in (UNKNOWN, HEIC):
        _set_apart(place, folder, file, REFUSED)
        _leave_note(place, file, "Ce n’est ni un PDF ni une image (JPEG, PNG, TIFF) : voyez « À traiter » dans Pli.")
        return Outcome.REFUSED
    if place.options.keeps_done:
        _set_apart(place, folder, file, DONE)
    elif _is_same(folder, file):
        os.unlink(file.name, dir_fd=folder)
    return Outcome.TAKEN


def _store(descriptor: int) -> tuple[StoredBytes, str]:
    with BlobWriter() as writer:
        head = b""
        os.lseek(descriptor, 0, os.SEEK_SET)
        while chunk := os.read(descriptor, _STEP):
            head = head or chunk[:LOOKED_AT]
            writer.write(chunk)
        return writer.keep(), sniff(head)


def _key(place: Place, file: Found, stored: StoredBytes) -> str:
    """The same for the same file found again: its place on the disk and its bytes."""
    told = (place.source.id, file.path, file.device, file.inode, file.modified_ns, stored.size, stored.sha256)
    return hashlib.sha256("\0".join(map(str, told)).encode("utf-8", "surrogateescape")).hexdigest()


def _has_changed(descriptor: int, file: Found) -> bool:
    return describe(file.path, os.fstat(descriptor)) != file


def _is_same(folder: int, file: Found) -> bool:
    """Whether the name still leads to the file that was taken."""
    try:
        return describe(file.path, os.stat(file.name, dir_fd=folder, follow_symlinks=False)) == file
    except OSError:
        return False


def _refuse(place: Place, file: Found, error: PliError, clock: Clock) -> Outcome:
    """Set a file apart with a note of why, and show it; one that can't even be moved is shown again and again."""
    note_problem(place.source.id, error, file_name=file.name, clock=clock)
    with contextlib.suppress(OSError), opened_folder(place.root, file.folder) as folder:
        _set_apart(place, folder, file, REFUSED)
        _leave_note(place, file, f"{fill_sentence(error.message, error.details, str)} {error.remedy}")
        return Outcome.REFUSED
    return Outcome.LATER


def _set_apart(place: Place, folder: int, file: Found, where: str) -> None:
    """Move a file to ``done/`` or ``refused/`` of the watched folder, under a name that is free there."""
    if not _is_same(folder, file):
        return
    with contextlib.suppress(FileExistsError):
        os.mkdir(where, 0o770, dir_fd=place.root)
    with opened_folder(place.root, where) as apart:
        os.rename(file.name, _free_name(apart, file.name), src_dir_fd=folder, dst_dir_fd=apart)


def _free_name(folder: int, name: str) -> str:
    stem, dot, ending = name.rpartition(".")
    stem, ending = (stem, dot + ending) if stem else (name, "")
    for number in range(1000):
        tried = f"{_shortened(stem)}-{number}{_shortened(ending)}" if number else name
        try:
            os.stat(tried, dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            return tried
    return f"{time.time_ns()}{ending}"


def _shortened(name: str) -> str:
    """As much of a name as leaves room for what is put behind it: a disk counts bytes."""
    return os.fsdecode(os.fsencode(name)[:_MOST_NAME_BYTES])


def _leave_note(place: Place, file: Found, sentence: str) -> None:
    with contextlib.suppress(OSError), opened_folder(place.root, REFUSED) as apart:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(f"{_shortened(file.name)}.txt", flags, 0o660, dir_fd=apart)
        with os.fdopen(descriptor, "w", encoding="utf-8") as note:
            note.write(sentence + "\n")


def _why(error: OSError) -> str:
    return _REASON_LABELS.get(error.errno or 0, error.strerror or "E/S")
