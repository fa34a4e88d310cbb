"""A member's own key signs a request: the answer is theirs once their workstation has signed every paper, not before.

Until then the signer may still answer otherwise. A value is accepted under the request's lock, and only over the
version the paper then stands at; from there to its integration no other signature may move that version.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.signing.answering import Answer, record_signed, take_answer, write_answered
from pli.signing.door import SignerSession, require_open
from pli.signing.errors import NoOwnKey, OwnSignatureEnded, SignatureOvertaken
from pli.signing.models import Ceremony, Signer
from pli.signing.outcome import seal_later, settle_answers
from pli.signing.own_key_models import OPEN_OWN_STATES, OwnSignature, OwnSignatureState
from pli.signing.own_keys import keys_of_signer
from pli.signing.own_preparing import give_to_sign
from pli.signing.own_revisions import identity_of
from pli.signing.revisions import awaiting_integration
from pli.signing.states import SignerState
from pli.signing.traces import NOBODY, Visitor, trace

_State = OwnSignatureState


def sign_with_own_key(
    session: SignerSession,
    answer: Answer,
    agent_id: UUID,
    *,
    visitor: Visitor = NOBODY,
    clock: Clock = SYSTEM_CLOCK,
) -> list[OwnSignature]:
    """Give the papers to the signer's workstation; they have answered once it has signed all of them.

    :raises NoOwnKey: that workstation is not theirs, is paired no more, or its certificate has ended.
    :raises UnableToSeal: a file cannot take this signature. Otherwise as :func:`pli.signing.answering.sign`.
    """
    with transaction.atomic():
        signer, _ceremony = take_answer(session, answer, clock=clock)
        agent = next((one for one in keys_of_signer(signer, clock=clock) if one.id == agent_id), None)
        if agent is None:
            raise NoOwnKey
        signer.ip, signer.user_agent = visitor.ip[:45], visitor.user_agent[:300]
        signer.save()
        trace(signer, "key_asked", {"what": agent.subject}, visitor=visitor, clock=clock)
    return give_to_sign(signer, agent, clock=clock)


def own_try(signer: Signer, *, clock: Clock = SYSTEM_CLOCK) -> list[OwnSignature]:
    """What the signer's workstation was given last, a row a paper; late ones read EXPIRED."""
    rows = OwnSignature.objects.select_related("agent").filter(signer=signer)
    newest = rows.order_by("-asked_at").first()
    if newest is None:
        return []
    found = list(rows.filter(asked_at=newest.asked_at).order_by("paper__position"))
    for row in found:
        if row.state in OPEN_OWN_STATES and row.expires_at <= clock.now():
            row.state = _State.EXPIRED
    return found


def take_value(row: OwnSignature, value: bytes, *, clock: Clock) -> None:
    """Keep a value that was checked; with the last paper's, the signer has signed and a job puts all of them in.

    :raises OwnSignatureEnded: late, given already, or the signer answered otherwise.
    :raises SignatureOvertaken: another signature came first; the workstation is asked again.
    :raises CeremonyEnded: the request is over.
    """
    with transaction.atomic():
        signer, ceremony = _lock(row)
        tried = list(OwnSignature.objects.select_for_update().filter(signer=signer, state__in=OPEN_OWN_STATES))
        mine = next((one for one in tried if one.id == row.id and one.state == _State.WAITING), None)
        if mine is None or mine.expires_at <= clock.now():
            raise OwnSignatureEnded
        require_open(signer, ceremony, clock)
        if signer.state != SignerState.VERIFIED or signer.link_version != row.link_version:
            raise OwnSignatureEnded
        if is_overtaken := _is_overtaken(ceremony, tried):
            OwnSignature.objects.filter(id__in=[one.id for one in tried]).update(state=_State.OVERTAKEN)
            seal_later(ceremony.id)
        else:
            mine.state, mine.value, mine.problem, mine.answered_at = _State.HELD, value, "", clock.now()
            mine.save(update_fields=["state", "value", "problem", "answered_at"])
            if all(one.state == _State.HELD for one in tried):
                _accept(signer, ceremony, tried, clock)
    if is_overtaken:
        raise SignatureOvertaken


def _lock(row: OwnSignature) -> tuple[Signer, Ceremony]:
    """The ceremony first, as everywhere."""
    if row.signer is None:
        raise OwnSignatureEnded
    ceremony = Ceremony.objects.select_for_update().get(id=row.signer.ceremony_id)
    signer = Signer.objects.select_for_update().get(id=row.signer.id)
    signer.ceremony = ceremony
    return signer, ceremony


def _is_overtaken(ceremony: Ceremony, tried: Sequence[OwnSignature]) -> bool:
    now = dict(ceremony.papers.values_list("id", "current_sha256"))
    is_old = any(one.paper_id is None or now[one.paper_id] != one.source_sha256 for one in tried)
    return is_old or awaiting_integration(ceremony.id).exists()


def _accept(signer: Signer, ceremony: Ceremony, tried: Sequence[OwnSignature], clock: Clock) -> None:
    OwnSignature.objects.filter(id__in=[one.id for one in tried]).update(state=_State.GIVEN)
    signer.key_agent = tried[0].agent
    write_answered(signer, Visitor(signer.ip, signer.user_agent), clock)
    record_signed(signer, ceremony, clock, own_key=identity_of(tried[0].agent).fingerprint)
    settle_answers(ceremony, actor=f"signer:{signer.id}", clock=clock)
    seal_later(ceremony.id)
