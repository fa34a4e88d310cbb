"""The queue: Procrastinate on Pli's own PostgreSQL, with nothing left behind by a worker that died."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from procrastinate import App, PsycopgConnector
from procrastinate.connector import BaseConnector
from procrastinate.contrib.django import app, connector_params
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.worker import Worker

from pli.project.liveness import LIFE, showing_life
from pli.project.promptness import PromptWorker

logger = logging.getLogger(__name__)

# The queue of the short periodic jobs: they are many, so their traces go first.
SWEEPS = "sweeps"
# Tried this often, a job is shown to whoever looks after the installation; it goes on being tried.
RESTLESS_ATTEMPTS = 10
# A job that keeps losing its worker leaves the others room, and is still back within the minute.
LONGEST_RESCUE_SECONDS = 30
# Longer than a worker needs from its first sign to its lock, and than two signs are apart.
_DEAD_AFTER_SECONDS = 4

_STALLED = """
SELECT job.id
  FROM procrastinate_jobs job LEFT JOIN procrastinate_workers worker ON worker.id = job.worker_id
 WHERE job.status = 'doing'
   AND (worker.id IS NULL OR worker.last_heartbeat < now() - make_interval(secs => %(timeout)s)
        OR worker.last_heartbeat < now() - make_interval(secs => %(dead)s)
           AND NOT EXISTS (SELECT 1 FROM pg_locks l JOIN pg_database d ON d.oid = l.database
                            WHERE d.datname = current_database() AND l.locktype = 'advisory' AND l.granted
                              AND l.classid = %(life)s AND l.objid = worker.id AND l.objsubid = 2))
 ORDER BY job.id
   FOR UPDATE OF job SKIP LOCKED
"""
_RETRY = """
SELECT procrastinate_retry_job_v2(
         id,
         now() + make_interval(secs => CASE WHEN attempts = 0 THEN 0 ELSE least(power(2, attempts), %(longest)s) END),
         NULL, NULL, NULL)
  FROM procrastinate_jobs WHERE id = %(id)s
"""
_FORGET = """
DELETE FROM procrastinate_jobs WHERE id IN (
    SELECT job.id FROM procrastinate_jobs job
     WHERE job.status::text = ANY(%(statuses)s) AND (%(queue)s::text IS NULL OR job.queue_name = %(queue)s)
       AND NOT EXISTS (SELECT 1 FROM procrastinate_events event
                        WHERE event.job_id = job.id AND event.at > now() - make_interval(hours => %(hours)s))
     LIMIT 5000)
"""
_STATE = """
SELECT count(*) FILTER (WHERE status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= now())),
       count(*) FILTER (WHERE status = 'todo' AND scheduled_at > now()),
       count(*) FILTER (WHERE status = 'doing'),
       count(*) FILTER (WHERE status = 'failed'),
       count(*) FILTER (WHERE status IN ('todo', 'doing') AND attempts >= %(restless)s),
       (SELECT extract(epoch FROM now() - min(coalesce(job.scheduled_at, event.at)))
          FROM procrastinate_jobs job
          JOIN procrastinate_events event ON event.job_id = job.id AND event.type = 'deferred'
         WHERE job.status = 'todo' AND (job.scheduled_at IS NULL OR job.scheduled_at <= now())),
       (SELECT count(*) FROM procrastinate_workers
         WHERE last_heartbeat >= now() - make_interval(secs => %(timeout)s))
  FROM procrastinate_jobs
"""


class WorkerConnector(PsycopgConnector):
    """The worker's own bookkeeping goes through its pool; a ``defer`` made by a job goes through that job's
    Django connection, so that it belongs to the job's transaction. (Procrastinate's own worker command sends
    both through the pool: a job deferred there may start before the transaction it tells of has committed.)"""

    def get_sync_connector(self) -> BaseConnector:
        """What ``task.defer()`` uses: Django's connection of the calling thread."""
        return DjangoConnector(alias="default")


def _stalled_after() -> float:
    return float(settings.PROCRASTINATE_WORKER_DEFAULTS["stalled_worker_timeout"])


@contextlib.contextmanager
def opened_app() -> Iterator[App]:
    """The application with the connector a worker needs."""
    with app.replace_connector(WorkerConnector(kwargs=connector_params())) as opened:
        yield opened


async def _work(opened: App, stop: asyncio.Event, options: dict[str, Any]) -> None:
    """Run one worker after another until told to stop: one that lost its database is replaced by a fresh one."""
    pause = 1.0
    while not stop.is_set():
        started = asyncio.get_running_loop().time()
        try:
            async with opened.open_async():
                worker: Worker = PromptWorker(opened, install_signal_handlers=False, **options)
                async with showing_life(worker) as silenced:
                    running = asyncio.create_task(worker.run())
                    stopping = asyncio.create_task(stop.wait())
                    await asyncio.wait({running, stopping, silenced}, return_when=asyncio.FIRST_COMPLETED)
                    stopping.cancel()
                    worker.stop()
                    await running
        except Exception as error:  # noqa: BLE001 - whatever took the worker down, another one takes its place
            logger.warning("worker lost: %s", type(error).__name__)
        if stop.is_set():
            return
        pause = 1.0 if asyncio.get_running_loop().time() - started > 60 else min(pause * 2, 15.0)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), pause)


def run_worker(*, queues: Sequence[str] | None = None, name: str = "worker", concurrency: int | None = None) -> None:
    """Work until SIGTERM or SIGINT, then finish what was begun (for a while) and return.

    A lost database is waited for; a second signal ends the process at once, and its jobs are rescued by others.
    """
    chosen: dict[str, Any] = {"queues": queues, "name": name}
    if concurrency:
        chosen["concurrency"] = concurrency

    async def serve() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()

        def end() -> None:
            stop.set()
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(number)

        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, end)
        with opened_app() as opened:
            opened.perform_import_paths()
            await _work(opened, stop, {**opened.worker_defaults, **chosen})

    asyncio.run(serve())


def run_waiting_jobs() -> None:
    """Do what is due now, in this process, and return: for the set-up, before any worker runs."""

    async def drain() -> None:
        with opened_app() as opened:
            opened.perform_import_paths()
            async with opened.open_async():
                options: dict[str, Any] = {**opened.worker_defaults, "name": "set-up"}
                worker: Worker = PromptWorker(opened, wait=False, install_signal_handlers=False, **options)
                async with showing_life(worker):
                    await worker.run()

    # In a thread of its own: the caller may have a loop already.
    with ThreadPoolExecutor(1) as apart:
        apart.submit(asyncio.run, drain()).result()


def rescue_stalled_jobs(*, stalled_after: float | None = None) -> int:
    """Put back in the queue every job whose worker is dead, or silent for ``stalled_after`` seconds.

    A first rescue runs at once; one that keeps losing its worker waits longer each time, half a minute at most.
    A job whose queueing lock is held by a waiting twin is given up: the twin does the work.
    Returns how many were put back. Safe to run at the same time as another rescue.
    """
    timeout = _stalled_after() if stalled_after is None else stalled_after
    rescued = 0
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_STALLED, {"timeout": timeout, "dead": min(timeout, _DEAD_AFTER_SECONDS), "life": LIFE})
        for (job_id,) in cursor.fetchall():
            try:
                with transaction.atomic():
                    cursor.execute(_RETRY, {"id": job_id, "longest": LONGEST_RESCUE_SECONDS})
                rescued += 1
            except IntegrityError:
                cursor.execute("SELECT procrastinate_finish_job_v1(%s, 'aborted', false)", [job_id])
        cursor.execute("SELECT procrastinate_prune_stalled_workers_v1(%s)", [timeout])
    if rescued:
        logger.warning("jobs of lost workers put back: %d", rescued)
    return rescued


def forget_finished_jobs() -> int:
    """Delete the traces of jobs long done: sweeps after an hour, the others after three days, failures after ninety.

    Returns how many were deleted.
    """
    done = ["succeeded", "cancelled", "aborted"]
    deleted = 0
    for queue, hours, statuses in ((SWEEPS, 1, done), (None, 72, done), (None, 90 * 24, ["failed"])):
        while True:
            with connection.cursor() as cursor:
                cursor.execute(_FORGET, {"queue": queue, "hours": hours, "statuses": statuses})
                deleted += cursor.rowcount
                if cursor.rowcount < 5000:
                    break
    return deleted


@dataclass(frozen=True)
class QueueState:
    """How the queue stands. ``oldest_seconds`` is how long the oldest due job has waited; ``restless`` are the
    jobs tried ten times or more that are still being tried."""

    waiting: int
    scheduled: int
    doing: int
    failed: int
    restless: int
    oldest_seconds: float
    workers: int


def queue_state() -> QueueState:
    """The queue's figures for the doctor and the system page."""
    with connection.cursor() as cursor:
        cursor.execute(_STATE, {"timeout": _stalled_after(), "restless": RESTLESS_ATTEMPTS})
        waiting, scheduled, doing, failed, restless, oldest, workers = cursor.fetchone()
    return QueueState(waiting, scheduled, doing, failed, restless, float(oldest or 0), workers)
