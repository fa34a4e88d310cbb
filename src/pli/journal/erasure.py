"""Erasing personal values that stand beside the chain (GDPR art. 17), without touching what proves."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from pli.journal.events import declare
from pli.journal.models import Event
from pli.journal.services import record
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.errors import NotFound

PERSONAL_ERASED = declare(
    "journal.personal-erased",
    "The personal values of an event were erased; its place and its digest stay.",
    fields=("event_name", "fields", "reason"),
)


def erase_personal(
    event_id: UUID, *, organisation_id: UUID, actor: str, reason: str, clock: Clock = SYSTEM_CLOCK
) -> None:
    """Erase an event's personal values and the salt of their digest, and write that it was done; the caller holds
    the transaction. Without the salt the digest says nothing any more. Nothing happens when they are gone already.

    ``reason`` is chained for ever: it names a ground (« demande d’effacement », « durée dépassée »), never a person.

    :raises NotFound: when the organisation has no such event.
    """
    with transaction.atomic():
        event = Event.objects.select_for_update().filter(id=event_id, organisation_id=organisation_id).first()
        if event is None:
            raise NotFound(event_id=event_id)
        if event.personal is None:
            return
        fields = sorted(event.personal)
        Event.objects.filter(id=event_id).update(personal=None, personal_salt=None)
        record(
            PERSONAL_ERASED,
            organisation_id=organisation_id,
            subject=("event", event_id),
            actor=actor,
            data={"event_name": event.name, "fields": fields, "reason": reason},
            clock=clock,
        )
