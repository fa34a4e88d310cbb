"""Capture's jobs."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from procrastinate.contrib.django import app

from pli.capture.channels.ipp.attributes import TIME_OUT_SECONDS
from pli.capture.examining import examine_capture
from pli.capture.printing.jobs import sweep_jobs
from pli.capture.printing.withdrawing import withdraw_examined
from pli.capture.queries import late_captures
from pli.kit.clock import SYSTEM_CLOCK
from pli.kit.retry import RETRY


@app.task(queue="capture", name="capture.examine", retry=RETRY)
def examine(capture_id: str) -> None:
    """Inspect one received file; file it or park it."""
    examine_capture(UUID(capture_id))


@app.task(queue="capture", name="capture.withdraw", retry=RETRY)
def withdraw(number: int, user_name: str, asked_at: str) -> None:
    """Take a raster back that was cancelled while it was sent, now that its pages were looked for."""
    withdraw_examined(number, user_name=user_name, asked_at=datetime.fromisoformat(asked_at))


@app.periodic(cron="* * * * *", periodic_id="capture.sweep")
@app.task(queue="capture", name="capture.sweep", queueing_lock="capture.sweep")
def sweep(timestamp: int) -> None:
    """Take up again whatever was received and never examined; end print jobs whose document never came."""
    sweep_jobs(older_than_seconds=TIME_OUT_SECONDS)
    for capture_id in late_captures(SYSTEM_CLOCK):
        examine.configure(lock=f"capture:{capture_id}").defer(capture_id=str(capture_id))
