"""Whether a file is whole: unchanged for a while, and nobody has it open to write.

Three witnesses, as far as the machine lets each speak. A read lease (fcntl(2), F_SETLEASE) is granted only when nobody
has the file open for writing, and while it is held whoever wants to write waits: what is read can't change meanwhile.
The kernel gives leases to a file's owner and to root, on local disks. Else, the descriptors of the processes this
user may look at (/proc). Else time alone, and more of it: on a network folder nothing tells who writes.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from pli.capture.channels.folder.walking import Found

QUIET_SECONDS = 2.0
"""How long a file must not have changed where writers are seen."""
LONG_QUIET_SECONDS = 10.0
"""And where they are not."""


class Writers(Enum):
    """Who writes in a file."""

    NONE = "none"
    SOME = "some"
    UNKNOWN = "unknown"


@dataclass
class Patience:
    """What one folder's files looked like, and since when (seconds of a monotonic clock)."""

    _seen: dict[str, tuple[Found, float]] = field(default_factory=dict)

    def look(self, files: list[Found], now: float) -> None:
        """Take note of a round; what is gone is forgotten."""
        before = self._seen
        self._seen = {
            one.path: before[one.path] if before.get(one.path, (None, 0.0))[0] == one else (one, now) for one in files
        }

    def unchanged_for(self, file: Found, now: float) -> float:
        """Seconds since it was first seen as it is."""
        seen = self._seen.get(file.path)
        return now - seen[1] if seen and seen[0] == file else 0.0


def is_quiet(file: Found, *, seen_for: float, wall_now: float, is_network: bool) -> bool:
    """Whether a file has not changed for long enough to be looked at more closely.

    A file whose last change is old (moved in, or copied with its date) need not be seen for long: its writers are
    looked for next. The clock of a network disk is not believed.
    """
    if is_network:
        return seen_for >= LONG_QUIET_SECONDS
    return seen_for >= QUIET_SECONDS or wall_now - file.modified_ns / 1e9 >= QUIET_SECONDS


@contextlib.contextmanager
def held_still(descriptor: int) -> Iterator[Writers]:
    """Say who writes in an open file; with a lease, keep writers waiting until the end.

    A writer who insists breaks the lease after 45 s (fs.lease-break-time): see :func:`is_still_held`.
    """
    try:
        # The kernel tells of a broken lease by a signal, SIGIO by default, which ends a process; SIGURG does nothing.
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except OSError as error:
        yield Writers.SOME if error.errno == errno.EAGAIN else _ask_processes(descriptor)
        return
    try:
        yield Writers.NONE
    finally:
        with contextlib.suppress(OSError):
            fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)


def is_still_held(descriptor: int) -> bool:
    """Whether nobody asked to write since the lease was taken; True where there is none."""
    try:
        return fcntl.fcntl(descriptor, fcntl.F_GETLEASE) == fcntl.F_RDLCK
    except OSError:
        return True


def _ask_processes(descriptor: int) -> Writers:
    """Look for writers among the descriptors of the processes this user may see."""
    status = os.fstat(descriptor)
    sees_all = os.geteuid() == 0
    for process in Path("/proc").iterdir():
        if not process.name.isdigit() or process.name == str(os.getpid()):
            continue
        try:
            numbers = [one.name for one in (process / "fd").iterdir()]
        except OSError:
            sees_all = sees_all and not process.exists()
            continue
        if any(_writes(process, number, status) for number in numbers):
            return Writers.SOME
    return Writers.NONE if sees_all else Writers.UNKNOWN


def _writes(process: Path, number: str, file: os.stat_result) -> bool:
    try:
        there = (process / "fd" / number).stat()
        if (there.st_dev, there.st_ino) != (file.st_dev, file.st_ino):
            return False
        for line in (process / "fdinfo" / number).read_text().splitlines():
            if line.startswith("flags:"):
                return int(line.split()[1], 8) & os.O_ACCMODE != os.O_RDONLY
    except (OSError, ValueError):
        pass
    return False
