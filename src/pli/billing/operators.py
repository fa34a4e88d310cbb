"""Who runs the installation: the administrators of the organisation that does may credit, price and import."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings

from pli.kit.errors import NotFound
from pli.parties.api import Actor, Organisation, Role, StaffActor


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


def require_operator(actor: Actor) -> None:
    """:raises NotFound: for another organisation's people; :raises NotAllowed: for a role too weak."""
    if actor.organisation_id != operating_organisation() or not isinstance(actor, StaffActor):
        raise NotFound
    actor.require(Role.ADMIN)


def organisation_called(slug: str) -> Organisation:
    """:raises NotFound: when there is none."""
    found = Organisation.objects.filter(slug=slug.replace("\x00", "")).first()
    if found is None:
        raise NotFound
    return found
