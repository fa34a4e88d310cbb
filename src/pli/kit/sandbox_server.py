"""The fork server behind :mod:`pli.kit.sandbox`: a clean process, single-threaded, that forks one child per job.

It is started with an empty environment and no descriptor but its control socket, so no secret of the web or worker
process can be read from its memory. It imports a job's module once, before forking, so that a job costs a fork and not
an import. Its own parent speaks to it in one-datagram orders:

    {"module", "limits"} + descriptors [request, result, status, inputs and outputs…]

The child reads the request, runs the job and writes one frame to ``result``. When the child is gone the server writes
how it ended to ``status``. A caller that closes its end of ``status`` has given up: the child is killed at once.
"""

from __future__ import annotations

import codecs
import contextlib
import gc
import importlib
import json
import os
import resource
import select
import signal
import socket
import struct
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from pli.kit import confinement
from pli.kit.errors import Phrase, write_phrase

FRAME = struct.Struct(">cQ")
VALUE, BYTES, REFUSED, FAILED = b"V", b"B", b"R", b"F"
ORDER_BYTES = 65536
MAX_DESCRIPTORS = 32
_SERVER_OPEN_FILES = 4096
_COLLECTS = (20_000, 20, 20)
"""A job makes many objects that stay and few cycles, and soon dies with them: collect more rarely than Python does."""
_CODECS = (
    "utf-8",
    "utf-8-sig",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "utf-32",
    "latin-1",
    "ascii",
    "cp1252",
    "mac-roman",
    "idna",
)


@dataclass
class _Child:
    pid: int
    status: int
    deadline: float
    timed_out: bool = False


class ForkServer:
    """One control socket, many children."""

    def __init__(self, control: socket.socket, statm: int) -> None:
        self._control, self._statm = control, statm
        self._children: dict[int, _Child] = {}
        self._filter = confinement.build_filter()
        self._wake_read, self._wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    def run(self) -> None:
        """Serve until the caller closes the control socket; then kill what still runs."""
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)  # Ctrl-C goes to the whole group: the caller decides, by closing.
        poller = select.poll()
        poller.register(self._control, select.POLLIN)
        poller.register(self._wake_read, select.POLLIN)
        watched: dict[int, int] = {}
        while True:
            current = {child.status: child.pid for child in self._children.values()}
            for descriptor in watched.keys() - current.keys():
                poller.unregister(descriptor)
            for descriptor in current.keys() - watched.keys():
                poller.register(descriptor, 0)  # Only «the reader has gone».
            watched = current
            for descriptor, _event in poller.poll(self._milliseconds_to_deadline()):
                if descriptor == self._wake_read:
                    _drain(self._wake_read)
                elif descriptor in current:
                    self._kill(current[descriptor])
                elif not self._take_order():
                    for pid in list(self._children):
                        self._kill(pid)
                    return
            self._reap()
            self._kill_late()

    def _milliseconds_to_deadline(self) -> int | None:
        waiting = [child.deadline for child in self._children.values() if not child.timed_out]
        return None if not waiting else max(0, int((min(waiting) - time.monotonic()) * 1000) + 1)

    def _take_order(self) -> bool:
        try:
            message, descriptors, _flags, _address = socket.recv_fds(self._control, ORDER_BYTES, MAX_DESCRIPTORS)
        except OSError:
            return False
        if not message:
            return False
        order = json.loads(message)
        request, result, status, *files = descriptors
        try:
            _import_job_module(order["module"])
            pid = os.fork()
        except Exception as error:  # noqa: BLE001 - whatever the import raised goes back to the caller, the server stays
            _write_all(status, json.dumps({"ended": "not started", "detail": repr(error)[:500]}).encode())
            for descriptor in descriptors:
                os.close(descriptor)
            return True
        if pid == 0:
            self._become_job(order, request, result, files)
        for descriptor in (request, result, *files):
            os.close(descriptor)
        self._children[pid] = _Child(pid, status, time.monotonic() + order["limits"]["wall_seconds"])
        return True

    def _become_job(self, order: dict[str, Any], request: int, result: int, files: list[int]) -> NoReturn:
        code = 70
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.setpgid(0, 0)
            held = self._address_space()
            _close_all_but({0, 1, 2, request, result, *files})
            os.dup2(1, 2)  # Native libraries print hostile text: nobody reads it.
            _confine(order["limits"], self._filter, held)
            gc.set_threshold(*_COLLECTS)
            code = _run_job(request, result, files)
        except BaseException as error:  # noqa: BLE001 - nothing may unwind into the server's own loop
            with contextlib.suppress(OSError):
                _send_frame(result, *_describe(error))
        finally:
            os._exit(code)

    def _address_space(self) -> int:
        """Bytes of address space the server holds (proc(5), statm): what a child has when it begins."""
        return int(os.pread(self._statm, 64, 0).split()[0]) * resource.getpagesize()

    def _kill(self, pid: int) -> None:
        with contextlib.suppress(OSError):
            os.killpg(pid, signal.SIGKILL)
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGKILL)

    def _kill_late(self) -> None:
        now = time.monotonic()
        for child in self._children.values():
            if now >= child.deadline and not child.timed_out:
                child.timed_out = True
                self._kill(child.pid)

    def _reap(self) -> None:
        while self._children:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            child = self._children.pop(pid, None)
            if child is None:
                continue
            ended = {
                "ended": "signal" if os.WIFSIGNALED(status) else "exit",
                "number": os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status),
                "timed_out": child.timed_out,
                "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 4),
            }
            with contextlib.suppress(OSError):
                _write_all(child.status, json.dumps(ended).encode())
            os.close(child.status)


def _import_job_module(name: str) -> None:
    """Import once, in the server, and let the module warm what its jobs would else load each time."""
    if name in sys.modules:
        return
    module = importlib.import_module(name)
    prepare: Callable[[], None] | None = getattr(module, "prepare_sandbox", None)
    if prepare is not None:
        prepare()
    gc.collect()
    gc.freeze()  # The children then do not touch, hence do not copy, the pages of what is loaded.


def _confine(limits: dict[str, int], program: bytes | None, held: int) -> None:
    confinement.drop_user()
    confinement.die_with_parent()
    if os.getppid() == 1:
        os._exit(71)
    confinement.limit_resources(
        cpu_seconds=limits["cpu_seconds"],
        # What the server has loaded is not the job's: how much it is depends on the jobs before.
        memory_bytes=limits["memory_bytes"] + held,
        file_bytes=limits["file_bytes"],
        open_files=limits["open_files"],
    )
    confinement.filter_system_calls(program)


def _run_job(request: int, result: int, files: list[int]) -> int:
    """Call the job and send one frame: its value, its refusal, or how it failed."""
    kind, payload = FAILED, b""
    try:
        with os.fdopen(request, "rb") as stream:
            stream.seek(0)
            call = json.loads(stream.read())
        module, _, name = call["target"].partition(":")
        job = getattr(sys.modules[module], name)
        opened: dict[str, BinaryIO] = {
            label: os.fdopen(descriptor, mode) for (label, mode), descriptor in zip(call["files"], files, strict=True)
        }
        value = job(opened, **call["arguments"])
        for (label, mode), _descriptor in zip(call["files"], files, strict=True):
            if mode != "rb":
                opened[label].flush()
        kind, payload = (BYTES, value) if isinstance(value, bytes) else (VALUE, json.dumps(value).encode())
    except BaseException as error:  # noqa: BLE001 - the child has one way out: a frame that tells what happened
        kind, payload = _describe(error)
    _send_frame(result, kind, payload)
    return 0


def _send_frame(descriptor: int, kind: bytes, payload: bytes) -> None:
    _write_all(
        descriptor,
        FRAME.pack(kind, len(payload)) + payload if len(payload) < ORDER_BYTES else FRAME.pack(kind, len(payload)),
    )
    if len(payload) >= ORDER_BYTES:
        _write_all(descriptor, payload)


def _describe(error: BaseException) -> tuple[bytes, bytes]:
    code = getattr(error, "code", None)
    details = getattr(error, "details", None)
    if isinstance(code, str) and isinstance(details, dict):
        plain = {
            str(key): write_phrase(value) if isinstance(value, Phrase) else value
            for key, value in details.items()
            if isinstance(value, str | int | float | bool)
        }
        return REFUSED, json.dumps({"code": code, "details": plain}).encode()
    told = {"type": type(error).__name__, "errno": getattr(error, "errno", None)}
    if not isinstance(error, MemoryError):
        told["trace"] = "".join(traceback.format_exception(error))[-4000:]
    return FAILED, json.dumps(told).encode()


def _close_all_but(kept: set[int]) -> None:
    previous = -1
    for descriptor in sorted(kept):
        if descriptor > previous + 1:  # An empty range that starts at 0 would close them all.
            os.closerange(previous + 1, descriptor)
        previous = descriptor
    os.closerange(previous + 1, _SERVER_OPEN_FILES)


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _drain(descriptor: int) -> None:
    with contextlib.suppress(BlockingIOError):
        while os.read(descriptor, 512):
            pass


def serve(descriptor: int) -> None:
    """Lock this process, say hello with what is in force, and serve. The server's only entry."""
    control = socket.socket(fileno=descriptor)
    confinement.limit_resources(
        cpu_seconds=10**9, memory_bytes=1 << 46, file_bytes=1 << 46, open_files=_SERVER_OPEN_FILES
    )
    os.umask(0o077)
    for codec in _CODECS:  # Loaded from disk on first use, where a job reads no disk.
        codecs.lookup(codec)
    statm = os.open("/proc/self/statm", os.O_RDONLY)  # Not to be opened any more once memory is hidden.
    offline = confinement.leave_network()
    confinement.forbid_new_privileges()
    abi = confinement.restrict_files([*confinement.interpreter_paths(), Path(__file__).parents[1]])
    confinement.hide_memory()
    control.send(json.dumps({"network_namespace": offline, "landlock": abi}).encode())
    ForkServer(control, statm).run()
