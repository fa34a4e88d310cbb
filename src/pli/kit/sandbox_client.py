"""The caller's side of the fork server: starts it lazily, once per process, and speaks to it from any thread."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from typing import Any, Protocol

from pli.kit.allocator import allocator_environment, find_allocator
from pli.kit.sandbox_server import FRAME

_HELLO_SECONDS = 30
_GRACE_SECONDS = 5
_READ_BYTES = 1 << 17
_REASONS = {signal.SIGXCPU: "time", signal.SIGXFSZ: "output"}

# The server gets the caller's import path explicitly: -I ignores every variable and the current folder.
_BOOT = "import sys; sys.path[:] = {path!r}; from pli.kit.sandbox_server import serve; serve({descriptor})"


class ServerLost(Exception):
    """The fork server is gone or no longer answers."""


class Bounds(Protocol):
    """The part of the limits the caller enforces itself."""

    @property
    def wall_seconds(self) -> float: ...
    @property
    def result_bytes(self) -> int: ...


@dataclass(frozen=True)
class JobOutcome:
    """What came out of one child: a frame (``kind`` and ``payload``), or ``kind`` None and why there is none."""

    kind: bytes | None
    payload: bytes = b""
    reason: str = ""
    detail: str = ""


class Server:
    """One running fork server."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.pid = os.getpid()
        self._control = ours
        self._sending = threading.Lock()
        with theirs:
            boot = _BOOT.format(path=[entry for entry in sys.path if entry], descriptor=theirs.fileno())
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own module
                [sys.executable, "-I", "-X", "utf8", "-c", boot],
                # Native parsers free and take the same megabytes again and again: kept, not given back each time.
                # The judge of PDF/A would take a thread a processor, on each of which there is a job already.
                env={
                    # Each job is a new process: its memory comes in pages of 2 MB instead of 4 kB, where Linux allows.
                    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
                    "MALLOC_TRIM_THRESHOLD_": "134217728",
                    "MALLOC_TOP_PAD_": "16777216",
                    "RAYON_NUM_THREADS": "1",
                    **allocator_environment(find_allocator()),
                },
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        ours.settimeout(_HELLO_SECONDS)
        try:
            hello = ours.recv(4096)
            self.hello: dict[str, Any] = json.loads(hello)
        except (OSError, ValueError):
            self.close()
            raise ServerLost from None
        ours.settimeout(None)

    def run(self, order: dict[str, Any], call: bytes, files: list[int], limits: Bounds) -> JobOutcome:
        """Have one job run.

        :raises ServerLost: when the server is gone, before or during the job.
        """
        request = os.memfd_create("pli-request")
        result_read, result_write = os.pipe2(os.O_CLOEXEC)
        status_read, status_write = os.pipe2(os.O_CLOEXEC)
        try:
            try:
                _write_all(request, call)
                with self._sending:
                    message = json.dumps(order).encode()
                    socket.send_fds(self._control, [message], [request, result_write, status_write, *files])
            except OSError:
                raise ServerLost from None
            finally:
                for descriptor in (request, result_write, status_write):
                    os.close(descriptor)
            return _Reading(result_read, status_read, limits).finish()
        finally:
            os.close(result_read)
            os.close(status_read)

    def is_alive(self) -> bool:
        """Whether this process's own server still runs."""
        return self.pid == os.getpid() and self._process.poll() is None

    def process_id(self) -> int:
        """The server's process number."""
        return self._process.pid

    def close(self) -> None:
        """Close the control socket, which ends the server and its children; make sure of it."""
        self._control.close()
        if self.pid != os.getpid():
            return
        try:
            self._process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def forget(self) -> None:
        """In a forked copy of the caller: let go of the socket, leave the process to its own parent."""
        self._control.close()
        self._process.returncode = 0  # Not ours: no wait, no warning when the object goes.


class _Reading:
    """One job's answer being read: the frame from the child, the epitaph from the server, whichever settles it."""

    def __init__(self, result: int, status: int, limits: Bounds) -> None:
        self._result, self._status, self._limits = result, status, limits
        self._data = bytearray()
        self._epitaph = b""
        self._deadline = time.monotonic() + limits.wall_seconds + _GRACE_SECONDS

    def finish(self) -> JobOutcome:
        open_ends = {self._result, self._status}
        poller = select.poll()
        for descriptor in open_ends:
            poller.register(descriptor, select.POLLIN)
        while open_ends:
            left = self._deadline - time.monotonic()
            ready = poller.poll(max(0, int(left * 1000))) if left > 0 else []
            if not ready:
                raise ServerLost  # The server kills late children: one that does not is itself stuck.
            for descriptor, _event in ready:
                chunk = os.read(descriptor, _READ_BYTES)
                if not chunk:
                    open_ends.discard(descriptor)
                    poller.unregister(descriptor)
                elif descriptor == self._status:
                    self._epitaph += chunk[:4096]
                else:
                    self._data += chunk
            outcome = self._frame()
            if outcome is not None:
                return outcome
        return self._death()

    def _frame(self) -> JobOutcome | None:
        """The whole frame if it is there, a refusal if it is too long, None if more must come."""
        if len(self._data) < FRAME.size:
            return None
        kind, length = FRAME.unpack_from(self._data)
        if length > self._limits.result_bytes:
            return JobOutcome(None, reason="output", detail="answer too long")
        if len(self._data) < FRAME.size + length:
            return None
        return JobOutcome(kind, bytes(memoryview(self._data)[FRAME.size : FRAME.size + length]))

    def _death(self) -> JobOutcome:
        if not self._epitaph:
            raise ServerLost
        told = json.loads(self._epitaph)
        if told["ended"] == "not started":
            return JobOutcome(None, reason="crash", detail=str(told["detail"]))
        if told["timed_out"]:
            return JobOutcome(None, reason="time", detail="wall clock")
        number = int(told["number"])
        if told["ended"] == "signal":
            return JobOutcome(None, reason=_REASONS.get(signal.Signals(number), "crash"), detail=f"signal {number}")
        return JobOutcome(None, reason="crash", detail=f"exit {number}")


_server: Server | None = None
_starting = threading.Lock()


def current_server() -> Server:
    """This process's fork server, started if it is not running."""
    global _server
    with _starting:
        if _server is not None and not _server.is_alive():
            _server.close()
            _server = None
        if _server is None:
            _server = Server()
        return _server


def drop_server(lost: Server) -> None:
    """Give up a server that no longer answers; the next job starts another."""
    global _server
    with _starting:
        if _server is lost:
            _server = None
    lost.close()


def _after_fork() -> None:
    """A forked worker (granian, procrastinate) starts its own server; the parent's must not outlive the parent."""
    global _server, _starting
    _starting = threading.Lock()
    if _server is not None:
        with contextlib.suppress(OSError):
            _server.forget()
    _server = None


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


os.register_at_fork(after_in_child=_after_fork)
