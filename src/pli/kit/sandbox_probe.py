"""The job by which ``pli doctor`` learns, by trying, what a sandboxed job can and cannot do."""

from __future__ import annotations

import os
import resource
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO


def probe(_files: Mapping[str, BinaryIO]) -> dict[str, Any]:
    """Try what must fail and read one's own limits."""
    return {
        "user": os.getuid(),
        "environment": len(os.environ),
        "can_open_socket": _works(lambda: socket.socket().close()),
        "can_read_system_files": _works(lambda: os.close(os.open("/etc/passwd", os.O_RDONLY))),
        "can_write_files": _works(_write_somewhere),
        "can_start_process": _works(_start_process),
        "cpu_seconds": resource.getrlimit(resource.RLIMIT_CPU)[0],
        "memory_bytes": resource.getrlimit(resource.RLIMIT_AS)[0],
        "core_bytes": resource.getrlimit(resource.RLIMIT_CORE)[0],
    }


def _works(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except OSError:
        return False
    return True


def _write_somewhere() -> None:
    path = Path("/tmp") / f"pli-probe-{os.getpid()}"  # noqa: S108 - the point is that this fails
    path.write_bytes(b"")
    path.unlink()


def _start_process() -> None:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
