"""Many failed deliveries at once, in as many statements for a hundred as for one: sent again, or set aside."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import transaction

from pli.delivery import events
from pli.delivery.errors import UnableToRetry
from pli.delivery.models import Delivery
from pli.delivery.queries import deliveries_for
from pli.delivery.states import DELIVERY, DeliveryState
from pli.journal.api import EventType, Happening, record_many
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.ticking import Left, Outcome, Ticked, sort_out
from pli.notifications.api import Message, resend_failed
from pli.parties.api import StaffActor


@transaction.atomic
def retry_deliveries(actor: StaffActor, ticked: Sequence[Ticked], *, clock: Clock = SYSTEM_CLOCK) -> Outcome:
    """As ``retry_delivery`` of each that failed. One whose message is gone, or did not fail itself, is left.

    :raises NotAllowed: for an auditor.
    """
    actor.require_writer()
    taken, left = _take(actor, ticked)
    known = Message.objects.filter(organisation_id=actor.organisation_id, id__in=[one.message_id for one in taken])
    leaving = resend_failed(list(known), actor=actor.reference, clock=clock)
    going = [one for one in taken if one.message_id in leaving]
    staying = tuple(Left(one.document.title, UnableToRetry()) for one in taken if one.message_id not in leaving)
    state = DELIVERY.next_state(DeliveryState.FAILED, "retry")
    Delivery.objects.filter(id__in=[one.id for one in going]).update(state=state, problem="", ended_at=None)
    _tell(events.DELIVERY_RETRIED, going, actor, clock)
    return Outcome(len(going), (*left, *staying))


@transaction.atomic
def abandon_deliveries(actor: StaffActor, ticked: Sequence[Ticked], *, clock: Clock = SYSTEM_CLOCK) -> Outcome:
    """As ``abandon_delivery`` of each that failed.

    :raises NotAllowed: for an auditor.
    """
    actor.require_writer()
    taken, left = _take(actor, ticked)
    state = DELIVERY.next_state(DeliveryState.FAILED, "abandon")
    Delivery.objects.filter(id__in=[one.id for one in taken]).update(state=state)
    _tell(events.DELIVERY_ABANDONED, taken, actor, clock)
    return Outcome(len(taken), left)


def _take(actor: StaffActor, ticked: Sequence[Ticked]) -> tuple[list[Delivery], tuple[Left, ...]]:
    """Those that stand as they were ticked, held until the transaction ends, and the others."""
    wanted = deliveries_for(actor).filter(id__in=[one.id for one in ticked])
    return sort_out(
        ticked,
        {one.id: one for one in wanted.order_by("id").select_for_update(of=("self",))},
        name=lambda one: one.document.title,
        waits=lambda one, seen: one.state == DeliveryState.FAILED and one.ended_at == seen.since,
    )


def _tell(kind: EventType, deliveries: Iterable[Delivery], actor: StaffActor, clock: Clock) -> None:
    happened = [
        Happening(kind, one.organisation_id, ("delivery", one.id), actor.reference, {"carrier": one.carrier})
        for one in deliveries
    ]
    if happened:
        record_many(happened, clock=clock)
