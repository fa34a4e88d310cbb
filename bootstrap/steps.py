"""The set-up, step by step; a stamp makes each step run only when what it depends on has changed."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import platform
import subprocess
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bootstrap import assets, environment
from bootstrap.console import Stop, run_quietly, say

ROOT = environment.ROOT
# Each set of locked packages contains the one before it.
LOCKS = ("runtime", "dev")


def digest(paths: Iterable[Path], *words: str) -> str:
    """One key for the content of files and a few words."""
    total = hashlib.sha256("\0".join(words).encode())
    for path in paths:
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Only one set-up at a time; the second waits, then finds everything done."""
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        handle = lock.open("w")
    except OSError as error:
        raise Stop(
            f"Impossible d’écrire dans {lock.parent} : {error.strerror}. Indiquez un autre dossier dans PLI_VENV."
        ) from error
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say("Une autre installation est en cours, on attend qu’elle finisse")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


class Stamp:
    """What has been done, in a small file beside what was made."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._done: dict[str, str] = json.loads(path.read_text())
        except (OSError, ValueError):
            self._done = {}

    def get(self, step: str) -> str:
        """The key under which ``step`` was last done."""
        return self._done.get(step, "")

    def once(self, step: str, key: str, action: Callable[[], None]) -> None:
        """Do ``action`` unless it was done under the same key."""
        if self._done.get(step) == key:
            return
        action()
        self._done[step] = key
        self.path.parent.mkdir(parents=True, exist_ok=True)
        half = self.path.with_suffix(".half")
        half.write_text(json.dumps(self._done, indent=1))
        half.replace(self.path)


def _set_up_environment(level: str) -> None:
    venv = environment.location()
    if not environment.is_sound():
        environment.require_room(level)
        environment.create()
    stamp = Stamp(venv / "pli-setup.json")
    # Once the developer's set is in, the user's is too: never fall back.
    names = LOCKS[: LOCKS.index(level) + 1]
    installed = stamp.get("lock")
    if installed in LOCKS:
        names = LOCKS[: max(len(names), LOCKS.index(installed) + 1)]
    key = digest((environment.REQUIREMENTS / f"{name}.txt" for name in names), platform.python_version())
    stamp.once("requirements", key, lambda: environment.install_requirements(names[-1]))
    stamp.once("lock", names[-1], lambda: None)
    stamp.once("package", digest([ROOT / "pyproject.toml"], str(ROOT)), environment.install_package)


def _compile_catalogues() -> None:
    run_quietly(
        [str(environment.python()), "-m", "pli.project.translations", "compile"],
        cure="Les traductions n’ont pas pu être préparées : voyez ci-dessus.",
    )


def _sources() -> list[Path]:
    return sorted(path for folder in ("src", "tests", "benches") for path in (ROOT / folder).rglob("*.py"))


def _changes(paths: Iterable[Path]) -> str:
    """One key for the sizes and times of files: enough to know whether what was compiled of them still stands."""
    told = ((path, path.stat()) for path in paths)
    return digest((), *(f"{path}:{file.st_size}:{file.st_mtime_ns}" for path, file in told))


def _compile_sources() -> None:
    """Compile Pli itself. Its processes would else parse their modules at each start where nothing may be written:
    in the sandbox always, and wherever PYTHONDONTWRITEBYTECODE is set. What can't be compiled tells its own error."""
    folders = [str(ROOT / name) for name in ("src", "tests", "benches")]
    command = [str(environment.python()), "-m", "compileall", "-q", "-j", "0", *folders]
    subprocess.run(command, capture_output=True, check=False)


def _set_up_checkout(level: str) -> None:
    stamp = Stamp(ROOT / "build" / "setup.json")
    wanted = assets.read_lock(ROOT / "assets.lock.json", for_tests=level == "dev")
    for package in wanted:
        key = package.key() if package.is_unpacked(ROOT) else ""
        if not key or stamp.get(package.name) != key:
            assets.obtain([p for p in wanted if stamp.get(p.name) != p.key() or not p.is_unpacked(ROOT)], ROOT)
            for done in wanted:
                stamp.once(done.name, done.key(), lambda: None)
            break
    catalogues = sorted((ROOT / "src").rglob("*.po"))
    compiled = all(path.with_suffix(".mo").exists() for path in catalogues)
    stamp.once("catalogues", digest(catalogues, str(compiled)), _compile_catalogues)
    stamp.once("sources", _changes(_sources()) + platform.python_version(), _compile_sources)


def set_up(level: str) -> None:
    """Have everything Pli needs (``runtime``), and what its tests need besides (``dev``).

    :raises Stop: with one plain line when the machine lacks something we can't get.
    """
    os.umask(0o022)
    venv = environment.location()
    with _alone(venv.with_name(venv.name + ".lock")):
        _set_up_environment(level)
        _set_up_checkout(level)
