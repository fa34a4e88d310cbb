"""Run a function on hostile input in a locked child process, and get back a value, a refusal or a reason for its death.

What holds a job (see :mod:`pli.kit.confinement`; ``pli doctor`` shows what this machine grants):

- a child forked for it alone from a clean fork server: empty environment, none of the caller's memory;
- no network (own namespace, and ``socket`` refused), no new process, no file but the descriptors it was handed;
- bounds on processor time, address space, file size, result size and wall-clock time;
- root becomes nobody; the child dies with the server, and the server with its caller.

Inputs and outputs travel as open descriptors, never as paths. An output appears under its name whole and fsynced, or
not at all.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import secrets
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

from pli.kit.errors import PliError, read_phrase
from pli.kit.sandbox_client import JobOutcome, ServerLost, current_server, drop_server
from pli.kit.sandbox_server import BYTES, REFUSED, VALUE

log = logging.getLogger(__name__)

_MEBI = 1 << 20


@dataclass(frozen=True)
class JobLimits:
    """What one job may use. Seconds and bytes; ``memory_bytes`` is address space beside what was loaded before the job;
    ``result_bytes`` bounds what is read back from it."""

    wall_seconds: float = 30
    cpu_seconds: int = 25
    memory_bytes: int = 1024 * _MEBI
    file_bytes: int = 1024 * _MEBI
    result_bytes: int = 64 * _MEBI
    open_files: int = 64


DEFAULT_JOB_LIMITS = JobLimits()


_LIMIT_LABELS = {
    "time": "elle prenait trop de temps",
    "memory": "elle demandait trop de mémoire",
    "output": "son résultat était trop gros",
    "crash": "le fichier l’a fait s’arrêter net",
}


class SandboxKilled(PliError):
    """The job was ended by one of its limits or crashed.

    ``reason`` is one of ``time``, ``memory``, ``output``, ``crash``.
    """

    code: ClassVar[str] = "KIT-011"
    status: ClassVar[int] = 422
    message: ClassVar[str] = "La lecture de ce fichier a été interrompue (%(reason)s)."
    kept: ClassVar[str] = "Rien n’a été modifié."
    remedy: ClassVar[str] = "Vérifiez le fichier, ou enregistrez-le de nouveau depuis le programme qui l’a produit."

    def __init__(self, *, reason: str, detail: str = "") -> None:
        super().__init__(reason=_LIMIT_LABELS.get(reason, reason), detail=detail)
        self.reason = reason


class SandboxFailed(PliError):
    """The job raised something nobody declared: a defect of Pli or a file no one foresaw. Logged with its trace."""

    code: ClassVar[str] = "KIT-012"
    status: ClassVar[int] = 500
    message: ClassVar[str] = "Le fichier n’a pas pu être lu (%(reason)s)."
    kept: ClassVar[str] = "Rien n’a été modifié."
    remedy: ClassVar[str] = "Réessayez ; si cela se répète, transmettez ce message à l’administrateur."


# Each child may use its whole memory allowance: so few run at once in one process, and the others queue here.
_AT_ONCE = max(2, min(8, os.cpu_count() or 2))
_slots = threading.BoundedSemaphore(_AT_ONCE)


def _after_fork() -> None:
    """A forked copy of the caller has none of the threads that held its slots."""
    global _slots
    _slots = threading.BoundedSemaphore(_AT_ONCE)


os.register_at_fork(after_in_child=_after_fork)


def run_isolated(
    target: str,
    arguments: Mapping[str, Any] | None = None,
    *,
    inputs: Mapping[str, Path | bytes] | None = None,
    outputs: Mapping[str, Path | int] | None = None,
    limits: JobLimits = DEFAULT_JOB_LIMITS,
    raises: Sequence[type[PliError]] = (),
) -> Any:
    """Call ``target`` (``"package.module:function"``) in a locked child.

    The function receives a mapping of open binary files, by the names of ``inputs`` and ``outputs``, then ``arguments``
    by keyword. It returns ``bytes`` or something JSON can carry. Its module is imported once, in the fork server, and
    its ``prepare_sandbox()``, if any, is called there.

    :param arguments: JSON-able; large data goes in ``inputs``.
    :param outputs: paths; or the caller's own open descriptors, for what it reads back at once and never keeps.
    :param raises: the refusals the job may raise; they come back as themselves, rebuilt from their code and details.
    :raises SandboxKilled: a limit was hit or the child crashed.
    :raises SandboxFailed: the job raised anything else.
    :raises OSError: an input can't be opened or an output's folder can't be written, before the job starts.
    """
    with _slots, contextlib.ExitStack() as stack:
        files: list[tuple[str, str, int]] = []
        for label, source in (inputs or {}).items():
            files.append((label, "rb", stack.enter_context(_opened_input(source))))
        parts: list[tuple[int, Path, Path]] = []
        for label, path in (outputs or {}).items():
            if isinstance(path, int):
                files.append((label, "r+b", path))
                continue
            descriptor, part = stack.enter_context(_opened_output(path))
            files.append((label, "r+b", descriptor))
            parts.append((descriptor, part, path))
        outcome = _run_with_one_restart(target, dict(arguments or {}), files, limits)
        value = _interpret(target, outcome, raises)
        for descriptor, part, path in parts:
            os.fsync(descriptor)
            part.replace(path)
        for folder in {path.parent for _, _, path in parts}:
            _sync_folder(folder)
        return value


def sandbox_state() -> dict[str, Any]:
    """What protects the parsers on this machine, found by trying: for ``pli doctor``.

    ``is_confined`` is True when a job can reach neither network, nor files, nor other processes; ``missing`` names the
    protections the system does not grant, in the order of their weight.
    """
    server = current_server()
    tried = run_isolated("pli.kit.sandbox_probe:probe")
    missing = []
    if tried["can_open_socket"] and not server.hello["network_namespace"]:
        missing.append("network")
    if tried["can_read_system_files"]:
        missing.append("files")
    if tried["can_start_process"]:
        missing.append("processes")
    if tried["user"] == 0:
        missing.append("user")
    return {
        **server.hello,
        **tried,
        "limits": asdict(DEFAULT_JOB_LIMITS),
        "missing": missing,
        "is_confined": not missing,
    }


def _run_with_one_restart(
    target: str, arguments: dict[str, Any], files: list[tuple[str, str, int]], limits: JobLimits
) -> JobOutcome:
    """A server that died (killed by hand, out of memory) is replaced once; a job has no effect but its output."""
    call = json.dumps(
        {"target": target, "arguments": arguments, "files": [(label, mode) for label, mode, _ in files]}
    ).encode()
    order = {"module": target.partition(":")[0], "limits": asdict(limits)}
    for attempt in (1, 2):
        server = current_server()
        try:
            return server.run(order, call, [descriptor for _, _, descriptor in files], limits)
        except ServerLost:
            drop_server(server)
            if attempt == 2:
                raise SandboxFailed(reason="sandbox server lost") from None
            for _, mode, descriptor in files:
                os.lseek(descriptor, 0, os.SEEK_SET)
                if mode != "rb":
                    os.ftruncate(descriptor, 0)
    raise AssertionError  # pragma: no cover - the loop returns or raises


def _interpret(target: str, outcome: JobOutcome, raises: Sequence[type[PliError]]) -> Any:
    if outcome.kind == BYTES:
        return outcome.payload
    if outcome.kind is None:
        raise SandboxKilled(reason=outcome.reason, detail=outcome.detail)
    try:
        told = json.loads(outcome.payload)
    except (ValueError, RecursionError):
        raise SandboxKilled(reason="crash", detail="unreadable answer") from None
    if outcome.kind == VALUE:
        return told
    if outcome.kind == REFUSED:
        raise _rebuild(target, told, raises)
    if told.get("type") == "MemoryError":
        raise SandboxKilled(reason="memory")
    if told.get("errno") == 27:  # EFBIG: Python ignores SIGXFSZ, so the limit on file size shows as this error
        raise SandboxKilled(reason="output")
    log.error("sandboxed job %s failed: %s", target, str(told.get("trace", told))[:4000])
    raise SandboxFailed(reason=str(told.get("type"))[:80])


def _rebuild(target: str, told: dict[str, Any], raises: Sequence[type[PliError]]) -> PliError:
    for known in raises:
        if known.code == told.get("code"):
            with contextlib.suppress(TypeError):
                return known(**{name: _read_detail(value) for name, value in told["details"].items()})
    log.error("sandboxed job %s refused with an undeclared code %r", target, told.get("code"))
    return SandboxFailed(reason=str(told.get("code"))[:80])


def _read_detail(value: Any) -> Any:
    return read_phrase(value) if isinstance(value, dict) else value


@contextlib.contextmanager
def _opened_input(source: Path | bytes) -> Iterator[int]:
    if isinstance(source, bytes):
        descriptor = os.memfd_create("pli-input")
        with os.fdopen(descriptor, "wb", closefd=False) as stream:
            stream.write(source)
        os.lseek(descriptor, 0, os.SEEK_SET)
    else:
        descriptor = os.open(source, os.O_RDONLY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _opened_output(path: Path) -> Iterator[tuple[int, Path]]:
    part = path.with_name(f".{path.name[:100]}.{secrets.token_hex(6)}.part")
    descriptor = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o640)
    try:
        yield descriptor, part
    finally:
        os.close(descriptor)
        part.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
