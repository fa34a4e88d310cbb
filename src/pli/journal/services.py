"""Writing to the journal, in the transaction of the change it tells of."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction

from pli.journal.events import EventType
from pli.journal.models import Event, OutboxEntry
from pli.journal.outbox import handlers_of
from pli.kit.clock import SYSTEM_CLOCK, Clock


def record(
    kind: EventType,
    *,
    organisation_id: UUID,
    subject: tuple[str, UUID],
    actor: str,
    data: Mapping[str, Any] | None = None,
    clock: Clock = SYSTEM_CLOCK,
) -> Event:
    """Write one event and its outbox entries; the caller holds the transaction.

    ``data`` holds exactly fields declared by ``kind``; those declared personal are kept beside the chain.

    :raises ValueError: for a field the type does not declare, or outside a transaction.
    """
    if not transaction.get_connection().in_atomic_block:
        raise ValueError("an event is written in the transaction of its change")
    given = dict(data or {})
    unknown = given.keys() - kind.fields - kind.personal
    if unknown:
        raise ValueError(f"{kind.name} does not declare {sorted(unknown)}")
    personal = {name: value for name, value in given.items() if name in kind.personal}
    salt = os.urandom(16) if personal else None
    event = Event.objects.create(
        organisation_id=organisation_id,
        name=kind.name,
        subject_type=subject[0],
        subject_id=subject[1],
        actor=actor,
        occurred_at=clock.now(),
        data={name: value for name, value in given.items() if name not in kind.personal},
        personal=personal or None,
        personal_salt=salt,
        personal_digest=digest_personal(salt, personal) if salt else "",
    )
    OutboxEntry.objects.bulk_create(
        OutboxEntry(event=event, handler=handler, next_try_at=event.occurred_at) for handler in handlers_of(kind.name)
    )
    return event


def digest_personal(salt: bytes, personal: Mapping[str, Any]) -> str:
    """SHA-256 of the salt and the canonical JSON of the personal fields, in hexadecimal."""
    canonical = json.dumps(personal, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(salt + canonical.encode()).hexdigest()
