"""Writing to the journal, in the transaction of the change it tells of."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from pli.journal.chain import instant
from pli.journal.dispatch import GRACE, defer_dispatch
from pli.journal.events import EventType
from pli.journal.models import Event, OutboxEntry
from pli.journal.outbox import handlers_of
from pli.journal.rows import insert_rows
from pli.journal.verify_journal import canonical
from pli.kit.clock import SYSTEM_CLOCK, Clock


@dataclass(frozen=True)
class Happening:
    """One thing that happened, about to be recorded: the arguments of ``record``."""

    kind: EventType
    organisation_id: UUID
    subject: tuple[str, UUID]
    actor: str
    data: Mapping[str, Any] = field(default_factory=dict)


def record(
    kind: EventType,
    *,
    organisation_id: UUID,
    subject: tuple[str, UUID],
    actor: str,
    data: Mapping[str, Any] | None = None,
    clock: Clock = SYSTEM_CLOCK,
) -> Event:
    """Write one event, its outbox entries and the job that runs them; the caller holds the transaction.

    ``data`` holds only fields declared by ``kind``; those declared personal are kept beside the chain. The events
    of one subject reach their handlers in the order they were recorded, unless a handler fails.

    :raises ValueError: for a field the type does not declare, for a value JSON cannot say exactly, or outside
        a transaction.
    """
    happening = Happening(kind, organisation_id, subject, actor, data or {})
    return _write([happening], clock=clock, lock=f"{subject[0]}:{subject[1]}")[0]


def record_many(happenings: Iterable[Happening], *, clock: Clock = SYSTEM_CLOCK) -> list[Event]:
    """Write many events at once, with one job per chunk of them; the caller holds the transaction.

    For work done in chunks. Events of two calls may reach their handlers in either order.

    :raises ValueError: as ``record``; nothing is written then.
    """
    return _write(list(happenings), clock=clock, lock=None)


def _write(happenings: list[Happening], *, clock: Clock, lock: str | None) -> list[Event]:
    if not transaction.get_connection().in_atomic_block:
        raise ValueError("an event is written in the transaction of its change")
    now = clock.now()
    events = [_event(happening, now) for happening in happenings]
    insert_rows(events)
    kinds = {(event.name, event.organisation_id) for event in events}
    handlers = {kind: handlers_of(*kind) for kind in kinds}
    entries = [
        OutboxEntry(event=event, handler=handler, next_try_at=now + GRACE)
        for event in events
        for handler in handlers[event.name, event.organisation_id]
    ]
    if entries:
        OutboxEntry.objects.bulk_create(entries, batch_size=2000)
        defer_dispatch(list(dict.fromkeys(entry.event_id for entry in entries)), lock=lock)
    return events


def _event(happening: Happening, now: datetime) -> Event:
    kind, given = happening.kind, _plain(happening.data)
    unknown = given.keys() - kind.fields - kind.personal
    if unknown:
        raise ValueError(f"{kind.name} does not declare {sorted(unknown)}")
    personal = {name: value for name, value in given.items() if name in kind.personal}
    salt = os.urandom(16) if personal else None
    return Event(
        organisation_id=happening.organisation_id,
        name=kind.name,
        subject_type=happening.subject[0],
        subject_id=happening.subject[1],
        actor=happening.actor,
        occurred_at=now,
        data={name: value for name, value in given.items() if name not in kind.personal},
        personal=personal or None,
        personal_salt=salt,
        personal_digest=digest_personal(salt, personal) if salt else "",
    )


def digest_personal(salt: bytes, personal: Mapping[str, Any]) -> str:
    """SHA-256 of the salt and the canonical JSON of the personal fields, in hexadecimal."""
    return hashlib.sha256(salt + canonical(dict(personal))).hexdigest()


def _plain(value: Any) -> Any:
    """The value as JSON says it exactly: identifiers, dates and amounts become text.

    :raises ValueError: for a number with a fraction, a naive instant, a NUL or anything JSON has no word for.
    """
    match value:
        case datetime():
            return instant(value)
        case date() | UUID() | Decimal():
            return str(value)
        case Mapping():
            return {_plain(str(key)): _plain(item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            items = sorted(value, key=str) if isinstance(value, set | frozenset) else value
            return [_plain(item) for item in items]
        case str():
            if "\0" in value:
                raise ValueError("text with a NUL character")
            value.encode()  # half a character (a lone surrogate) has no UTF-8
            return str(value)
        case _:
            canonical(value)
            return value
