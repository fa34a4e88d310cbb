"""Looking after the files recipes use: found, and switched off when they should be offered no more."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from pli.journal.api import record
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.errors import NotFound
from pli.parties.api import Actor, Role, StaffActor
from pli.processing import events
from pli.processing.models import Resource
from pli.processing.recipes import resources_for


def get_resource(actor: Actor, resource_id: UUID) -> Resource:
    """:raises NotFound: when it does not exist for this actor."""
    found = resources_for(actor).filter(id=resource_id).first()
    if found is None:
        raise NotFound
    return found


@transaction.atomic
def switch_resource(actor: StaffActor, resource_id: UUID, *, is_active: bool, clock: Clock = SYSTEM_CLOCK) -> Resource:
    """Offer a file to recipes no more, or again. Recipes that name it go on as they were saved.

    :raises NotAllowed: for a member or an auditor; :raises NotFound: as :func:`get_resource`.
    """
    actor.require(Role.ADMIN, Role.MANAGER)
    resource = get_resource(actor, resource_id)
    resource.is_active = is_active
    resource.save(update_fields=["is_active"])
    record(
        events.RESOURCE_SWITCHED,
        organisation_id=resource.organisation_id,
        subject=("resource", resource.id),
        actor=actor.reference,
        data={"is_active": is_active},
        clock=clock,
    )
    return resource
