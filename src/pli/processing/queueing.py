"""Handing work to the queue, in the caller's transaction. One job per range of pages, one per chunk of pieces.

A run of thousands stands behind everything people wait for: its jobs have a lower priority.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from uuid import UUID

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import Job
from procrastinate.types import JSONValue

from pli.processing.chain import choose
from pli.processing.models import Run, RunPiece
from pli.processing.plugs import Stage
from pli.processing.states import PieceState

PAGES = 200
"""Pages read by one job; recognition takes a second a page, so ten then."""
MOST_PAGES = 600
PAGES_RECOGNISED = 10
CHUNK = 50
LARGEST_CHUNK = 300
_PARTS = 8
"""Jobs a long run is shared out to, at least: each opens its file anew and reaches for its pages, up to a third of a
second. More than are at work at once, so that no processor is long without any at the end."""
BEHIND = -10


def ranges_of(run: Run) -> list[tuple[int, int]]:
    """The ranges of pages a run is read in."""
    has_reader = any(one.stage == Stage.READ for one in choose(run.steps))
    size = PAGES_RECOGNISED if has_reader else max(PAGES, min(MOST_PAGES, -(-run.page_count // _PARTS)))
    return [(first, min(first + size - 1, run.page_count)) for first in range(1, run.page_count + 1, size)]


def chunk_size(count: int, page_count: int) -> int:
    """How many of ``count`` pieces one job makes: more of a long run, fewer where each has many pages."""
    most = min(LARGEST_CHUNK, MOST_PAGES * count // max(1, page_count))
    return max(CHUNK, min(most, -(-count // _PARTS)))


def read_later(run: Run) -> None:
    """Queue the reading of every range of a run."""
    read_all_later([run])


def read_all_later(runs: Sequence[Run]) -> None:
    """Queue the reading of every range of these runs, in one statement; there is at least one."""
    jobs = [job for run in runs for job in _readings(run)]
    try:
        with transaction.atomic():
            _defer(jobs)
    except AlreadyEnqueued:
        # A range that is queued already (its run was stopped before its turn) keeps no other from being queued.
        for job in jobs:
            with suppress(AlreadyEnqueued), transaction.atomic():
                _defer([job])


def make_later(run: Run, piece_ids: Sequence[UUID], *, is_asked: bool = False) -> None:
    """Queue the making of pieces, chunk by chunk; ``is_asked``: a person waits for it."""
    make_all_later([(run, piece_ids)], is_asked=is_asked)


def make_all_later(wanted: Iterable[tuple[Run, Sequence[UUID]]], *, is_asked: bool = False) -> None:
    """As ``make_later`` of each run with its pieces, in one statement."""
    if jobs := [job for run, piece_ids in wanted for job in _makings(run, piece_ids, is_asked=is_asked)]:
        _defer(jobs)


def _defer(jobs: list[Job]) -> None:
    app.job_manager.batch_defer_jobs(jobs)


def _readings(run: Run) -> Iterator[Job]:
    from pli.processing.tasks import read

    for first, last in ranges_of(run):
        name = f"read:{run.id}:{first}"
        configured = read.configure(lock=name, queueing_lock=name, priority=_priority(run))
        yield configured.make_new_job(run_id=str(run.id), first=first, last=last)


def _makings(run: Run, piece_ids: Sequence[UUID], *, is_asked: bool) -> Iterator[Job]:
    from pli.processing.tasks import make

    size = chunk_size(len(piece_ids), run.page_count)
    priority = 0 if is_asked else _priority(run)
    for start in range(0, len(piece_ids), size):
        chunk: list[JSONValue] = [str(piece_id) for piece_id in piece_ids[start : start + size]]
        configured = make.configure(lock=f"make:{chunk[0]}", priority=priority)
        yield configured.make_new_job(run_id=str(run.id), piece_ids=chunk)


def read_missing(run: Run) -> None:
    """Queue anew the reading of a run that no job works on any more."""
    if not _has_job("processing.read", run):
        read_later(run)


def make_missing(run: Run) -> None:
    """Queue anew the waiting pieces of a run that no job works on any more."""
    if not _has_job("processing.make", run):
        waiting = RunPiece.objects.filter(run=run, state=PieceState.WAITING).order_by("position")
        make_later(run, list(waiting.values_list("id", flat=True)))


def _has_job(task: str, run: Run) -> bool:
    """Whether a job of the queue will work on this run, or does."""
    jobs = ProcrastinateJob.objects.filter(task_name=task, status__in=["todo", "doing"], args__run_id=str(run.id))
    return jobs.exists()


def _priority(run: Run) -> int:
    """A single document somebody has just printed goes first; a long run lets the others pass."""
    return 0 if run.page_count <= PAGES_RECOGNISED else BEHIND
