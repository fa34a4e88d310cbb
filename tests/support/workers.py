"""Real programs of Pli beside the test, on its database and home; workers killed while others hold what they need."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
from django.conf import settings
from django.db import connection

from pli.project.queue import rescue_stalled_jobs
from tests.support.processes import ROOT, database_url, wait_until

PATIENCE = 150.0
"""Seconds: the machine may be busy with other tests."""
_BLOCKED = """
SELECT count(*) FROM pg_stat_activity
 WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE %s
"""
# A job that lost its worker more than once waits some seconds: the test does not.
_AT_ONCE = "UPDATE procrastinate_jobs SET scheduled_at = NULL WHERE status = 'todo' AND attempts > 0"

_BUSY = """
SELECT count(*) FROM pg_stat_activity
 WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
"""


def start_pli(*words: str, **settings_of_it: str) -> subprocess.Popen[bytes]:
    """``pli WORDS…`` on this test's database and home, under the given environment variables."""
    ours = {"PLI_DATABASE_URL": database_url(), "PLI_HOME": str(settings.PLI_HOME)}
    return subprocess.Popen(
        [sys.executable, "-m", "pli.project.cli", *words], env={**os.environ, **ours, **settings_of_it}
    )


class Workers:
    """One worker after another, each killed with -9; ``more``: their environment variables.

    In a ``with``: the last one, and the process that makes them, are gone at its end.
    """

    def __init__(self, *, concurrency: int = 1, **more: str) -> None:
        ours = {"PLI_DATABASE_URL": database_url(), "PLI_HOME": str(settings.PLI_HOME)}
        self.nursery = subprocess.Popen(
            [sys.executable, "-m", "tests.support.nursery", str(concurrency)],
            cwd=ROOT, env={**os.environ, **ours, "DJANGO_SETTINGS_MODULE": "pli.project.settings", **more},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.running: int | None = None

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_what: object) -> None:
        self.kill()
        self.nursery.communicate()

    def start(self) -> None:
        """Begin another; what the former one had begun is put back, as the supervisor's sweep does, and at once."""
        assert self.nursery.stdin and self.nursery.stdout
        rescue_stalled_jobs(stalled_after=0)
        with connection.cursor() as cursor:
            cursor.execute(_AT_ONCE)
        self.nursery.stdin.write("worker\n")
        self.nursery.stdin.flush()
        self.running = int(self.nursery.stdout.readline())

    def kill(self) -> None:
        """With -9; back when it is gone, whatever it held in PostgreSQL may outlive it a moment."""
        if self.running is not None:
            os.kill(self.running, signal.SIGKILL)
            wait_until(self._is_gone, seconds=PATIENCE)
            self.running = None

    def _is_gone(self) -> bool:
        try:
            os.kill(self.running or 0, 0)
        except ProcessLookupError:
            return True
        return False


def until(look: Callable[[], object]) -> None:
    """Wait for ``look`` to find something."""
    wait_until(lambda: bool(look()), seconds=PATIENCE)


@contextmanager
def held(statement: str, value: object) -> Iterator[None]:
    """What ``SELECT … FOR UPDATE`` names is in somebody else's hands meanwhile."""
    with psycopg.connect(**connection.get_connection_params()) as other:
        other.execute(statement, [value])
        yield
        other.rollback()


def is_blocked(words: str) -> bool:
    """Whether some process waits for a lock in a statement LIKE ``words``."""
    with connection.cursor() as cursor:
        cursor.execute(_BLOCKED, [words])
        return bool(cursor.fetchone()[0])


def is_busy() -> bool:
    """Whether PostgreSQL still serves anybody but the test: whoever was killed while waiting for a lock leaves its
    connection, and the locks on it, until it has had that lock."""
    with connection.cursor() as cursor:
        cursor.execute(_BUSY)
        return bool(cursor.fetchone()[0])
