"""Reading captures."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.db.models import QuerySet

from pli.capture.models import Capture, PrintJob
from pli.capture.states import CaptureState
from pli.kit.clock import Clock
from pli.kit.errors import NotFound
from pli.parties.api import Actor, Role, StaffActor


def captures_for(actor: Actor) -> QuerySet[Capture]:
    """Staff see their own captures; administrators, managers and auditors all of their organisation's."""
    if not isinstance(actor, StaffActor):
        return Capture.objects.none()
    found = Capture.objects.filter(organisation_id=actor.organisation_id).select_related("blob", "document")
    return found.filter(received_from=actor.reference) if actor.role == Role.MEMBER else found


def get_capture(actor: Actor, capture_id: UUID) -> Capture:
    """:raises NotFound: when it does not exist for this actor."""
    found = captures_for(actor).filter(id=capture_id).first()
    if found is None:
        raise NotFound
    return found


def parked_captures(actor: Actor, limit: int = 100) -> list[Capture]:
    """What waits for a person, newest first."""
    return list(captures_for(actor).filter(state=CaptureState.PARKED).order_by("-received_at")[:limit])


def arrival_names(capture_ids: Iterable[UUID]) -> dict[UUID, str]:
    """The printer or the source each of these came through, in two questions; what came without one is not there."""
    wanted = list(capture_ids)
    if not wanted:
        return {}
    sources = Capture.objects.filter(id__in=wanted, source__isnull=False).values_list("id", "source__name")
    # The first job of a capture last, so that it wins: those behind it are its repetitions.
    printed = PrintJob.objects.filter(capture__in=wanted).order_by("-number").values_list("capture_id", "queue__name")
    return {**dict(sources), **{capture_id: name for capture_id, name in printed if capture_id}}


def captures_to_confirm(actor: Actor) -> QuerySet[Capture]:
    """Scans that wait for a person, the oldest first: the whole team's, as a copier is."""
    if not isinstance(actor, StaffActor):
        return Capture.objects.none()
    return (
        Capture.objects.filter(organisation_id=actor.organisation_id, state=CaptureState.WAITING, source__isnull=False)
        .select_related("blob", "source")
        .order_by("received_at")
    )


def get_waiting(actor: Actor, capture_id: UUID) -> Capture:
    """:raises NotFound: when no such scan waits for this actor."""
    found = captures_to_confirm(actor).filter(id=capture_id).first()
    if found is None:
        raise NotFound
    return found


def late_captures(clock: Clock) -> list[UUID]:
    """Received more than two minutes ago and not examined yet: the sweep takes them up again."""
    rows = Capture.objects.filter(state=CaptureState.RECEIVED, received_at__lt=clock.now() - timedelta(minutes=2))
    return list(rows.values_list("id", flat=True)[:500])
