"""Reading deliveries: those of the documents the actor may see."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from pli.delivery.models import Delivery
from pli.delivery.states import DeliveryState
from pli.documents.api import documents_for
from pli.kit.errors import NotFound
from pli.parties.api import Actor, Role, StaffActor


@dataclass(frozen=True)
class DeliveryFilter:
    """What a list of deliveries is narrowed by; what is empty narrows nothing."""

    text: str = ""
    state: str = ""
    carrier: str = ""


def deliveries_for(actor: Actor) -> QuerySet[Delivery]:
    """The deliveries of the documents the actor may read; staff only."""
    if not isinstance(actor, StaffActor):
        return Delivery.objects.none()
    found = Delivery.objects.filter(organisation_id=actor.organisation_id)
    if actor.role not in (Role.ADMIN, Role.AUDITOR):
        found = found.filter(document__in=documents_for(actor))
    return found.select_related("document")


def find_deliveries(actor: Actor, wanted: DeliveryFilter) -> QuerySet[Delivery]:
    """Those that match; the caller orders and pages them by key."""
    found = deliveries_for(actor)
    if wanted.state:
        found = found.filter(state=wanted.state)
    if wanted.carrier:
        found = found.filter(carrier=wanted.carrier)
    for word in wanted.text.replace("\x00", " ").split()[:8]:
        named = Q(recipient_name__icontains=word) | Q(recipient_address__icontains=word)
        found = found.filter(named | Q(document__title__icontains=word))
    return found


def failed_deliveries(actor: Actor) -> QuerySet[Delivery]:
    """What waits for a person, the newest first."""
    return deliveries_for(actor).filter(state=DeliveryState.FAILED).order_by("-created_at", "-id")


def get_delivery(actor: Actor, delivery_id: UUID) -> Delivery:
    """:raises NotFound: when it does not exist for this actor."""
    found = deliveries_for(actor).filter(id=delivery_id).first()
    if found is None:
        raise NotFound
    return found


def deliveries_of(actor: Actor, document_id: UUID) -> list[Delivery]:
    """What was sent of a document the caller has already been let see."""
    rows = Delivery.objects.filter(organisation_id=actor.organisation_id, document_id=document_id)
    return list(rows.order_by("-created_at", "-id"))
