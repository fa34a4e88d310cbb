"""Logs: one file a part under PLI_HOME/logs, rotated by size; and how web and workers set Python's logging."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

_EXCEPTION = re.compile(r"[A-Za-z_][\w.]*(Error|Exception|Missing\w*)(:|$)|[A-Z]{2,5}-\d{3} ")
LARGEST = 10_000_000
KEPT = 5


class RotatingLog:
    """A file that is never longer than 10 MB, with the five before it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._open()

    def _open(self) -> None:
        self._descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self._size = os.fstat(self._descriptor).st_size

    def write(self, content: bytes) -> None:
        """Append; a full disk loses log lines, never the process that logs."""
        try:
            os.write(self._descriptor, content)
        except OSError:
            return
        self._size += len(content)
        if self._size > LARGEST:
            self._rotate()

    def _rotate(self) -> None:
        os.close(self._descriptor)
        for number in range(KEPT, 0, -1):
            older = self.path.with_name(f"{self.path.name}.{number}")
            newer = self.path.with_name(f"{self.path.name}.{number - 1}") if number > 1 else self.path
            if newer.exists():
                newer.replace(older)
        self._open()

    def tail(self, lines: int = 20) -> str:
        """The last lines, to show when the part failed."""
        with self.path.open("rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - 16_000))
            return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])

    def failure(self) -> str:
        """The line that says why the part failed: the last exception's first line, else the last line."""
        lines = [line.strip() for line in self.tail(60).splitlines() if line.strip()]
        errors = [line for line in lines if _EXCEPTION.match(line)]
        return ([*lines[-1:], *errors[-1:]] or [""])[-1]

    def close(self) -> None:
        """Release the file."""
        os.close(self._descriptor)


def logging_settings(level: str = "INFO") -> dict[str, Any]:
    """Django's LOGGING: one line an event on standard error, which the supervisor files."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(process)d %(name)s %(message)s"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Django's own handlers would write every line twice.
            "django": {"handlers": [], "level": level, "propagate": True},
            "procrastinate": {"level": "WARNING"},
            "pikepdf": {"level": "WARNING"},
        },
    }
