"""Many captures at once, in as many statements for a hundred as for one: tried again, or set aside."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models import QuerySet

from pli.capture import events
from pli.capture.models import Capture
from pli.capture.queries import captures_for, captures_to_confirm
from pli.capture.receiving import examine_all_later
from pli.capture.states import CAPTURE, CaptureState
from pli.journal.api import Happening, record_many
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.errors import NotFound, PliError
from pli.kit.ticking import Left, NoLongerWaits, Outcome, Ticked, sort_out
from pli.parties.api import StaffActor


@transaction.atomic
def retry_captures(actor: StaffActor, ticked: Sequence[Ticked]) -> Outcome:
    """As ``retry_capture`` of each that is parked.

    :raises NotAllowed: for an auditor.
    """
    actor.require_writer()
    taken, left = _take(captures_for(actor), ticked, CaptureState.PARKED)
    if taken:
        Capture.objects.filter(id__in=[one.id for one in taken]).update(
            state=CAPTURE.next_state(CaptureState.PARKED, "retry"),
            problem_code="", problem={}, ended_at=None, prepared=None,
        )  # fmt: skip
        examine_all_later([one.id for one in taken])
    return Outcome(len(taken), left)


@transaction.atomic
def dismiss_captures(actor: StaffActor, ticked: Sequence[Ticked], *, clock: Clock = SYSTEM_CLOCK) -> Outcome:
    """As ``dismiss_capture`` of each that is parked.

    :raises NotAllowed: for an auditor.
    """
    actor.require_writer()
    taken, left = _take(captures_for(actor), ticked, CaptureState.PARKED)
    _set_aside(actor, taken, CaptureState.PARKED, clock)
    return Outcome(len(taken), left)


@transaction.atomic
def dismiss_scans(actor: StaffActor, ticked: Sequence[Ticked], *, clock: Clock = SYSTEM_CLOCK) -> Outcome:
    """As ``dismiss_waiting`` of each that waits for somebody to say what it is.

    :raises NotAllowed: for an auditor.
    """
    actor.require_writer()
    # One that a colleague has confirmed meanwhile is not the whole team's any more: nothing is said of it.
    taken, left = _take(captures_to_confirm(actor), ticked, CaptureState.WAITING, unseen=NoLongerWaits)
    _set_aside(actor, taken, CaptureState.WAITING, clock)
    return Outcome(len(taken), left)


def _take(
    found: QuerySet[Capture], ticked: Sequence[Ticked], state: str, *, unseen: type[PliError] = NotFound
) -> tuple[list[Capture], tuple[Left, ...]]:
    """Those that stand as they were ticked, held until the transaction ends, and the others."""
    wanted = found.filter(id__in=[one.id for one in ticked]).order_by("id").select_for_update(of=("self",))
    return sort_out(
        ticked,
        {one.id: one for one in wanted},
        name=lambda one: one.file_name,
        waits=lambda one, seen: one.state == state and one.ended_at == seen.since,
        unseen=unseen,
    )


def _set_aside(actor: StaffActor, taken: Sequence[Capture], state: str, clock: Clock) -> None:
    if not taken:
        return
    moved = CAPTURE.next_state(state, "dismiss")
    Capture.objects.filter(id__in=[one.id for one in taken]).update(state=moved, ended_at=clock.now())
    happened = [
        Happening(events.CAPTURE_DISMISSED, one.organisation_id, ("capture", one.id), actor.reference) for one in taken
    ]
    record_many(happened, clock=clock)
