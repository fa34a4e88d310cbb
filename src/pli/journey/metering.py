"""From what happened to what it costs: each arrow meters one thing once; and what an empty account forbids."""

from __future__ import annotations

from uuid import UUID

from pli.billing.api import (
    ACCOUNT_CHANGED,
    BALANCE_RESTORED,
    Meter,
    meter_where_counted,
    require_credit,
    require_room,
)
from pli.capture.api import ROOM
from pli.delivery.api import DELIVERY_MADE
from pli.gateway.api import TRACKED_CLOSED, TRACKING, TrackedState
from pli.journal.api import Event, subscribe
from pli.notifications.api import MESSAGE_SENT, Channel, Message
from pli.signing.api import CEREMONY_COMPLETED, SENDING, Signer, SignerRole, SignerState, go_on

# A delivery by these carriers is sold; what goes by e-mail or into a portal costs nothing.
SOLD_CARRIERS = {"print_centre": Meter.LETTER, "letter": Meter.LETTER, "tracked": Meter.TRACKED}
# A message that went to the on-screen outbox went nowhere.
LOCAL_PROVIDER = "local"


@subscribe(CEREMONY_COMPLETED, "journey.meter-signatures")
def meter_signatures(event: Event) -> None:
    """Each signature received, once the files are sealed: nothing for what failed, an approval or a refusal."""
    signed = Signer.objects.filter(
        ceremony_id=event.subject_id, role=SignerRole.SIGNER, state=SignerState.SIGNED,
        evidence_number__in=event.data["evidence_numbers"],
    )  # fmt: skip
    for number in signed.order_by("evidence_number").values_list("evidence_number", flat=True):
        meter_where_counted(
            event.organisation_id,
            Meter.SIGNATURE,
            str(number),
            occurred_at=event.occurred_at,
            cause=("ceremony", event.subject_id),
        )


@subscribe(MESSAGE_SENT, "journey.meter-sms")
def meter_sms(event: Event) -> None:
    """Each SMS a provider took, by its segments."""
    if event.data["channel"] != Channel.SMS or event.data["provider"] == LOCAL_PROVIDER:
        return
    message = Message.objects.get(id=event.data["message_id"])
    meter_where_counted(
        event.organisation_id,
        Meter.SMS,
        str(message.id),
        occurred_at=event.occurred_at,
        cause=(event.subject_type, event.subject_id),
        quantity=max(1, message.segments),
    )


@subscribe(DELIVERY_MADE, "journey.meter-deliveries")
def meter_delivery(event: Event) -> None:
    """Each letter posted and each tracked sending made."""
    meter = SOLD_CARRIERS.get(str(event.data["carrier"]))
    if meter is not None:
        meter_where_counted(
            event.organisation_id,
            meter,
            str(event.subject_id),
            occurred_at=event.occurred_at,
            cause=("delivery", event.subject_id),
        )


@subscribe(TRACKED_CLOSED, "journey.meter-tracked")
def meter_tracked(event: Event) -> None:
    """Each tracked sending that ran its course; nothing for one that could not be delivered, or stayed here."""
    if event.data["outcome"] == TrackedState.UNDELIVERED or event.data["provider"] == LOCAL_PROVIDER:
        return
    meter_where_counted(
        event.organisation_id,
        Meter.TRACKED,
        str(event.data["sending_id"]),
        occurred_at=event.occurred_at,
        cause=("mail", event.subject_id),
    )


@subscribe(BALANCE_RESTORED, "journey.go-on-with-credit")
@subscribe(ACCOUNT_CHANGED, "journey.go-on-with-leave")
def go_on_sending(event: Event) -> None:
    """What had stopped for want of credit alone goes on by itself; signing's own watch takes up a list that stopped in
    the very moment of this."""
    go_on(event.organisation_id)


def answer_gates() -> None:
    """Have the prepaid account answer what rooms ask before they act."""
    SENDING.guard("prepaid-account", require_credit)
    TRACKING.guard("prepaid-account", require_credit)
    ROOM.guard("quota", _require_room)


def _require_room(organisation_id: UUID, size: int) -> None:
    require_room(organisation_id, size)
