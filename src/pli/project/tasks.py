"""Periodic jobs of the queue itself, and what every worker must know before it starts."""

from __future__ import annotations

from procrastinate.contrib.django import app

from pli.journal.api import use_timestamps
from pli.project import queue
from pli.project.timestamps import timestamps_for

use_timestamps(timestamps_for)

# No `lock`: a rescue lost with its worker would keep it, and nobody could rescue the rescuer.
RESCUE_PRIORITY = 1000


@app.periodic(cron="* * * * * */5")
@app.task(name="queue.rescue", queue=queue.SWEEPS, queueing_lock="queue.rescue", priority=RESCUE_PRIORITY)
def rescue(timestamp: int) -> None:
    """Every five seconds, put back the jobs of lost workers."""
    queue.rescue_stalled_jobs()


@app.periodic(cron="17 * * * *")
@app.task(name="queue.forget", queue=queue.SWEEPS, queueing_lock="queue.forget")
def forget(timestamp: int) -> None:
    """Every hour, delete the traces of jobs long done."""
    queue.forget_finished_jobs()
