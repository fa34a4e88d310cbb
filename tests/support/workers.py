"""Real programs of Pli beside the test, on its database and home; workers killed while others hold what they need."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
from django.conf import settings
from django.db import connection

from pli.project.queue import rescue_stalled_jobs
from tests.support.processes import database_url, kill, wait_until

PATIENCE = 150.0
"""Seconds: the machine may be busy with other tests."""
_BLOCKED = """
SELECT count(*) FROM pg_stat_activity
 WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE %s
"""


def start_pli(*words: str, **settings_of_it: str) -> subprocess.Popen[bytes]:
    """``pli WORDS…`` on this test's database and home, under the given environment variables."""
    ours = {"PLI_DATABASE_URL": database_url(), "PLI_HOME": str(settings.PLI_HOME)}
    return subprocess.Popen(
        [sys.executable, "-m", "pli.project.cli", *words], env={**os.environ, **ours, **settings_of_it}
    )


class Workers:
    """One worker after another, each killed with -9; ``more``: its environment variables."""

    def __init__(self, **more: str) -> None:
        self.more = more
        self.running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Begin another; what the former one had begun is put back, as the supervisor's sweep does."""
        rescue_stalled_jobs(stalled_after=0)
        self.running = start_pli("worker", "--concurrency", "1", **self.more)

    def kill(self) -> None:
        if self.running is not None:
            kill(self.running)
            self.running = None


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
