"""Backup and restore: the database, the documents' bytes and the keys in one tar file.

Order matters under load: the database is dumped first, in one snapshot; a document's bytes are on disk before its row
is committed and never change, so every document of the dump finds its bytes among the files copied afterwards.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from pli import __version__
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.project.faults import UnableToBackUp, UnableToRestore
from pli.project.postgres_programs import find_programs

FORMAT = 1
MANIFEST, DUMP = "manifest.json", "database.dump"
# Made again by the next start, or only true while Pli runs. All else in PLI_HOME is kept.
LEFT_OUT = frozenset({"postgres", "static", "logs", "run", "cache", "staging"})
_BLOB = re.compile(r"[0-9a-f]{64}")
_CHUNK = 1 << 20


@dataclass
class Tally:
    """What a backup holds, or what a restore gave back."""

    blobs: int = 0
    bytes: int = 0
    files: int = 0
    damaged: list[str] = field(default_factory=list)


class _Hashing:
    """A file read through a SHA-256."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self._sha256 = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        content = self._source.read(size)
        self._sha256.update(content)
        return content

    @property
    def hexdigest(self) -> str:
        return self._sha256.hexdigest()


def _kept_files(home: Path) -> Iterator[Path]:
    """The files of PLI_HOME a backup holds, blobs last."""
    top = sorted(path for path in home.iterdir() if path.name not in LEFT_OUT)
    for path in sorted(top, key=lambda path: path.name == "blobs"):
        if path.is_file():
            yield path
        for folder, _names, files in os.walk(path):
            for name in sorted(files):
                inside = Path(folder) / name
                if not name.startswith(".") and inside.is_file() and not inside.is_symlink():
                    yield inside


def _program(name: str, command: list[str], failure: Callable[[str], Exception]) -> None:
    folder = find_programs(None, Path()).folder
    done = subprocess.run([str(folder / name), *command], capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise failure((done.stderr.strip().splitlines() or [name])[-1])


def _add(tar: tarfile.TarFile, path: Path, name: str, tally: Tally) -> str | None:
    """Put one file in; its SHA-256, or None when it went away meanwhile."""
    try:
        source = path.open("rb")
    except FileNotFoundError:
        return None
    with source:
        info = tar.gettarinfo(arcname=name, fileobj=source)
        info.uid = info.gid = 0
        info.uname = info.gname = ""
        reader = _Hashing(source)
        tar.addfile(info, reader)
    tally.bytes += info.size
    return reader.hexdigest


def _add_home(tar: tarfile.TarFile, home: Path, tally: Tally) -> dict[str, str]:
    digests = {}
    for path in _kept_files(home):
        name = f"home/{path.relative_to(home)}"
        sha256 = _add(tar, path, name, tally)
        if sha256 is None:
            continue
        digests[name] = sha256
        is_blob = path.is_relative_to(home / "blobs") and _BLOB.fullmatch(path.name)
        tally.blobs += bool(is_blob)
        tally.files += not is_blob
        if is_blob and sha256 != path.name:
            tally.damaged.append(path.name)
    return digests


def back_up(home: Path, url: str, target: Path, *, clock: Clock = SYSTEM_CLOCK) -> Tally:
    """Write everything of ``home`` and its database to ``target``, while Pli runs or not.

    The file appears complete and fsynced, or not at all, readable by its owner only: it holds the keys.
    A blob whose content is no longer what its name says is backed up as it is and listed in ``damaged``.

    :raises UnableToBackUp: with the reason.
    """
    tally = Tally()
    half = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with (
            os.fdopen(descriptor, "wb") as file,
            tempfile.TemporaryDirectory(dir=target.parent) as folder,
            tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar,
        ):
            dump = Path(folder) / DUMP
            _program(
                "pg_dump",
                ["--format=custom", "--no-owner", "--no-privileges", f"--file={dump}", f"--dbname={url}"],
                lambda reason: UnableToBackUp(reason=reason),
            )
            digests = {DUMP: _add(tar, dump, DUMP, tally) or ""}
            dump.unlink()
            digests |= _add_home(tar, home, tally)
            manifest = {
                "format": FORMAT, "pli": __version__, "made_at": clock.now().isoformat(), "sha256": digests,
            }  # fmt: skip
            content = json.dumps(manifest, indent=0).encode()
            info = tarfile.TarInfo(MANIFEST)
            info.size, info.mode = len(content), 0o600
            tar.addfile(info, io.BytesIO(content))
            tar.close()
            file.flush()
            os.fsync(file.fileno())
        half.replace(target)
        _fsync_folder(target.parent)
    except OSError as error:
        raise UnableToBackUp(reason=error.strerror or str(error)) from error
    finally:
        half.unlink(missing_ok=True)
    return tally


def _fsync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def is_empty_home(home: Path) -> bool:
    """Whether nothing was ever kept there."""
    return not home.exists() or not ((home / "postgres").exists() or any(True for _ in _kept_files(home)))


def _place(home: Path, dump: Path, name: str) -> Path:
    """Where a member of the backup goes; a name that leads out of the folder is refused."""
    if name == DUMP:
        return dump
    place = (home / name.removeprefix("home/")).resolve()
    if not name.startswith("home/") or not place.is_relative_to(home.resolve()):
        raise UnableToRestore(reason=name)
    return place


def _extract(source: IO[bytes], place: Path) -> str:
    """Write one file, closed to others, on disk; its SHA-256."""
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    sha256 = hashlib.sha256()
    descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        while chunk := source.read(_CHUNK):
            sha256.update(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    return sha256.hexdigest()


def unpack(backup: Path, home: Path, dump: Path) -> Tally:
    """Bring the files back, each verified against the manifest, and blobs against their names.

    :raises UnableToRestore: when the file is not a whole backup, or a digest differs.
    """
    tally, found = Tally(), {}
    manifest: dict[str, Any] = {}
    try:
        with tarfile.open(backup, "r:") as tar:
            for member in tar:
                stream = tar.extractfile(member)
                if not member.isfile() or stream is None:
                    raise UnableToRestore(reason=member.name)
                if member.name == MANIFEST:
                    manifest = json.loads(stream.read())
                    continue
                place = _place(home, dump, member.name)
                found[member.name] = sha256 = _extract(stream, place)
                is_blob = _BLOB.fullmatch(place.name) and place.is_relative_to(home / "blobs")
                tally.blobs += bool(is_blob)
                tally.files += not is_blob
                tally.bytes += member.size
                if is_blob and sha256 != place.name:
                    tally.damaged.append(place.name)
    except (OSError, tarfile.TarError, ValueError) as error:
        raise UnableToRestore(reason=str(error)) from error
    if manifest.get("format") != FORMAT:
        raise UnableToRestore(reason=f"{backup.name} : {MANIFEST} ?")
    if wrong := {name for name, sha256 in manifest["sha256"].items() if found.get(name) != sha256}:
        raise UnableToRestore(reason=f"SHA-256 ≠ {sorted(wrong)[0]}")
    return tally


def load_database(dump: Path, url: str) -> None:
    """Fill the empty database of ``url``.

    :raises UnableToRestore: when it is not empty or refuses the dump.
    """
    import psycopg

    with psycopg.connect(url) as connection:
        query = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
        row = connection.execute(query).fetchone()
        if row and row[0]:
            raise UnableToRestore(reason="PLI_DATABASE_URL")
    _program(
        "pg_restore",
        ["--exit-on-error", "--no-owner", "--no-privileges", f"--dbname={url}", str(dump)],
        lambda reason: UnableToRestore(reason=reason),
    )


def missing_blobs(home: Path, url: str) -> list[str]:
    """Blobs the database knows that are not on disk."""
    import psycopg

    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT sha256 FROM documents_blob").fetchall()
    return [name for (name,) in rows if not (home / "blobs" / name[:2] / name[2:4] / name).exists()]
