"""Asking the queue to send a message, in the transaction that made it."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from procrastinate.contrib.django import app

SEND_TASK = "pli.notifications.send_message"
QUEUE = "messages"
_PATIENT = (30, 60, 120, 300, 600, 1200, 2400, 3600)
_URGENT = (5, 10, 20, 30, 60)


def schedule_sending(message_id: UUID, *, at: datetime | None = None) -> None:
    """Queue the sending of a message, now or ``at`` an instant; it leaves when the transaction commits."""
    app.configure_task(SEND_TASK, queue=QUEUE, schedule_at=at).defer(message_id=str(message_id))


def next_try(tries: int, *, now: datetime, useful_for: timedelta) -> datetime:
    """When to try again after ``tries`` failed ones: half a minute at first, an hour at most; quicker for a code."""
    steps = _URGENT if useful_for <= timedelta(minutes=15) else _PATIENT
    return now + timedelta(seconds=steps[min(max(tries, 1), len(steps)) - 1])
