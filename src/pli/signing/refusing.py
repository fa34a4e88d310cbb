"""A signer refuses, with a reason: all stops, or the others go on, as it was set. Everybody concerned is told."""

from __future__ import annotations

from django.db import transaction

from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.signing import events
from pli.signing.closing import close_open_signers, tell_ended
from pli.signing.door import SignerSession, lock_session, require_open
from pli.signing.models import Ceremony, Signer
from pli.signing.outcome import end_refused, record_answer, seal_later, settle_answers
from pli.signing.own_keys import close_try
from pli.signing.roles import OnRefusal
from pli.signing.states import SIGNER, CeremonyState
from pli.signing.traces import NOBODY, Visitor, trace


@transaction.atomic
def refuse(session: SignerSession, reason: str, *, visitor: Visitor = NOBODY, clock: Clock = SYSTEM_CLOCK) -> Signer:
    """Refuse to sign, with a reason.

    :raises CeremonyEnded, NotYourTurn, DeviceUnknown, LinkUnknown: as the door says.
    """
    signer, ceremony = lock_session(session)
    require_open(signer, ceremony, clock)
    close_try(signer.id)
    # A try with their own key that came to nothing is no signature: its place and its image are none either.
    signer.placements.all().delete()
    signer.mark_kind = signer.mark_text = signer.mark_sha256 = ""
    signer.state = SIGNER.next_state(signer.state, "refuse")
    signer.answered_at = clock.now()
    signer.refusal_reason = " ".join(reason.replace("\x00", "").split())[:1000]
    signer.ip, signer.user_agent = visitor.ip[:45], visitor.user_agent[:300]
    signer.save()
    trace(signer, "refused", {}, visitor=visitor, clock=clock)
    goes_on = ceremony.on_refusal == OnRefusal.GO_ON
    record_answer(events.SIGNER_REFUSED, signer, ceremony, goes_on=goes_on, reason=signer.refusal_reason, clock=clock)
    if goes_on:
        settle_answers(ceremony, actor=f"signer:{signer.id}", clock=clock)
    else:
        end_refused(ceremony, actor=f"signer:{signer.id}", clock=clock)
    _tell(ceremony, signer, clock)
    seal_later(ceremony.id)
    return signer


def _tell(ceremony: Ceremony, signer: Signer, clock: Clock) -> None:
    """Before the others are closed: whoever was never invited hears nothing of it."""
    if ceremony.state == CeremonyState.REFUSED:
        tell_ended(ceremony, "signature.refused", signer=signer, reason=signer.refusal_reason, clock=clock)
        close_open_signers(ceremony, clock=clock)
    else:
        tell_ended(ceremony, "signature.refused_goes_on", signer=signer, reason=signer.refusal_reason, clock=clock)
