"""The hash chain of each organisation: every event gets its position and a hash over all that went before.

The form of an entry and the hashes are those of ``verify_journal``, which checks them without Pli.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet

from pli.journal import verify_journal
from pli.journal.models import Event

CHUNK = 2000

_APPEND = """
UPDATE journal_event SET position = link.position, chain_hash = link.chain_hash
  FROM unnest(%s::uuid[], %s::bigint[], %s::text[]) AS link(id, position, chain_hash)
 WHERE journal_event.id = link.id
"""


def instant(at: datetime) -> str:
    """An instant as the chain writes it: UTC, always six decimals, e.g. ``2026-11-21T08:30:00.000000Z``.

    :raises ValueError: for an instant without its time zone.
    """
    if at.tzinfo is None:
        raise ValueError("an instant without a time zone")
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def entry_of(event: Event, position: int | None = None) -> dict[str, Any]:
    """What is hashed of an event: everything but its personal values, of which only the salted digest stays."""
    return {
        "position": event.position if position is None else position,
        "id": str(event.id),
        "organisation_id": str(event.organisation_id),
        "name": event.name,
        "subject": f"{event.subject_type}:{event.subject_id}",
        "actor": event.actor,
        "occurred_at": instant(event.occurred_at),
        "data": event.data,
        "personal_digest": event.personal_digest,
    }


def lock_chain(organisation_id: UUID) -> None:
    """Wait to be the only one who lengthens or anchors this chain, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"pli.journal:{organisation_id}"])


def chained(organisation_id: UUID) -> QuerySet[Event]:
    """The events of an organisation that have their place, in order."""
    return Event.objects.filter(organisation_id=organisation_id, position__isnull=False).order_by("position")


def hash_at(organisation_id: UUID, position: int) -> bytes:
    """The chain hash at a position; 0 is the beginning."""
    if position == 0:
        return verify_journal.genesis_hash(str(organisation_id))
    return bytes.fromhex(chained(organisation_id).values_list("chain_hash", flat=True).get(position=position))


def chain_events(organisation_id: UUID) -> int:
    """Give every committed event of an organisation its place in the chain; returns how many got one.

    An event takes its place once, in the order of the ids of those visible then: one whose transaction commits
    late comes after those already placed. Two callers never place the same event.
    """
    total = 0
    while True:
        with transaction.atomic():
            lock_chain(organisation_id)
            count = _append(organisation_id)
        total += count
        if count < CHUNK:
            return total


def _append(organisation_id: UUID) -> int:
    waiting = list(Event.objects.filter(organisation_id=organisation_id, position=None).order_by("id")[:CHUNK])
    if not waiting:
        return 0
    last = chained(organisation_id).values_list("position", flat=True).last() or 0
    previous = hash_at(organisation_id, last)
    hashes = []
    for position, event in enumerate(waiting, last + 1):
        previous = verify_journal.chain_hash(previous, entry_of(event, position))
        hashes.append(previous.hex())
    positions = list(range(last + 1, last + 1 + len(waiting)))
    with connection.cursor() as cursor:
        cursor.execute(_APPEND, [[event.id for event in waiting], positions, hashes])
    return len(waiting)


def chain_all() -> int:
    """Chain what waits in every organisation; returns how many events got their place."""
    waiting = Event.objects.filter(position=None).order_by().values_list("organisation_id", flat=True).distinct()
    return sum(chain_events(organisation_id) for organisation_id in waiting)
