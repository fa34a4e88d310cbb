"""Python processes of a test's own, on the test's database, that can be killed at any moment."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django.db import connection

ROOT = Path(__file__).resolve().parents[2]


def run_apart(work: Coroutine[Any, Any, Any]) -> Any:
    """``asyncio.run`` in a thread of its own: a browser's test keeps a loop in this one for the rest of the run."""
    with ThreadPoolExecutor(1) as apart:
        return apart.submit(asyncio.run, work).result()


def database_url() -> str:
    """The address of the test database, for another process."""
    known = connection.settings_dict
    where = urlencode({"host": known["HOST"], "port": known["PORT"]})
    return f"postgresql://{known['USER']}@/{known['NAME']}?{where}"


def start(module: str, *arguments: str) -> subprocess.Popen[bytes]:
    """Start ``python -m module`` on the test's database."""
    environment = {**os.environ, "PLI_DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "pli.project.settings"}
    return subprocess.Popen([sys.executable, "-m", module, *arguments], cwd=ROOT, env=environment)


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill -9, and wait until it is gone."""
    process.send_signal(signal.SIGKILL)
    process.wait()


@contextmanager
def started(module: str, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process that is surely gone at the end."""
    process = start(module, *arguments)
    try:
        yield process
    finally:
        if process.poll() is None:
            kill(process)


@contextmanager
def open_folder(name: str) -> Iterator[Path]:
    """A folder that programs under other users' names can enter, gone at the end.

    pytest's own are closed to them, and closed again each time that another run of pytest begins.
    """
    with tempfile.TemporaryDirectory(prefix=f"pli-{name}-", ignore_cleanup_errors=True) as made:
        folder = Path(made)
        folder.chmod(0o755)
        yield folder


def wait_until(is_so: Callable[[], bool], *, seconds: float) -> float:
    """Wait for a fact; gives the seconds it took.

    :raises AssertionError: when it does not come true in time.
    """
    begun = time.monotonic()
    while not is_so():
        if time.monotonic() - begun > seconds:
            raise AssertionError(f"still not so after {seconds} s")
        time.sleep(0.05)
    return time.monotonic() - begun
