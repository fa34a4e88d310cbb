"""PLI_HOME: the one folder that holds all of an installation's data, and the lock that keeps it to one supervisor.

``blobs/`` documents' bytes · ``keys/`` secrets, 0700 · ``postgres/`` the embedded database · ``static/`` served files ·
``logs/`` · ``run/`` what only matters while Pli runs · ``first_start.json`` · ``demo.json``
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pli.project.faults import DiskFull, HomeInUse, HomeNotWritable

# Below this no new work is accepted safely: PostgreSQL needs room for its log, seals need a copy of the file.
NEEDED_MEGABYTES = 200
SECRET_FOLDERS = ("keys", "blobs", "run", "logs")


def free_megabytes(folder: Path) -> int:
    """Room left for ordinary users on the disk that holds ``folder``, or will."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free // 1_000_000


def make_home(home: Path) -> None:
    """Make the folder and its closed sub-folders; what exists keeps its rights.

    :raises HomeNotWritable: when it can't be made or written.
    :raises DiskFull: when less than 200 MB are left.
    """
    try:
        if not home.exists():
            home.mkdir(parents=True)
            # As root the database's own user must be able to pass through it; it can list nothing.
            home.chmod(0o711 if os.geteuid() == 0 else 0o700)
        for name in SECRET_FOLDERS:
            (home / name).mkdir(mode=0o700, exist_ok=True)
        probe = home / "run" / f".probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise HomeNotWritable(home=home, reason=error.strerror or str(error)) from error
    free = free_megabytes(home)
    if free < NEEDED_MEGABYTES:
        raise DiskFull(folder=home, free=free, needed=NEEDED_MEGABYTES)


@contextmanager
def only_supervisor(home: Path) -> Iterator[None]:
    """Hold the folder for this process; freed by the kernel however the process ends.

    :raises HomeInUse: when another process holds it.
    """
    path = home / "run" / "pli.lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise HomeInUse(home=home, pid=path.read_text().strip() or "?") from error
        os.ftruncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())
        yield
    finally:
        os.close(descriptor)


def is_supervised(home: Path) -> bool:
    """Whether a supervisor holds the folder now."""
    try:
        with only_supervisor(home):
            return False
    except HomeInUse:
        return True
    except OSError:
        return False


def write_atomically(path: Path, content: str, *, mode: int = 0o600) -> None:
    """Replace ``path`` by ``content``, on disk before it is visible."""
    half = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode)
    with os.fdopen(descriptor, "w") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    half.replace(path)


def ensure_django_key(home: Path) -> None:
    """Make Django's secret key once; two processes that race get the same one."""
    path = home / "keys" / "django.key"
    if path.exists():
        return
    half = path.with_name(f".django.key.{os.getpid()}")
    write_atomically(half, secrets.token_urlsafe(64))
    try:
        os.link(half, path)
    except FileExistsError:
        pass
    finally:
        half.unlink()
