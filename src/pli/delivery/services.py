"""Sending documents: by e-mail with the files or a link to them, and by showing them in a portal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from pli.delivery import events
from pli.delivery.errors import UnableToRetry
from pli.delivery.models import Delivery
from pli.delivery.queries import get_delivery
from pli.delivery.states import DELIVERY, DeliveryState
from pli.documents.api import Document, publish_document
from pli.journal.api import EventType, record
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.notifications.api import (
    AttachmentRef,
    Channel,
    Message,
    MessageState,
    Recipient,
    resend_message,
    send_notice,
)
from pli.parties.api import Actor, StaffActor

# What common mail servers still accept once encoded in base64.
LARGEST_ATTACHMENTS = 10_000_000


@dataclass(frozen=True)
class Parcel:
    """What is sent: some files of one document, under a key that makes a second sending the same one."""

    document: Document
    files: tuple[AttachmentRef, ...]
    key: str


@transaction.atomic
def deliver_by_email(
    actor: Actor,
    parcel: Parcel,
    to: Recipient,
    *,
    template: str,
    fields: Mapping[str, str],
    secrets: Mapping[str, str] | None = None,
    clock: Clock = SYSTEM_CLOCK,
) -> Delivery:
    """Hand a message with the files to the mail gateway; files too heavy for mail stay behind the message's link.

    Safe to repeat: the same key is the same delivery.
    """
    delivery, is_new = _open(actor, parcel, "email", to.name, to.address, clock)
    if not is_new:
        return delivery
    total = sum(file.size for file in parcel.files)
    message = send_notice(
        organisation_id=actor.organisation_id,
        template=template,
        channel=Channel.EMAIL,
        to=to,
        fields=fields,
        secrets=secrets or {},
        attachments=parcel.files if total <= LARGEST_ATTACHMENTS else (),
        subject=("delivery", delivery.id),
        dedupe_key=f"delivery:{delivery.id}",
        clock=clock,
    )
    delivery.message_id = message.id
    delivery.save(update_fields=["message_id"])
    return delivery


@transaction.atomic
def deliver_by_portal(actor: Actor, parcel: Parcel, *, clock: Clock = SYSTEM_CLOCK) -> Delivery | None:
    """Show a document in its party's portal; None when it belongs to no party. Safe to repeat."""
    party = parcel.document.party
    if party is None:
        return None
    delivery, is_new = _open(actor, parcel, "portal", party.name, "", clock)
    if is_new:
        publish_document(parcel.document.id, actor=actor, clock=clock)
        settle_delivery(delivery.id, "deliver", clock=clock)
    return delivery


def _open(actor: Actor, parcel: Parcel, carrier: str, name: str, address: str, clock: Clock) -> tuple[Delivery, bool]:
    files: Sequence[dict[str, Any]] = [
        {"sha256": f.sha256, "file_name": f.file_name, "media_type": f.media_type, "size": f.size} for f in parcel.files
    ]
    delivery, is_new = Delivery.objects.get_or_create(
        organisation_id=actor.organisation_id,
        key=f"{carrier}:{parcel.key}"[:200],
        defaults={
            "document": parcel.document,
            "carrier": carrier,
            "state": DeliveryState.HANDED,
            "recipient_name": name,
            "recipient_address": address,
            "party_id": parcel.document.party_id,
            "files": files,
            "created_at": clock.now(),
        },
    )
    if is_new:
        record(
            events.DELIVERY_HANDED,
            organisation_id=actor.organisation_id,
            subject=("delivery", delivery.id),
            actor=actor.reference,
            data={
                "document_id": str(parcel.document.id),
                "carrier": carrier,
                "files": [file.sha256 for file in parcel.files],
                "recipient": {"name": name, "address": address},
            },
            clock=clock,
        )
    return delivery, is_new


@transaction.atomic
def settle_delivery(delivery_id: UUID, verb: str, *, cause: str = "", clock: Clock = SYSTEM_CLOCK) -> bool:
    """Record what the carrier said (``deliver`` or ``fail``); False when that was known already. Safe to repeat."""
    cause = cause.replace("\x00", "")
    sources = DELIVERY.sources(verb)
    moved = Delivery.objects.filter(id=delivery_id, state__in=sources).update(
        state=DELIVERY.next_state(sources[0], verb), ended_at=clock.now(), problem=cause[:500]
    )
    if moved:
        delivery = Delivery.objects.get(id=delivery_id)
        is_made = verb == "deliver"
        record(
            events.DELIVERY_MADE if is_made else events.DELIVERY_FAILED,
            organisation_id=delivery.organisation_id,
            subject=("delivery", delivery.id),
            actor=f"carrier:{delivery.carrier}",
            data={"carrier": delivery.carrier} if is_made else {"carrier": delivery.carrier, "cause": cause[:200]},
            clock=clock,
        )
    return bool(moved)


@transaction.atomic
def retry_delivery(actor: StaffActor, delivery_id: UUID, *, clock: Clock = SYSTEM_CLOCK) -> Delivery:
    """Hand a failed e-mail delivery to the mail gateway again, to the same address.

    :raises NotFound, NotAllowed: as the actor's rights say.
    :raises UnableToMove: when it has not failed; :raises UnableToRetry: when there is nothing left to send again.
    """
    actor.require_writer()
    delivery = _lock(actor, delivery_id)
    state = DELIVERY.next_state(delivery.state, "retry")
    known = Message.objects.filter(organisation_id=actor.organisation_id)
    message = known.filter(id=delivery.message_id).first() if delivery.message_id else None
    if message is None or message.state != MessageState.FAILED:
        raise UnableToRetry
    delivery.state, delivery.problem, delivery.ended_at = DeliveryState(state), "", None
    delivery.save(update_fields=["state", "problem", "ended_at"])
    _tell(events.DELIVERY_RETRIED, delivery, actor, clock)
    resend_message(message, actor=actor.reference, clock=clock)
    return delivery


@transaction.atomic
def abandon_delivery(actor: StaffActor, delivery_id: UUID, *, clock: Clock = SYSTEM_CLOCK) -> Delivery:
    """Set a failed delivery aside: it was settled otherwise, and waits for nobody any more.

    :raises NotFound, NotAllowed: as the actor's rights say; :raises UnableToMove: when it has not failed.
    """
    actor.require_writer()
    delivery = _lock(actor, delivery_id)
    delivery.state = DeliveryState(DELIVERY.next_state(delivery.state, "abandon"))
    delivery.save(update_fields=["state"])
    _tell(events.DELIVERY_ABANDONED, delivery, actor, clock)
    return delivery


def _lock(actor: Actor, delivery_id: UUID) -> Delivery:
    return Delivery.objects.select_for_update(of=("self",)).get(id=get_delivery(actor, delivery_id).id)


def _tell(kind: EventType, delivery: Delivery, actor: Actor, clock: Clock) -> None:
    record(
        kind,
        organisation_id=delivery.organisation_id,
        subject=("delivery", delivery.id),
        actor=actor.reference,
        data={"carrier": delivery.carrier},
        clock=clock,
    )
