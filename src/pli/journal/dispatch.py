"""Bringing events to their handlers: at least once overall, exactly once for what a handler changes in the database."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.types import JSONValue

from pli.journal.models import Event, OutboxEntry
from pli.journal.outbox import handler_called
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.errors import PliError
from pli.kit.retry import wait_before

logger = logging.getLogger(__name__)

TASK = "journal.dispatch"
# The sweep looks at an entry only when its own job has had time to run.
GRACE = timedelta(minutes=1)
CHUNK = 200
# Tried this often in vain, an entry is shown in « À traiter » and by the doctor; it goes on being tried.
STUCK_ATTEMPTS = 5


def defer_dispatch(event_ids: Sequence[UUID], *, lock: str | None = None) -> None:
    """Queue one job per chunk of events, in the caller's transaction. Jobs with the same ``lock`` keep their order."""
    for start in range(0, len(event_ids), CHUNK):
        chunk: list[JSONValue] = [str(event_id) for event_id in event_ids[start : start + CHUNK]]
        app.configure_task(TASK, lock=lock, allow_unknown=False).defer(event_ids=chunk)


def dispatch_events(event_ids: Iterable[UUID | str], *, clock: Clock = SYSTEM_CLOCK) -> int:
    """Run every handler these events still wait for, each in a transaction of its own.

    A handler that fails is noted and tried later; the others go on. Returns how many handlers succeeded.
    """
    waiting = (
        OutboxEntry.objects.filter(event_id__in=list(event_ids), done_at=None)
        .order_by("event_id", "id")
        .values_list("id", flat=True)
    )
    return sum(_run_entry(entry_id, clock) for entry_id in waiting)


def _run_entry(entry_id: int, clock: Clock) -> bool:
    """Run one entry unless another process has it in hand or has done it."""
    try:
        with transaction.atomic(durable=True):
            entry = (
                OutboxEntry.objects.select_for_update(skip_locked=True, of=("self",))
                .select_related("event")
                .filter(id=entry_id, done_at=None)
                .first()
            )
            if entry is None:
                return False
            handler = handler_called(entry.handler)
            if handler is None:
                raise LookupError(entry.handler)
            handler(entry.event)
            OutboxEntry.objects.filter(id=entry_id).update(done_at=clock.now(), last_error="")
    except Exception as error:  # noqa: BLE001 - whatever a handler raises, its entry remembers and the others go on
        _note_failure(entry_id, error, clock.now())
        return False
    return True


def _note_failure(entry_id: int, error: Exception, now: datetime) -> None:
    with transaction.atomic(durable=True):
        entry = OutboxEntry.objects.select_for_update(skip_locked=True).filter(id=entry_id, done_at=None).first()
        if entry is None:
            return
        entry.attempts += 1
        entry.next_try_at = now + wait_before(entry.attempts)
        entry.last_error = describe_error(error)
        entry.save(update_fields=["attempts", "next_try_at", "last_error"])
    logger.error("handler %s failed (try %d): %s", entry.handler, entry.attempts, entry.last_error)


def describe_error(error: BaseException) -> str:
    """What failed and where, without the error's own words: they may hold a name or an address."""
    name = f"{type(error).__name__} {error.code}" if isinstance(error, PliError) else type(error).__name__
    places = [f"{frame.name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)][-4:]
    return f"{name} ({' > '.join(places)})"


def sweep_outbox(*, clock: Clock = SYSTEM_CLOCK, limit: int = 5000) -> int:
    """Queue anew every event with an overdue entry: its job was lost, or a handler failed. Returns how many."""
    now = clock.now()
    overdue = OutboxEntry.objects.filter(done_at=None, next_try_at__lte=now).order_by("next_try_at")
    event_ids = list(dict.fromkeys(overdue.values_list("event_id", flat=True)[:limit]))
    with transaction.atomic():
        # They keep out of the next sweeps while their job waits its turn.
        OutboxEntry.objects.filter(event_id__in=event_ids, done_at=None).update(next_try_at=now + GRACE)
        defer_dispatch(event_ids)
    return len(event_ids)


@dataclass(frozen=True)
class StuckEntry:
    """A handler that keeps failing on one event."""

    entry_id: int
    handler: str
    event: Event
    attempts: int
    last_error: str
    next_try_at: datetime


def stuck_entries(organisation_id: UUID | None = None, *, limit: int = 200) -> list[StuckEntry]:
    """What keeps failing, oldest first, of one organisation or of all: for « À traiter » and the doctor."""
    entries = OutboxEntry.objects.filter(done_at=None, attempts__gte=STUCK_ATTEMPTS).select_related("event")
    if organisation_id is not None:
        entries = entries.filter(event__organisation_id=organisation_id)
    return [
        StuckEntry(entry.id, entry.handler, entry.event, entry.attempts, entry.last_error, entry.next_try_at)
        for entry in entries.order_by("event_id", "id")[:limit]
    ]


def retry_entry(entry_id: int, *, clock: Clock = SYSTEM_CLOCK) -> None:
    """Try an entry again now, at somebody's request."""
    with transaction.atomic():
        entry = OutboxEntry.objects.select_for_update().filter(id=entry_id, done_at=None).first()
        if entry is not None:
            entry.next_try_at = clock.now()
            entry.save(update_fields=["next_try_at"])
            defer_dispatch([entry.event_id])
