"""A signer names somebody else in their place, where the sender allows it: a new link for the other, their own void."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max

from pli.documents.api import clean_title
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.ids import new_readable_number
from pli.notifications.api import Channel, Recipient, send_notice
from pli.signing import events
from pli.signing.codes import is_code_proved
from pli.signing.door import SignerSession, lock_session, require_open
from pli.signing.errors import DelegationRefused, DeviceUnknown
from pli.signing.invitations import notice_fields, send_new_link
from pli.signing.models import AskedFile, Ceremony, Signer
from pli.signing.outcome import record_answer
from pli.signing.requests import MAXIMUM_SIGNERS
from pli.signing.sending_rules import check_signer_address
from pli.signing.states import SIGNER, SignerState
from pli.signing.traces import NOBODY, Visitor, trace

ORIGIN = "delegated:"


@dataclass(frozen=True)
class Delegate:
    """Who shall answer in the signer's place, and why."""

    name: str
    email: str
    mobile: str = ""
    reason: str = ""


def may_delegate(signer: Signer) -> bool:
    """Whether this signer may name somebody else: the sender allows it, and they were not named so themselves."""
    return signer.ceremony.may_delegate and signer.member_id is None and not signer.origin.startswith(ORIGIN)


def stands_for(signer: Signer) -> str:
    """The evidence number of who named this signer in their place; empty for nobody."""
    return signer.origin.removeprefix(ORIGIN) if signer.origin.startswith(ORIGIN) else ""


@transaction.atomic
def delegate(
    session: SignerSession, wanted: Delegate, *, visitor: Visitor = NOBODY, clock: Clock = SYSTEM_CLOCK
) -> Signer:
    """Put somebody else in the signer's place, to whom the same is asked; they are returned.

    :raises DelegationRefused: when it is not allowed, or the other cannot be reached or is asked already.
    :raises DeviceUnknown: when the code was not typed here: a link alone gives nothing away.
    :raises CeremonyEnded, NotYourTurn, LinkUnknown: as the door says.
    """
    signer, ceremony = lock_session(session)
    require_open(signer, ceremony, clock)
    if not is_code_proved(signer, clock=clock):
        raise DeviceUnknown
    _check(signer, ceremony, wanted)
    other = _write_other(signer, ceremony, wanted)
    reason = " ".join(wanted.reason.replace("\x00", "").split())[:500]
    signer.state = SIGNER.next_state(signer.state, "delegate")
    signer.answered_at = clock.now()
    signer.refusal_reason = reason
    signer.ip, signer.user_agent = visitor.ip[:45], visitor.user_agent[:300]
    signer.save()
    trace(signer, "delegated", {"to": other.evidence_number}, visitor=visitor, clock=clock)
    record_answer(events.SIGNER_DELEGATED, signer, ceremony, to_signer_id=str(other.id), reason=reason, clock=clock)
    send_new_link(other, reason="delegated", by=f"signer:{signer.id}", clock=clock)
    _tell_sender(ceremony, signer, other, reason, clock)
    return other


def _check(signer: Signer, ceremony: Ceremony, wanted: Delegate) -> None:
    if not may_delegate(signer):
        raise DelegationRefused(reason="l’expéditeur ne l’a pas prévu pour vous")
    reason = check_signer_address(wanted.name, wanted.email, wanted.mobile, signer.code_channel)
    if reason:
        raise DelegationRefused(reason=reason)
    email = wanted.email.strip().lower()
    if ceremony.signers.filter(email=email).exists():
        raise DelegationRefused(reason="cette personne figure déjà dans la demande")
    if ceremony.signers.count() >= 2 * MAXIMUM_SIGNERS:
        raise DelegationRefused(reason="trop de personnes figurent déjà dans la demande")


def _write_other(signer: Signer, ceremony: Ceremony, wanted: Delegate) -> Signer:
    last = ceremony.signers.aggregate(last=Max("position"))["last"]
    other = Signer.objects.create(
        ceremony=ceremony,
        position=last + 1,
        role=signer.role,
        step=signer.step,
        name=clean_title(wanted.name),
        email=wanted.email.strip().lower(),
        mobile=wanted.mobile,
        origin=f"{ORIGIN}{signer.evidence_number}",
        language=signer.language,
        code_channel=signer.code_channel,
        state=SignerState.WAITING,
        evidence_number=new_readable_number("PV"),
    )
    # What was asked of the one is asked of the other; what the one had joined already stays theirs, and is let go.
    signer.fields.update(signer=other, value="")
    for asked in signer.asked_files.order_by("position"):
        AskedFile.objects.create(
            signer=other, position=asked.position, label=asked.label, is_required=asked.is_required
        )
    return other


def _tell_sender(ceremony: Ceremony, signer: Signer, other: Signer, reason: str, clock: Clock) -> None:
    send_notice(
        organisation_id=ceremony.organisation_id,
        template="signature.delegated",
        channel=Channel.EMAIL,
        to=Recipient(ceremony.sender_name, ceremony.sender_email, ceremony.organisation.language),
        fields=notice_fields(ceremony, other) | {"motif": f"{signer.name} → {other.name}. {reason}".strip()},
        subject=("ceremony", ceremony.id),
        dedupe_key=f"delegated:{signer.id}",
        clock=clock,
    )
