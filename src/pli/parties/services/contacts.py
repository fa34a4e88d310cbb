"""The people at a party who are asked to sign."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.db import transaction

from pli.journal.api import record
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.errors import NotFound
from pli.parties import events
from pli.parties.actors import Actor
from pli.parties.errors import UnableToSave
from pli.parties.identities import require_writer
from pli.parties.models import Contact
from pli.parties.services.directory import lock_party
from pli.parties.validation import CONTACT_FIELDS, check_contact


@transaction.atomic
def add_contact(*, actor: Actor, party_id: UUID, values: Mapping[str, str], clock: Clock = SYSTEM_CLOCK) -> Contact:
    """Add a person to a party. :raises UnableToSave: with every problem found."""
    require_writer(actor)
    party = lock_party(actor, party_id)
    checked = check_contact({"name": "", **values})
    if checked.problems:
        raise UnableToSave(checked.problems)
    contact = Contact.objects.create(party=party, **checked.values)
    record(
        events.CONTACT_ADDED,
        organisation_id=party.organisation_id,
        subject=("party", party.id),
        actor=actor.reference,
        data={"contact_id": str(contact.id), "values": checked.values},
        clock=clock,
    )
    return contact


@transaction.atomic
def update_contact(
    *, actor: Actor, contact_id: UUID, values: Mapping[str, str], clock: Clock = SYSTEM_CLOCK
) -> Contact:
    """Change a person's fields. A signature already asked of them keeps what it was asked with."""
    require_writer(actor)
    contact = _contact(actor, contact_id)
    checked = check_contact(values)
    if checked.problems:
        raise UnableToSave(checked.problems)
    before = {name: str(getattr(contact, name)) for name in CONTACT_FIELDS}
    after = {name: value for name, value in checked.values.items() if before[name] != value}
    if after:
        for name, value in after.items():
            setattr(contact, name, value)
        contact.save()
        record(
            events.CONTACT_UPDATED,
            organisation_id=actor.organisation_id,
            subject=("party", contact.party_id),
            actor=actor.reference,
            data={
                "contact_id": str(contact.id),
                "changed": sorted(after),
                "before": {name: before[name] for name in after},
                "after": after,
            },
            clock=clock,
        )
    return contact


@transaction.atomic
def deactivate_contact(*, actor: Actor, contact_id: UUID, clock: Clock = SYSTEM_CLOCK) -> Contact:
    """Stop offering a person for signatures; what they signed keeps their name."""
    require_writer(actor)
    contact = _contact(actor, contact_id)
    if contact.is_active:
        contact.is_active = False
        contact.save(update_fields=["is_active"])
        record(
            events.CONTACT_DEACTIVATED,
            organisation_id=actor.organisation_id,
            subject=("party", contact.party_id),
            actor=actor.reference,
            data={"contact_id": str(contact.id)},
            clock=clock,
        )
    return contact


def _contact(actor: Actor, contact_id: UUID) -> Contact:
    contact = (
        Contact.objects.select_for_update(of=("self",))
        .select_related("party")
        .filter(id=contact_id, party__organisation_id=actor.organisation_id)
        .first()
    )
    if contact is None:
        raise NotFound()
    return contact
