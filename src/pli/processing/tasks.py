"""Processing's jobs."""

from __future__ import annotations

from uuid import UUID

from procrastinate.contrib.django import app

from pli.kit.retry import RETRY
from pli.processing import runner


@app.task(queue="processing", name="processing.read", retry=RETRY)
def read(run_id: str, first: int, last: int) -> None:
    """Read a range of a run's pages; whoever reads the last one cuts the file."""
    runner.read_range(UUID(run_id), first, last)


@app.task(queue="processing", name="processing.make", retry=RETRY)
def make(run_id: str, piece_ids: list[str]) -> None:
    """Make a chunk of a run's pieces and file them."""
    runner.make_chunk(UUID(run_id), [UUID(piece_id) for piece_id in piece_ids])


@app.periodic(cron="* * * * *", periodic_id="processing.sweep")
@app.task(queue="processing", name="processing.sweep", queueing_lock="processing.sweep")
def sweep(timestamp: int) -> None:
    """Make sure that every run that is not over is being worked on; forget readings nobody needs any more."""
    runner.sweep_runs()
