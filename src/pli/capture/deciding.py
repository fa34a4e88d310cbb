"""What people decide of a capture: go on, try again, set aside."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from django.db import transaction

from pli.capture import events
from pli.capture.models import Capture
from pli.capture.queries import get_waiting
from pli.capture.receiving import examine_later
from pli.capture.states import CAPTURE
from pli.capture.wishes import Wishes, read_before, wishes_of, write_actor, write_wishes
from pli.journal.api import record
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.errors import NotFound
from pli.parties.api import Role, StaffActor


@transaction.atomic
def confirm_capture(actor: StaffActor, capture: Capture, *, wishes: Wishes, clock: Clock = SYSTEM_CLOCK) -> Capture:
    """Let a held capture go on as ``actor`` says and in their name. The caller has found it for them.

    :raises UnableToMove: when it does not wait (somebody confirmed it first).
    """
    actor.require_writer()
    locked = Capture.objects.select_for_update().get(id=capture.id, organisation_id=actor.organisation_id)
    locked.state = CAPTURE.next_state(locked.state, "confirm")
    locked.is_held = False
    if wishes.recipe_id is None:
        wishes = replace(wishes, recipe_id=wishes_of(locked).recipe_id)
    locked.actor, locked.wishes = write_actor(actor), write_wishes(wishes) | read_before(locked)
    locked.save(update_fields=["state", "is_held", "actor", "wishes"])
    record(
        events.CAPTURE_CONFIRMED,
        organisation_id=locked.organisation_id,
        subject=("capture", locked.id),
        actor=actor.reference,
        data={"kind": wishes.kind, "party_id": str(wishes.party_id) if wishes.party_id else None},
        clock=clock,
    )
    examine_later(locked.id)
    return locked


@transaction.atomic
def retry_capture(actor: StaffActor, capture_id: UUID, *, wishes: Wishes | None = None) -> Capture:
    """Examine a parked capture again, perhaps with other wishes: the pages of a picture are made anew, as today's Pli
    makes them.

    :raises NotFound: for another organisation's; :raises UnableToMove: when it is not parked.
    """
    actor.require_writer()
    capture = _lock(actor, capture_id)
    capture.state = CAPTURE.next_state(capture.state, "retry")
    capture.problem_code, capture.problem, capture.ended_at = "", {}, None
    capture.prepared = None
    if wishes is not None:
        capture.wishes = write_wishes(wishes) | read_before(capture)
    capture.save()
    examine_later(capture.id)
    return capture


@transaction.atomic
def dismiss_capture(actor: StaffActor, capture_id: UUID, *, clock: Clock = SYSTEM_CLOCK) -> Capture:
    """Set a parked capture aside; its bytes stay.

    :raises NotFound: for another organisation's; :raises UnableToMove: when it is not parked.
    """
    actor.require_writer()
    return set_aside(_lock(actor, capture_id), by=actor.reference, clock=clock)


@transaction.atomic
def dismiss_waiting(actor: StaffActor, capture_id: UUID, *, clock: Clock = SYSTEM_CLOCK) -> Capture:
    """Set a scan aside that waits for somebody; its bytes stay.

    :raises NotFound: when it does not wait for this actor; :raises NotAllowed: for an auditor.
    """
    actor.require_writer()
    found = get_waiting(actor, capture_id)
    return set_aside(Capture.objects.select_for_update().get(id=found.id), by=actor.reference, clock=clock)


def set_aside(capture: Capture, *, by: str, verb: str = "dismiss", clock: Clock) -> Capture:
    """Set a row aside that the caller may act on and has locked; its bytes stay.

    :raises UnableToMove: when ``verb`` does not set it aside as it stands.
    """
    capture.state = CAPTURE.next_state(capture.state, verb)
    capture.ended_at = clock.now()
    capture.save(update_fields=["state", "ended_at"])
    record(
        events.CAPTURE_DISMISSED,
        organisation_id=capture.organisation_id,
        subject=("capture", capture.id),
        actor=by,
        clock=clock,
    )
    return capture


def may_settle(actor: StaffActor, capture: Capture) -> bool:
    """Whether a parked capture of their organisation is theirs to try again: a member's own, for the others all."""
    return actor.role in (Role.ADMIN, Role.MANAGER) or capture.received_from == actor.reference


def _lock(actor: StaffActor, capture_id: UUID) -> Capture:
    found = Capture.objects.select_for_update().filter(organisation_id=actor.organisation_id, id=capture_id).first()
    if found is None or not may_settle(actor, found):
        raise NotFound
    return found
