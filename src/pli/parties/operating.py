"""Who runs the installation: the organisation that PLI_OPERATOR names."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings

from pli.parties.actors import Actor, StaffActor
from pli.parties.models import Organisation, Role


def operating_organisation() -> UUID | None:
    """The organisation that runs this installation: the one PLI_OPERATOR names, else the first that was opened."""
    named = str(settings.PLI_OPERATOR)
    found = Organisation.objects.filter(slug=named) if named else Organisation.objects.order_by("created_at", "id")
    return found.values_list("id", flat=True).first()


def is_operator(actor: Actor) -> bool:
    """Whether the actor may act for the whole installation."""
    return (
        isinstance(actor, StaffActor) and actor.role == Role.ADMIN and actor.organisation_id == operating_organisation()
    )
