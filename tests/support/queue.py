"""Running the queue's jobs in a test: ``run_jobs()`` does what a worker would, then returns."""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from procrastinate import App, JobContext, PsycopgConnector
from procrastinate.contrib.django import app, connector_params
from procrastinate.jobs import Job

# A test that needs more jobs than this defers them in a circle.
TOO_MANY = 5000


class RunJobs(Protocol):
    """Runs every due job, and those they defer, until none is left; returns how many ran."""

    def __call__(self, *, scheduled: bool = False) -> int:
        """With ``scheduled``, jobs set for later are due at once."""
        ...


def _bring_forward() -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET scheduled_at = NULL WHERE status = 'todo'")


def _count(status: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE status::text = %s", [status])
        return int(cursor.fetchone()[0])


def run_jobs_here(*, scheduled: bool = False, at_most: int = TOO_MANY) -> int:
    """Run the due jobs, ``at_most`` so many, in this thread and in the test's own transaction. A job that raises fails
    the test."""
    for count in range(at_most):
        if scheduled:
            _bring_forward()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id, queue_name, task_name, lock, queueing_lock, args, attempts"
                " FROM procrastinate_fetch_job_v2(NULL, NULL)"
            )
            row = cursor.fetchone()
        if row is None or row[0] is None:
            return count
        _run_one(row)
    if at_most == TOO_MANY:
        raise AssertionError("jobs defer one another without end")
    return at_most


def _run_one(row: tuple[Any, ...]) -> None:
    job_id, queue, name, lock, queueing_lock, args, attempts = row
    kwargs = json.loads(args) if isinstance(args, str) else args
    app.perform_import_paths()
    task = app.tasks[name]
    job = Job(
        id=job_id, queue=queue, task_name=name, lock=lock, queueing_lock=queueing_lock, task_kwargs=kwargs,
        attempts=attempts,
    )  # fmt: skip
    first = [JobContext(app=app, job=job, start_timestamp=0.0, abort_reason=lambda: None)] if task.pass_context else []
    if inspect.iscoroutinefunction(task.func):
        async_to_sync(task.func)(*first, **kwargs)
    else:
        task(*first, **kwargs)
    with connection.cursor() as cursor:
        cursor.execute("SELECT procrastinate_finish_job_v1(%s, 'succeeded', false)", [job_id])


def run_jobs_by_worker(*, scheduled: bool = False) -> int:
    """Run the due jobs with a real worker, on committed data, until it finds none. Retries wait for their time;
    periodic tasks do not start by themselves."""
    settings = connection.settings_dict
    kept = settings["CONN_MAX_AGE"]
    settings["CONN_MAX_AGE"] = 0  # the worker's threads leave no connection behind on the test database
    if scheduled:
        _bring_forward()
    before = _count("succeeded")
    app.perform_import_paths()
    worker = App(connector=PsycopgConnector(kwargs=connector_params()), worker_defaults=app.worker_defaults)
    worker.tasks = app.tasks
    try:
        # In a thread of its own: a browser's test already keeps a loop in this one.
        with ThreadPoolExecutor(1) as apart:
            apart.submit(lambda: asyncio.run(_drain(worker))).result()
    finally:
        settings["CONN_MAX_AGE"] = kept
    return _count("succeeded") - before


async def _drain(worker: App) -> None:
    async with worker.open_async():
        await worker.run_worker_async(
            wait=False, concurrency=1, install_signal_handlers=False, listen_notify=False, delete_jobs="never"
        )


@pytest.fixture
def run_jobs(request: pytest.FixtureRequest) -> Iterator[RunJobs]:
    """Runs due jobs: in the test's transaction where it has one (``django_db``), else with a real worker
    (``django_db(transaction=True)``)."""
    if not {"db", "transactional_db"} & set(request.fixturenames) and not request.node.get_closest_marker("django_db"):
        pytest.fail("run_jobs needs @pytest.mark.django_db")

    def run(*, scheduled: bool = False) -> int:
        runner = run_jobs_here if connection.in_atomic_block else run_jobs_by_worker
        return runner(scheduled=scheduled)

    yield run
