"""Asking the queue for work, in the transaction that makes it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from procrastinate.contrib.django import app

QUEUE = "messages"
HANDLE_TASK = "pli.gateway.handle"
RELAY_TASK = "pli.gateway.relay"


def handle_later(message_ids: Sequence[UUID], *, at: datetime | None = None) -> None:
    """Have messages' tags obeyed, now or at an instant."""
    _defer(HANDLE_TASK, message_ids, at)


def relay_later(message_ids: Sequence[UUID], *, at: datetime | None = None) -> None:
    """Have messages sent to those of their recipients who are due, now or at an instant."""
    _defer(RELAY_TASK, message_ids, at)


def _defer(task: str, message_ids: Sequence[UUID], at: datetime | None = None) -> None:
    if not message_ids:
        return
    deferrer = app.configure_task(task, queue=QUEUE, schedule_at=at)
    jobs = [deferrer.job.evolve(task_kwargs={"message_id": str(one)}) for one in message_ids]
    deferrer.job_manager.batch_defer_jobs(jobs)
