"""Bytes on disk, named by their SHA-256, fsynced before anybody is told they are kept.

Nothing a person typed is ever part of a path. A file is written apart, flushed to the disk, and only then takes its
name: no half-written blob is ever visible, and two writers of the same bytes end with one file.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO

from django.conf import settings

from pli.kit.errors import PliError

_NAME = re.compile(r"[0-9a-f]{64}")


class UnableToStore(PliError):
    """The disk refused the bytes (full, read-only, failing). Nothing was acknowledged."""

    code = "DOC-001"
    status = 507
    message = "Le fichier n’a pas pu être enregistré : le disque du serveur est plein ou en panne (%(reason)s)."
    kept = "Rien n’a été enregistré ; votre fichier est toujours sur votre poste."
    remedy = "Prévenez la personne qui gère le serveur, puis recommencez."


class BlobMissing(PliError):
    """A blob's file is not where it must be: an alert, never an ordinary case."""

    code = "DOC-002"
    status = 500
    message = "Le fichier demandé est introuvable sur le disque du serveur."
    remedy = "Prévenez la personne qui gère le serveur : une sauvegarde permet de le remettre."


@dataclass(frozen=True)
class StoredBytes:
    """What was written: its name and its size in bytes."""

    sha256: str
    size: int


def blob_path(sha256: str) -> Path:
    """Where the bytes of that name stand, whether or not they are there.

    :raises ValueError: when it is not the name of a blob.
    """
    if not _NAME.fullmatch(sha256):
        raise ValueError("not a SHA-256")
    return Path(f"{settings.PLI_HOME}/blobs/{sha256[:2]}/{sha256[2:4]}/{sha256}")


def existing_blob_path(sha256: str) -> Path:
    """Where the bytes of that name stand.

    :raises BlobMissing: when the file is gone.
    """
    path = blob_path(sha256)
    if not path.is_file():
        raise BlobMissing(sha256=sha256)
    return path


class BlobWriter:
    """Writes one blob by chunks with flat memory. ``keep()`` makes it durable; leaving without it leaves nothing."""

    def __init__(self) -> None:
        staging = Path(settings.PLI_HOME) / "staging"
        try:
            staging.mkdir(parents=True, exist_ok=True)
            self._path, descriptor = _new_part(staging)
        except OSError as error:
            raise UnableToStore(reason=error.strerror or "E/S") from error
        self._is_named = False
        self._file: IO[bytes] = os.fdopen(descriptor, "wb", buffering=1 << 20)
        self._digest = hashlib.sha256()
        self.size = 0

    def __enter__(self) -> BlobWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.discard()

    def write(self, chunk: bytes) -> None:
        """:raises UnableToStore: when the disk refuses."""
        try:
            self._file.write(chunk)
        except OSError as error:
            raise UnableToStore(reason=error.strerror or "E/S") from error
        self._digest.update(chunk)
        self.size += len(chunk)

    def keep(self) -> StoredBytes:
        """Flush, fsync, name by digest, fsync the folder: from here on the bytes survive a power cut.

        :raises UnableToStore: when the disk refuses.
        """
        stored = StoredBytes(self._digest.hexdigest(), self.size)
        try:
            self._file.flush()
            os.fchmod(self._file.fileno(), 0o440)
            os.fsync(self._file.fileno())
            self._file.close()
            target = blob_path(stored.sha256)
            if _is_kept(target, stored.size):
                self._path.unlink()
            else:
                if not target.parent.is_dir():
                    _make_folder(target.parent)
                self._path.replace(target)
            self._is_named = True
            _fsync_folder(target.parent)
        except OSError as error:
            raise UnableToStore(reason=error.strerror or "E/S") from error
        return stored

    def discard(self) -> None:
        """Drop what was written, if it was not kept."""
        with contextlib.suppress(OSError):
            self._file.close()
        if not self._is_named:
            self._path.unlink(missing_ok=True)


def store_bytes(chunks: Iterable[bytes]) -> StoredBytes:
    """Write chunks as one durable blob.

    :raises UnableToStore: when the disk refuses.
    """
    with BlobWriter() as writer:
        for chunk in chunks:
            writer.write(chunk)
        return writer.keep()


def store_file(path: Path) -> StoredBytes:
    """Copy a file's bytes into the store.

    :raises UnableToStore: when the disk refuses.
    """
    with path.open("rb") as source:
        return store_bytes(iter(lambda: source.read(1 << 20), b""))


def store_many(contents: Sequence[bytes | bytearray]) -> list[StoredBytes]:
    """Many blobs at once: all written, then all flushed to the disk, then each folder once. In the same order.

    :raises UnableToStore: when the disk refuses; nothing half-written is visible then.
    """
    staging = Path(settings.PLI_HOME) / "staging"
    stored, waiting, folders, named = [], [], set(), 0
    try:
        staging.mkdir(parents=True, exist_ok=True)
        for content in contents:
            one = StoredBytes(hashlib.sha256(content).hexdigest(), len(content))
            stored.append(one)
            target = blob_path(one.sha256)
            if _is_kept(target, one.size):
                folders.add(target.parent)
                continue
            part, descriptor = _new_part(staging)
            waiting.append((descriptor, part, target))
            view = memoryview(content)
            while view:
                view = view[os.write(descriptor, view) :]
        # Each pass ends before the next begins: the disk then writes its journal a few times for all, not for each.
        for descriptor, _part, _target in waiting:
            os.fchmod(descriptor, 0o440)
            os.fsync(descriptor)
        for _descriptor, part, target in waiting:
            if target.parent not in folders and not target.parent.is_dir():
                folders |= _new_names(target.parent)
                target.parent.mkdir(parents=True, exist_ok=True)
            part.replace(target)
            named += 1
            folders.add(target.parent)
        for folder in folders:
            _fsync_folder(folder)
    except OSError as error:
        raise UnableToStore(reason=error.strerror or "E/S") from error
    finally:
        for descriptor, _part, _target in waiting:
            os.close(descriptor)
        for _descriptor, part, _target in waiting[named:]:
            part.unlink(missing_ok=True)
    return stored


def read_chunks(sha256: str, size: int = 1 << 16) -> Iterator[bytes]:
    """The bytes of a blob, by chunks.

    :raises BlobMissing: when the file is gone.
    """
    with existing_blob_path(sha256).open("rb") as source:
        yield from iter(lambda: source.read(size), b"")


def is_blob_intact(sha256: str) -> bool:
    """Whether the file on disk still has the digest its name promises."""
    path = blob_path(sha256)
    if not path.is_file():
        return False
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest() == sha256


def sweep_staging(*, older_than_seconds: float, now: float) -> int:
    """Remove what killed writers left in the staging folder; returns how many files."""
    removed = 0
    for path in (Path(settings.PLI_HOME) / "staging").glob("blob-*"):
        with contextlib.suppress(FileNotFoundError):
            if now - path.stat().st_mtime > older_than_seconds:
                path.unlink()
                removed += 1
    return removed


def _new_part(staging: Path) -> tuple[Path, int]:
    """A file that nobody else has, open for writing."""
    path = staging / f"blob-{secrets.token_hex(8)}"
    return path, os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)


def _is_kept(target: Path, size: int) -> bool:
    """Whether these bytes are there already; one that was cut short is written again."""
    try:
        return target.stat().st_size == size
    except FileNotFoundError:
        return False


def _make_folder(folder: Path) -> None:
    """Make a blob folder and fsync the folders above, so that its own name is durable too."""
    holders = _new_names(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for place in holders:
        _fsync_folder(place)


def _new_names(folder: Path) -> set[Path]:
    """The folders that get a new name when this blob folder is made."""
    return {place.parent for place in (folder, folder.parent, folder.parent.parent) if not place.exists()}


def _fsync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
