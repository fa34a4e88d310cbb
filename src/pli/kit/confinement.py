"""The locks put on a process that reads hostile files: Landlock, seccomp, namespaces, resource limits. Linux only.

Everything goes through ``ctypes`` because none of it is in the standard library. Each function reports what it could
put in force instead of failing: a kernel without Landlock still gets the other locks, and ``pli doctor`` says so.
Sources: landlock(7), seccomp(2), user_namespaces(7), prctl(2), linux/audit.h.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import resource
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

_LIBC = ctypes.CDLL(None, use_errno=True)

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_SECCOMP = 22
_PR_SET_NO_NEW_PRIVS = 38
_SECCOMP_MODE_FILTER = 2
_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000
_CLONE_NEWIPC = 0x08000000
_CLONE_THREAD = 0x00010000
_SIGKILL = 9

NOBODY = 65534
"""The user and group a job runs as when Pli runs as root."""


def forbid_new_privileges() -> bool:
    """Set ``no_new_privs``: nothing executed later can gain rights. Needed before Landlock and seccomp."""
    return _prctl(_PR_SET_NO_NEW_PRIVS, 1) == 0


def die_with_parent() -> bool:
    """Have the kernel kill this process when its parent dies. To call after a change of user, which resets it."""
    return _prctl(_PR_SET_PDEATHSIG, _SIGKILL) == 0


def hide_memory() -> None:
    """No core file, no ptrace by a process of the same user."""
    _prctl(_PR_SET_DUMPABLE, 0)


def _prctl(option: int, value: int) -> int:
    return int(_LIBC.prctl(ctypes.c_int(option), ctypes.c_ulong(value), ctypes.c_ulong(0), ctypes.c_ulong(0), 0))


# --- network -------------------------------------------------------------------------------------------------------


def leave_network() -> bool:
    """Move to a network namespace of one's own, where not even the loopback is up.

    Root does it directly; anybody else through a user namespace, where the system allows one. Some systems forbid both
    (containers, hardened kernels): then ``False``, and seccomp's ban on ``socket`` is what keeps a job off the network.
    """
    if os.geteuid() == 0:
        return int(_LIBC.unshare(_CLONE_NEWNET | _CLONE_NEWIPC)) == 0
    uid, gid = os.geteuid(), os.getegid()
    if _LIBC.unshare(_CLONE_NEWUSER | _CLONE_NEWNET | _CLONE_NEWIPC) != 0:
        return False
    with contextlib.suppress(OSError):  # Unmapped is fine too: the process then shows as nobody, and loses no access.
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
        Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")
    return True


def drop_user() -> bool:
    """Become nobody when root, and lose every capability either way. True when no privilege is left."""
    if os.geteuid() == 0:
        try:
            os.setgroups([])
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
        except OSError:
            return False
        return True
    header = struct.pack("=Ii", 0x20080522, 0)  # _LINUX_CAPABILITY_VERSION_3, this process
    nothing = bytes(24)
    return int(_LIBC.capset(header, nothing)) == 0


# --- files: Landlock -----------------------------------------------------------------------------------------------

_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
_FS_RIGHTS_BY_ABI = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16, 6: 16, 7: 16}
_FS_EXECUTE, _FS_READ_FILE, _FS_READ_DIR = 1, 1 << 2, 1 << 3
_NET_BIND_CONNECT = 0b11
_SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS = 0b11


def landlock_abi() -> int:
    """The Landlock version of this kernel, 0 when it has none or it is switched off."""
    return max(0, int(_LIBC.syscall(_LANDLOCK_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(1))))


def restrict_files(readable: Iterable[Path]) -> int:
    """Allow reading and mapping below ``readable`` and nothing else: no other path can be opened, none written.

    Files already open, and descriptors received, keep working: that is how a job gets its input and output. From
    version 4 TCP bind and connect are refused as well, from version 6 signals and abstract sockets out of the domain.

    :returns: the Landlock version in force, 0 when there is none.
    """
    abi = landlock_abi()
    if abi == 0:
        return 0
    handled = (1 << _FS_RIGHTS_BY_ABI.get(min(abi, 7), 13)) - 1
    net = _NET_BIND_CONNECT if abi >= 4 else 0
    scoped = _SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS if abi >= 6 else 0
    attributes = struct.pack("=QQQ", handled, net, scoped)[: 8 if abi < 4 else 16 if abi < 6 else 24]
    ruleset = int(_LIBC.syscall(_LANDLOCK_CREATE, attributes, ctypes.c_size_t(len(attributes)), ctypes.c_uint32(0)))
    if ruleset < 0:
        return 0
    try:
        for path in readable:
            _allow_reading(ruleset, path)
        restricted = int(_LIBC.syscall(_LANDLOCK_RESTRICT, ctypes.c_int(ruleset), ctypes.c_uint32(0))) == 0
    finally:
        os.close(ruleset)
    return abi if restricted else 0


def _allow_reading(ruleset: int, path: Path) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        rights = _FS_READ_FILE | _FS_EXECUTE | (_FS_READ_DIR if path.is_dir() else 0)
        rule = struct.pack("=Qi", rights, descriptor)
        _LIBC.syscall(_LANDLOCK_ADD, ctypes.c_int(ruleset), ctypes.c_int(1), rule, ctypes.c_uint32(0))
    finally:
        os.close(descriptor)


def interpreter_paths() -> list[Path]:
    """What a Python process may have to read after its start: itself, its libraries, time zones."""
    wanted = {Path(entry) for entry in sys.path if entry} | {Path(sys.prefix), Path(sys.base_prefix)}
    wanted |= {Path(name) for name in ("/usr/lib", "/lib", "/lib64", "/usr/share/zoneinfo", "/etc/ld.so.cache")}
    wanted |= {Path(name) for name in ("/dev/null", "/dev/urandom", "/proc/cpuinfo", "/sys/fs/cgroup")}
    return sorted(path for path in wanted if path.exists())


# --- system calls: seccomp -----------------------------------------------------------------------------------------

# What a parser never needs and an intruder always wants: other processes, the network, mounts, keys, kernel doors.
_DENIED = {
    "x86_64": (
        *(29, 41, 42, 43, 44, 46, 49, 50, 53, 57, 58, 59, 62, 101, 103, 129, 135, 155, 161, 165, 166, 167, 169, 175),
        *(176, 200, 246, 248, 249, 250, 272, 288, 297, 298, 303, 304, 308, 310, 311, 312, 313, 319, 321, 322, 323),
    ),
    "aarch64": (
        *(39, 40, 41, 51, 92, 97, 104, 105, 106, 116, 117, 129, 130, 138, 142, 194, 198, 199, 200, 201, 202, 203),
        *(206, 211, 217, 218, 219, 221, 224, 240, 241, 242, 264, 265, 268, 270, 271, 272, 273, 279, 280, 281, 282),
    ),
}
_DENIED_EVERYWHERE = (424, 425, 426, 427, 428, 429, 430, 431, 432, 433, 434, 438, 442)  # pidfd, io_uring, mounts
_CLONE = {"x86_64": 56, "aarch64": 220}
_CLONE3 = 435
_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_EPERM, _ENOSYS = 1, 38
_RET_ALLOW, _RET_KILL, _RET_ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_LOAD, _JUMP_EQUAL, _JUMP_NOT_BELOW, _JUMP_ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_OFFSET_NUMBER, _OFFSET_ARCH, _OFFSET_FIRST_ARGUMENT = 0, 4, 16


def build_filter() -> bytes | None:
    """The seccomp program for this machine, or ``None`` on a processor it was not written for."""
    machine = platform.machine()
    if machine not in _DENIED or struct.calcsize("P") != 8:
        return None
    program = [
        (_LOAD, 0, 0, _OFFSET_ARCH),
        (_JUMP_EQUAL, 1, 0, _AUDIT_ARCH[machine]),
        (_RETURN, 0, 0, _RET_KILL),
        (_LOAD, 0, 0, _OFFSET_NUMBER),
    ]
    if machine == "x86_64":  # The x32 numbering would walk round the list.
        program += [(_JUMP_NOT_BELOW, 0, 1, 0x40000000), (_RETURN, 0, 0, _RET_ERRNO | _EPERM)]
    for number in (*_DENIED[machine], *_DENIED_EVERYWHERE):
        program += [(_JUMP_EQUAL, 0, 1, number), (_RETURN, 0, 0, _RET_ERRNO | _EPERM)]
    # Threads are allowed, processes are not. clone3 hides its flags in memory: refused, and libc falls back to clone.
    program += [(_JUMP_EQUAL, 0, 1, _CLONE3), (_RETURN, 0, 0, _RET_ERRNO | _ENOSYS)]
    program += [
        (_JUMP_EQUAL, 0, 3, _CLONE[machine]),
        (_LOAD, 0, 0, _OFFSET_FIRST_ARGUMENT),
        (_JUMP_ANY_BIT, 1, 0, _CLONE_THREAD),
        (_RETURN, 0, 0, _RET_ERRNO | _EPERM),
        (_RETURN, 0, 0, _RET_ALLOW),
    ]
    return b"".join(struct.pack("=HBBI", *line) for line in program)


def filter_system_calls(program: bytes | None) -> bool:
    """Install ``program`` for good in this process. Needs :func:`forbid_new_privileges` first."""
    if program is None:
        return False
    code = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(code))
    result = _LIBC.prctl(ctypes.c_int(_PR_SET_SECCOMP), ctypes.c_ulong(_SECCOMP_MODE_FILTER), header, 0, 0)
    return int(result) == 0


# --- resources -----------------------------------------------------------------------------------------------------


def limit_resources(*, cpu_seconds: int, memory_bytes: int, file_bytes: int, open_files: int) -> None:
    """Bound this process: processor time, address space, size of any one file, descriptors; no core dumps."""
    for kind, soft, hard in (
        (resource.RLIMIT_CPU, cpu_seconds, cpu_seconds + 1),
        (resource.RLIMIT_AS, memory_bytes, memory_bytes),
        (resource.RLIMIT_FSIZE, file_bytes, file_bytes),
        (resource.RLIMIT_NOFILE, open_files, open_files),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        ceiling = resource.getrlimit(kind)[1]
        if ceiling != resource.RLIM_INFINITY:
            soft, hard = min(soft, ceiling), min(hard, ceiling)
        resource.setrlimit(kind, (soft, hard))
