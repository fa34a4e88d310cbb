"""Who runs the installation: the administrators of the organisation that does may credit, price and import."""

from __future__ import annotations

from pli.kit.errors import NotFound
from pli.parties.api import Actor, Organisation, Role, StaffActor, operating_organisation


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
