"""Child processes on a leash: each in its own session, killed with everything it started, gone when we are gone."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from pli.project.postgres_programs import SystemUser, run_as

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
# Loaded now: a freshly forked child must not load anything.
_LIBC: Any = ctypes.CDLL(None, use_errno=True)


def die_with_parent(parent: int, death: signal.Signals = signal.SIGKILL) -> None:
    """Ask the kernel to send us ``death`` when ``parent`` is gone (prctl(2), PR_SET_PDEATHSIG).

    The kernel watches the parent's *thread* that made us: callers of ``spawn`` live in their main thread.
    """
    _LIBC.prctl(_PR_SET_PDEATHSIG, int(death), 0, 0, 0)
    if os.getppid() != parent:
        os.kill(os.getpid(), death)


def adopt_orphans() -> None:
    """Become the parent of our descendants whose own parent dies, so that none escapes."""
    _LIBC.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _leash(death: signal.Signals) -> Callable[[], None]:
    parent = os.getpid()

    def in_child() -> None:
        # After setuid, which would clear it: subprocess calls this last before exec.
        die_with_parent(parent, death)

    return in_child


def spawn(
    command: Sequence[str],
    *,
    env: Mapping[str, str],
    output: int | IO[bytes],
    user: SystemUser | None = None,
    death: signal.Signals = signal.SIGKILL,
) -> subprocess.Popen[bytes]:
    """Start ``command`` in a session of its own. It receives ``death`` the moment this process is gone.

    :raises OSError: when it can't be started.
    """
    return subprocess.Popen(  # type: ignore[call-overload, no-any-return]  # noqa: S603
        list(command),
        env=dict(env),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=_leash(death),
        cwd="/",
        **run_as(user),
    )


def kill_group(leader: int, sent: signal.Signals = signal.SIGKILL) -> None:
    """Signal everything in the group of ``leader``; call it before the leader is reaped."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, sent)


def ended_children() -> list[int]:
    """Our children that have ended and are not reaped yet (their numbers can't be reused until ``reap``)."""
    ended = []
    for pid in own_children():
        with contextlib.suppress(ChildProcessError):
            if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                ended.append(pid)
    return ended


def reap(pid: int) -> int:
    """Forget an ended child; its exit code, negative for a signal."""
    try:
        _, status = os.waitpid(pid, 0)
    except ChildProcessError:
        return 0
    return os.waitstatus_to_exitcode(status)


def own_children() -> list[int]:
    """All our direct children, adopted ones included."""
    try:
        text = Path(f"/proc/self/task/{os.getpid()}/children").read_text()
    except OSError:
        return _children_by_parent()
    return [int(word) for word in text.split()]


def _children_by_parent() -> list[int]:
    """The same without CONFIG_PROC_CHILDREN: every process whose parent we are."""
    return [
        int(p.name)
        for p in Path("/proc").iterdir()
        if p.name.isdigit() and _stat(int(p.name))[1:2] == [str(os.getpid())]
    ]


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat after the name (proc_pid_stat(5)); empty when there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def birth(pid: int) -> str:
    """When a process started, in kernel ticks: with its number, a name that is never reused. Empty when it is gone."""
    fields = _stat(pid)
    return fields[19] if len(fields) > 19 else ""


def is_alive(pid: int) -> bool:
    """Whether the process exists and is not a zombie."""
    fields = _stat(pid)
    return bool(fields) and fields[0] not in "ZX"


def python(*arguments: str) -> list[str]:
    """The command line of one of our own commands."""
    return [sys.executable, "-m", "pli.project.cli", *arguments]
