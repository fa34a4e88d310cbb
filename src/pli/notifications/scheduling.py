"""Asking the queue to send a message, in the transaction that made it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from procrastinate.contrib.django import app
from procrastinate.types import JSONValue

from pli.kit.retry import wait_before

SEND_TASK = "pli.notifications.send_message"
QUEUE = "messages"
# A code is of use for minutes only: its tries stay close together.
_URGENT = timedelta(seconds=30)


def schedule_sending(message_id: UUID, *, at: datetime | None = None) -> None:
    """Queue the sending of a message, now or ``at`` an instant; it leaves when the transaction commits."""
    app.configure_task(SEND_TASK, queue=QUEUE, schedule_at=at).defer(message_id=str(message_id))


def schedule_all(message_ids: Sequence[UUID]) -> None:
    """As :func:`schedule_sending` of each, now, in one statement."""
    told: list[dict[str, JSONValue]] = [{"message_id": str(one)} for one in message_ids]
    app.configure_task(SEND_TASK, queue=QUEUE).batch_defer(*told)


def next_try(tries: int, *, now: datetime, useful_for: timedelta) -> datetime:
    """When to try again after ``tries`` failed ones: seconds at first, four minutes at most, so that what waits for a
    server leaves within five minutes of its return; quicker for a code."""
    wait = wait_before(tries)
    return now + (min(wait, _URGENT) if useful_for <= timedelta(minutes=15) else wait)
