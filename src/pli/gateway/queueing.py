"""Asking the queue for work, in the transaction that makes it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from procrastinate.contrib.django import app

QUEUE = "messages"
HANDLE_TASK = "pli.gateway.handle"
RELAY_TASK = "pli.gateway.relay"
PROVE_TASK = "pli.gateway.prove"


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


def prove_later(sending_id: UUID, kind: str) -> None:
    """Have the proof made of where a tracked sending stands."""
    app.configure_task(PROVE_TASK, queue=QUEUE).defer(sending_id=str(sending_id), kind=str(kind))
