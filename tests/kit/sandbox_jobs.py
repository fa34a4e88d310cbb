"""Jobs that misbehave in every way a parser can; imported by the fork server under the tests."""

from __future__ import annotations

import ctypes
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

from pli.kit.errors import PliError

Files = Mapping[str, BinaryIO]


class Refused(PliError):
    """A refusal the caller declares."""

    code: ClassVar[str] = "TST-001"
    message: ClassVar[str] = "non : %(why)s"


class Undeclared(PliError):
    """A refusal the caller does not declare."""

    code: ClassVar[str] = "TST-002"


def echo(files: Files, *, value: Any) -> Any:
    """Give back what came."""
    return value


def length(files: Files) -> int:
    """The size of the input."""
    return len(files["source"].read())


def copy_upper(files: Files) -> bytes:
    """Write to the output, and answer bytes."""
    files["target"].write(files["source"].read().upper())
    return b"done"


def write_then_fail(files: Files) -> None:
    """Leave half an output."""
    files["target"].write(b"half")
    files["target"].flush()
    raise Refused(why="half")


def refuse(files: Files, *, declared: bool) -> None:
    """Raise a refusal."""
    if declared:
        raise Refused(why="x")
    raise Undeclared()


def fail(files: Files) -> None:
    """Raise what nobody declared."""
    raise ZeroDivisionError


def spin(files: Files) -> None:
    """Use processor time for ever."""
    while True:
        pass


def sleep(files: Files) -> None:
    """Wait for ever."""
    time.sleep(3600)


def eat_memory(files: Files) -> int:
    """Ask for 4 GiB."""
    return len(bytearray(4 << 30))


def overflow(files: Files) -> None:
    """Read address 0."""
    ctypes.string_at(0)


def write_much(files: Files) -> None:
    """Write 3 MiB to the output."""
    files["target"].write(b"x" * (3 << 20))
    files["target"].flush()


def answer_much(files: Files) -> bytes:
    """Answer 3 MiB."""
    return b"x" * (3 << 20)


def secrets_in_sight(files: Files) -> dict[str, Any]:
    """What an intruder would look for."""
    readable = []
    for path in ("/etc/passwd", "/proc/1/environ", "/root", "/home", "/tmp", "/proc/self/environ"):  # noqa: S108
        try:
            readable.append(
                (path, len(list(Path(path).iterdir())) if Path(path).is_dir() else len(Path(path).read_bytes()))
            )
        except OSError:
            continue
    open_files = []
    for descriptor in range(64):
        try:
            os.fstat(descriptor)
            open_files.append(descriptor)
        except OSError:
            continue
    return {"environment": dict(os.environ), "readable": readable, "descriptors": len(open_files)}
