"""What a ceremony becomes once somebody has answered: it goes on, is sealed, or ends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pli.journal.api import EventType, record
from pli.kit.clock import Clock
from pli.signing import events
from pli.signing.models import Ceremony, Signer
from pli.signing.roles import SignerRole
from pli.signing.states import CEREMONY, SIGNER, SignerState


def settle_answers(ceremony: Ceremony, *, actor: str, clock: Clock) -> None:
    """Move a locked ceremony on when nobody is left to answer: to its sealing if anybody signed, else to its end."""
    if ceremony.signers.exclude(state__in=SIGNER.final).exists():
        return
    ceremony.answered_at = clock.now()
    if has_signature(ceremony):
        ceremony.state = CEREMONY.next_state(ceremony.state, "all_signed")
        ceremony.save(update_fields=["state", "answered_at"])
        return
    end_refused(ceremony, actor=actor, clock=clock)


def record_answer(kind: EventType, signer: Signer, ceremony: Ceremony, *, clock: Clock, **facts: Any) -> None:
    """Tell the journal what a signer answered; address and browser are those just written on them."""
    record(
        kind,
        organisation_id=ceremony.organisation_id,
        subject=("ceremony", ceremony.id),
        actor=f"signer:{signer.id}",
        data={
            "signer_id": str(signer.id),
            "evidence_number": signer.evidence_number,
            **facts,
            "ip": signer.ip,
            "user_agent": signer.user_agent,
        },
        clock=clock,
    )


def has_signature(ceremony: Ceremony) -> bool:
    """Whether a signature was given, by who signs and not only approves."""
    return ceremony.signers.filter(role=SignerRole.SIGNER, state=SignerState.SIGNED).exists()


def end_refused(ceremony: Ceremony, *, actor: str, clock: Clock) -> None:
    """End a locked ceremony that a refusal leaves without a signature to wait for."""
    ceremony.state = CEREMONY.next_state(ceremony.state, "refuse")
    ceremony.answered_at = ceremony.ended_at = clock.now()
    ceremony.save(update_fields=["state", "answered_at", "ended_at"])
    refuser = ceremony.signers.filter(state=SignerState.REFUSED).order_by("answered_at").last()
    record(
        events.CEREMONY_REFUSED,
        organisation_id=ceremony.organisation_id,
        subject=("ceremony", ceremony.id),
        actor=actor,
        data={"signer_id": str(refuser.id) if refuser else None},
        clock=clock,
    )


def seal_later(ceremony_id: UUID) -> None:
    """Have a worker bring the ceremony as far as it can go, once this transaction is kept."""
    seal_all_later([ceremony_id])


def seal_all_later(ceremony_ids: Sequence[UUID]) -> None:
    """As :func:`seal_later` of each, in one statement; there is at least one."""
    from pli.signing.tasks import seal

    deferrers = [(seal.configure(lock=f"ceremony:{one}"), one) for one in ceremony_ids]
    jobs = [deferrer.make_new_job(ceremony_id=str(one)) for deferrer, one in deferrers]
    deferrers[0][0].job_manager.batch_defer_jobs(jobs)
