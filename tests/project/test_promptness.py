"""Nothing waits for the next look, here a minute away, when there is a worker with nothing to do."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from pli.project.promptness import PromptWorker
from pli.project.queue import opened_app
from tests.project import queue_jobs
from tests.support.processes import wait_until

pytestmark = pytest.mark.django_db(transaction=True)
_FAR = 60.0
_APART = "tests"
"""A queue without the periodic jobs, whose notices would wake the worker every few seconds."""


class OverheardWorker(PromptWorker):
    """The first time it is told that there is nothing, a job has been deferred meanwhile, and its notice has come."""

    is_told = False

    async def run(self) -> None:
        manager = self.app.job_manager
        fetch = manager.fetch_job

        async def fetch_slowly(**named: Any) -> Any:
            found = await fetch(**named)
            if found is None and not self.is_told:
                self.is_told = True
                await asyncio.to_thread(_defer_apart)
                while not self._new_job_event.is_set():
                    await asyncio.sleep(0.01)
            return found

        manager.fetch_job = fetch_slowly  # type: ignore[method-assign]
        await super().run()


def _defer_apart() -> None:
    try:
        queue_jobs.at_once.configure(queue=_APART).defer()
    finally:
        connection.close()


@contextmanager
def _working(kind: type[PromptWorker] = PromptWorker) -> Iterator[None]:
    started: list[PromptWorker] = []

    async def work() -> None:
        with opened_app() as opened:
            opened.perform_import_paths()
            async with opened.open_async():
                worker = kind(
                    opened, queues=[_APART], concurrency=2, install_signal_handlers=False,
                    fetch_job_polling_interval=_FAR,
                )  # fmt: skip
                started.append(worker)
                await worker.run()

    kept, connection.settings_dict["CONN_MAX_AGE"] = connection.settings_dict["CONN_MAX_AGE"], 0
    thread = threading.Thread(target=lambda: asyncio.run(work()))
    thread.start()
    try:
        yield
    finally:
        started[0].stop()
        thread.join(30)
        connection.settings_dict["CONN_MAX_AGE"] = kept
    assert not thread.is_alive()


def _done(name: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT status::text FROM procrastinate_jobs WHERE task_name = %s", [name])
        return [row[0] for row in cursor.fetchall()] == ["succeeded"]


def test_a_job_that_waited_for_anothers_lock_begins_when_that_one_is_done(tmp_path: Path) -> None:
    with _working():
        queue_jobs.hold.configure(lock="one", queue=_APART).defer(folder=str(tmp_path))
        wait_until((tmp_path / "held").exists, seconds=_FAR / 2)
        queue_jobs.at_once.configure(lock="one", queue=_APART).defer()
        (tmp_path / "go").touch()
        wait_until(lambda: _done("tests.at-once"), seconds=_FAR / 2)


def test_a_notice_that_comes_while_the_worker_is_told_of_nothing_is_heard() -> None:
    with _working(OverheardWorker):
        wait_until(lambda: _done("tests.at-once"), seconds=_FAR / 2)
