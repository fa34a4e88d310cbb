"""Endings other than a signature by all: withdrawn, expired, refused. Links die, people are told."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from pli.journal.api import record
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.notifications.api import Channel, Recipient, send_notice
from pli.parties.api import StaffActor
from pli.signing import events
from pli.signing.invitations import notice_fields
from pli.signing.models import Ceremony, Signer
from pli.signing.outcome import seal_later
from pli.signing.queries import get_ceremony
from pli.signing.states import CEREMONY, SIGNER, CeremonyState, SignerState
from pli.signing.traces import trace


@transaction.atomic
def withdraw_ceremony(actor: StaffActor, ceremony_id: UUID, reason: str, *, clock: Clock = SYSTEM_CLOCK) -> Ceremony:
    """Withdraw a request, with a reason its invited signers are told.

    :raises NotFound: for another organisation's; :raises NotAllowed: for an auditor.
    :raises UnableToMove: when it has already ended.
    """
    actor.require_writer()
    get_ceremony(actor, ceremony_id)
    ceremony = Ceremony.objects.select_for_update().get(id=ceremony_id)
    ceremony.state = CEREMONY.next_state(ceremony.state, "withdraw")
    ceremony.ended_at = clock.now()
    ceremony.withdrawal_reason = " ".join(reason.replace("\x00", "").split())[:500]
    ceremony.save(update_fields=["state", "ended_at", "withdrawal_reason"])
    record(
        events.CEREMONY_WITHDRAWN,
        organisation_id=ceremony.organisation_id,
        subject=("ceremony", ceremony.id),
        actor=actor.reference,
        data={"reason": ceremony.withdrawal_reason},
        clock=clock,
    )
    tell_ended(ceremony, "signature.withdrawn", reason=ceremony.withdrawal_reason, clock=clock)
    close_open_signers(ceremony, clock=clock)
    seal_later(ceremony.id)  # the proofs of who had answered
    return ceremony


def due_expiries(clock: Clock) -> list[UUID]:
    """The requests whose deadline has passed."""
    rows = Ceremony.objects.filter(state=CeremonyState.IN_PROGRESS, expires_at__lt=clock.now())
    return list(rows.values_list("id", flat=True))


@transaction.atomic
def expire_ceremony(ceremony_id: UUID, *, clock: Clock = SYSTEM_CLOCK) -> bool:
    """End a request whose deadline has passed; False when somebody ended it first. Safe to repeat."""
    ceremony = Ceremony.objects.select_for_update().get(id=ceremony_id)
    if ceremony.state != CeremonyState.IN_PROGRESS or clock.now() <= ceremony.expires_at:
        return False
    ceremony.state = CEREMONY.next_state(ceremony.state, "expire")
    ceremony.ended_at = clock.now()
    ceremony.save(update_fields=["state", "ended_at"])
    record(
        events.CEREMONY_EXPIRED,
        organisation_id=ceremony.organisation_id,
        subject=("ceremony", ceremony.id),
        actor="system:deadline",
        clock=clock,
    )
    tell_ended(ceremony, "signature.expired", reason="", clock=clock)
    close_open_signers(ceremony, clock=clock)
    seal_later(ceremony.id)  # the proofs of who had answered
    return True


def close_open_signers(ceremony: Ceremony, *, clock: Clock) -> None:
    """Nobody else may answer. The links stay readable, to say that the request is over."""
    now = clock.now()
    for signer in ceremony.signers.select_for_update().exclude(state__in=SIGNER.final):
        signer.state = SIGNER.next_state(signer.state, "close")
        signer.verified_until = None
        signer.save(update_fields=["state", "verified_until"])
        signer.codes.filter(used_at=None, voided_at=None).update(voided_at=now)
        trace(signer, "closed", {"because": ceremony.state}, clock=clock)


def tell_ended(ceremony: Ceremony, template: str, *, reason: str, signer: Signer | None = None, clock: Clock) -> None:
    """Tell the sender, and whoever was invited and is not ``signer``, the cause of it; once a cause and an address."""
    fields = notice_fields(ceremony) | {"motif": reason, "signataire": signer.name if signer else ""}
    people = [Recipient(ceremony.sender_name, ceremony.sender_email, ceremony.organisation.language)]
    absent = [SignerState.WAITING, SignerState.REFUSED, SignerState.DELEGATED]
    # Somebody waited for beside the sender was sent nothing, and never came.
    known = ceremony.signers.exclude(state__in=absent).exclude(is_in_person=True, opened_at=None)
    people += [Recipient(one.name, one.email, one.language) for one in known]
    cause = f"{template}:{signer.id}" if signer else template
    for recipient in people:
        send_notice(
            organisation_id=ceremony.organisation_id,
            template=template,
            channel=Channel.EMAIL,
            to=recipient,
            fields=fields,
            subject=("ceremony", ceremony.id),
            dedupe_key=f"{cause}:{ceremony.id}:{recipient.address}",
            clock=clock,
        )
