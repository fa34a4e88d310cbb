"""The queue: a dead worker's jobs are taken up again, and a job's own jobs belong to its transaction."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection, transaction
from procrastinate.contrib.django import app

from pli.kit.errors import PlugError
from pli.kit.retry import LONGEST_WAIT_SECONDS, RETRY, wait_before
from pli.project.liveness import LIFE
from pli.project.queue import forget_finished_jobs, opened_app, queue_state, rescue_stalled_jobs
from tests.project import queue_jobs
from tests.support.processes import kill, run_apart, started, wait_until

PROCESS = "tests.project.queue_process"


def _defer(name: str, *, queueing_lock: str | None = None, **arguments: str) -> int:
    return app.configure_task(name, queueing_lock=queueing_lock).defer(**arguments)


def _status(job_id: int) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT status::text FROM procrastinate_jobs WHERE id = %s", [job_id])
        return str(cursor.fetchone()[0])


def _execute(sql: str, *parameters: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)


def _lose_worker(silent_seconds: int, *, is_alive: bool = False) -> None:
    """A worker fetches the next job, and was last heard of a while ago; ``is_alive``: its connection stands."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT worker_id FROM procrastinate_register_worker_v1()")
        worker = cursor.fetchone()[0]
        cursor.execute("SELECT id FROM procrastinate_fetch_job_v2(NULL, %s)", [worker])
        assert cursor.fetchone()[0] is not None
        cursor.execute(
            "UPDATE procrastinate_workers SET last_heartbeat = now() - make_interval(secs => %s) WHERE id = %s",
            [silent_seconds, worker],
        )
        if is_alive:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LIFE, worker])


def test_every_task_that_nothing_calls_again_is_tried_again() -> None:
    """A database that goes away fails whatever job is running: it must come back by itself."""
    with opened_app() as opened:
        opened.perform_import_paths()
        periodic = {one.name for one, _ in ((p.task, p) for p in opened.periodic_registry.periodic_tasks.values())}
        ours = {
            name: task
            for name, task in opened.tasks.items()
            if not name.startswith(("tests.", "builtin", "procrastinate."))
        }
    lost = [name for name, task in ours.items() if name not in periodic and task.retry_strategy is None]
    assert len(ours) > 10 and not lost, lost


@pytest.mark.django_db
def test_a_silent_workers_job_is_put_back_and_a_living_ones_is_not() -> None:
    silent = _defer("tests.nothing")
    _lose_worker(silent_seconds=21, is_alive=True)
    dead = _defer("tests.nothing")
    _lose_worker(silent_seconds=5)
    kept = [_defer("tests.nothing")]
    _lose_worker(silent_seconds=15, is_alive=True)
    kept.append(_defer("tests.nothing"))
    _lose_worker(silent_seconds=1)
    assert queue_state().doing == 4
    assert rescue_stalled_jobs() == 2
    assert [_status(job) for job in (silent, dead, *kept)] == ["todo", "todo", "doing", "doing"]
    assert rescue_stalled_jobs() == 0
    assert (queue_state().waiting, queue_state().doing) == (2, 2)


@pytest.mark.django_db
def test_a_lost_job_whose_twin_waits_is_given_up() -> None:
    lost = _defer("tests.nothing", queueing_lock="one")
    _lose_worker(silent_seconds=60)
    twin = _defer("tests.nothing", queueing_lock="one")
    other = _defer("tests.nothing")
    with transaction.atomic():
        assert rescue_stalled_jobs() == 0
    assert [_status(job) for job in (lost, twin, other)] == ["aborted", "todo", "todo"]


@pytest.mark.django_db
def test_a_job_that_keeps_losing_its_worker_waits_longer_each_time() -> None:
    _defer("tests.nothing")
    for expected in (0, 2, 4, 8, 16, 30, 30, 30, 30, 30):
        _execute("UPDATE procrastinate_jobs SET scheduled_at = NULL")
        _lose_worker(silent_seconds=60)
        assert rescue_stalled_jobs() == 1
        with connection.cursor() as cursor:
            cursor.execute("SELECT extract(epoch FROM scheduled_at - now()) FROM procrastinate_jobs")
            assert cursor.fetchone()[0] == expected
    assert queue_state().restless == 1


@pytest.mark.django_db
def test_old_traces_go_and_recent_or_failed_ones_stay() -> None:
    jobs = {}
    for name, status, hours in (
        ("old", "succeeded", 80), ("recent", "succeeded", 70), ("failed", "failed", 80), ("waiting", "todo", 9999),
    ):  # fmt: skip
        jobs[name] = _defer("tests.nothing")
        _execute(
            "UPDATE procrastinate_jobs SET status = %s::procrastinate_job_status WHERE id = %s", status, jobs[name]
        )
        _execute(
            "UPDATE procrastinate_events SET at = now() - make_interval(hours => %s) WHERE job_id = %s",
            hours,
            jobs[name],
        )
    assert forget_finished_jobs() == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM procrastinate_jobs")
        assert {row[0] for row in cursor.fetchall()} == {jobs[name] for name in ("recent", "failed", "waiting")}


def test_the_waits_are_short_enough_for_a_queue_to_drain_in_five_minutes() -> None:
    waits = [wait_before(attempt).total_seconds() for attempt in range(2000)]
    assert waits[:5] == [2, 4, 8, 16, 32]
    assert max(waits) == LONGEST_WAIT_SECONDS < 300


def test_a_permanent_failure_is_not_retried() -> None:
    from procrastinate.jobs import Job

    job = Job(id=1, queue="default", task_name="x", lock=None, queueing_lock=None)
    temporary, permanent = (PlugError(service="tsa", reason="x", permanent=flag) for flag in (False, True))
    assert RETRY.get_retry_decision(exception=temporary, job=job) is not None
    assert RETRY.get_retry_decision(exception=permanent, job=job) is None


def test_no_task_both_retries_and_holds_a_queueing_lock() -> None:
    """A retry goes back to waiting; with a twin waiting under the same lock the worker could not put it back."""
    app.perform_import_paths()
    assert [name for name, task in app.tasks.items() if task.queueing_lock and task.retry_strategy] == []


@pytest.mark.django_db(transaction=True)
def test_a_job_deferred_by_a_failed_job_was_never_deferred(tmp_path: Path) -> None:
    (tmp_path / "begun").touch()
    queue_jobs.defer_and_fail.defer(folder=str(tmp_path))

    async def work() -> None:
        with opened_app() as opened:
            async with opened.open_async():
                await opened.run_worker_async(wait=False, concurrency=1, install_signal_handlers=False)

    kept, connection.settings_dict["CONN_MAX_AGE"] = connection.settings_dict["CONN_MAX_AGE"], 0
    try:
        run_apart(work())
    finally:
        connection.settings_dict["CONN_MAX_AGE"] = kept
    assert not (tmp_path / "done").exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name, status::text FROM procrastinate_jobs WHERE task_name LIKE 'tests.%'")
        assert cursor.fetchall() == [("tests.defer-and-fail", "failed")]


@pytest.mark.faults
@pytest.mark.django_db(transaction=True)
def test_a_killed_workers_job_is_resumed_within_a_minute(tmp_path: Path) -> None:
    job = _defer("tests.wait-once", folder=str(tmp_path))
    with started(PROCESS, "worker") as first:
        wait_until((tmp_path / "begun").exists, seconds=60)
        kill(first)
        # Three minutes without a sign would tell the second of it too: its lost connection does so first.
        with started(PROCESS, "worker", "200") as second:
            taken = wait_until((tmp_path / "done").exists, seconds=60)
            wait_until(lambda: _status(job) == "succeeded", seconds=10)
            second.terminate()
            assert second.wait(timeout=30) == 0
    print(f"resumed after {taken:.1f} s")  # noqa: T201 - the figure of docs/reliability.md
