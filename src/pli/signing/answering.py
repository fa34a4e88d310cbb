"""A signer answers: signs where they want; an approver agrees. Exactly one answer each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from django.db import transaction

from pli.documents.api import keep_blob, store_bytes
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.ids import same_secret
from pli.pdf.api import clean_signature_image
from pli.signing import events
from pli.signing.codes import is_code_proved, papers_digest
from pli.signing.consent import CONSENT_VERSION, consent_text
from pli.signing.door import SignerSession, lock_session, papers_shown, require_open
from pli.signing.errors import ConsentMissing, DeviceUnknown, MarkMissing, OwnKeyNeeded, PapersChanged
from pli.signing.fields import write_values
from pli.signing.joining import given_digests, require_files
from pli.signing.models import Ceremony, Signer
from pli.signing.outcome import record_answer, seal_later, settle_answers
from pli.signing.own_keys import close_try
from pli.signing.placing import Spot, write_spots
from pli.signing.roles import SignerRole
from pli.signing.states import SIGNER
from pli.signing.traces import NOBODY, Visitor, trace

MARK_KINDS = ("drawn", "typed", "image")


@dataclass(frozen=True)
class Answer:
    """What the signing page sends. ``spots`` maps paper ids to places; a paper without one gets no visible mark,
    but at least one has one, and one whose place the sender chose has that. ``values`` maps field ids to what was
    typed (a date as ISO 8601, anything for a ticked box), ``given`` the names of GIVEN fields to what the door worked
    out. Of an approver only the consent and the digest are read."""

    has_consented: bool
    papers_digest: str
    mark_kind: str = ""
    mark_text: str = ""
    mark_image: bytes = b""
    spots: Mapping[UUID, Spot] = field(default_factory=dict)
    values: Mapping[UUID, str] = field(default_factory=dict)
    given: Mapping[str, str] = field(default_factory=dict)


def sign(session: SignerSession, answer: Answer, *, visitor: Visitor = NOBODY, clock: Clock = SYSTEM_CLOCK) -> Signer:
    """Record the signature; sealing follows in a job of the same transaction.

    :raises ConsentMissing, MarkMissing, PlacementOutside, PapersChanged: for an incomplete or outdated page.
    :raises FieldsMissing, AskedFileMissing: for what the signer had to fill in or join.
    :raises DeviceUnknown: when the code was not typed here, or too long ago.
    :raises OwnKeyNeeded: when the sender wants the signer's own key.
    :raises CeremonyEnded, NotYourTurn, LinkUnknown: as the door says; the second of two answers gets CeremonyEnded.
    """
    with transaction.atomic():
        signer, ceremony = take_answer(session, answer, clock=clock)
        if signer.needs_own_key:
            raise OwnKeyNeeded
        close_try(signer.id)
        write_answered(signer, visitor, clock)
        if signer.role == SignerRole.APPROVER:
            _record_approved(signer, ceremony, clock)
        else:
            record_signed(signer, ceremony, clock)
        settle_answers(ceremony, actor=f"signer:{signer.id}", clock=clock)
        seal_later(ceremony.id)
    return signer


def take_answer(session: SignerSession, answer: Answer, *, clock: Clock) -> tuple[Signer, Ceremony]:
    """Check an answer whole and keep what is in it on the signer, who has not answered yet; both rows are locked.

    In a transaction of the caller's. Errors as :func:`sign` says.
    """
    if not answer.has_consented:
        raise ConsentMissing
    is_approval = _role_of(session) == SignerRole.APPROVER
    image = b"" if is_approval else _clean_mark(answer)
    signer, ceremony = lock_session(session)
    _require_verified(signer, ceremony, clock)
    if not same_secret(papers_digest(signer), answer.papers_digest):
        raise PapersChanged
    write_values(signer, answer.values, answer.given)
    require_files(signer)
    if not is_approval:
        write_spots(signer, ceremony, answer.spots)
        _write_mark(signer, answer, image)
    return signer, ceremony


def _role_of(session: SignerSession) -> str:
    return Signer.objects.values_list("role", flat=True).get(id=session.signer_id)


def _clean_mark(answer: Answer) -> bytes:
    """The signature's image, re-made from its pixels; empty for a typed one."""
    if answer.mark_kind not in MARK_KINDS:
        raise MarkMissing
    if answer.mark_kind == "typed":
        if not answer.mark_text.strip():
            raise MarkMissing
        return b""
    if not answer.mark_image:
        raise MarkMissing
    return clean_signature_image(answer.mark_image)


def _require_verified(signer: Signer, ceremony: Ceremony, clock: Clock) -> None:
    require_open(signer, ceremony, clock)
    if not is_code_proved(signer, clock=clock):
        raise DeviceUnknown


def _write_mark(signer: Signer, answer: Answer, image: bytes) -> None:
    if image:
        signer.mark_sha256 = keep_blob(store_bytes([image]), "image/png").sha256
    signer.mark_kind = answer.mark_kind
    signer.mark_text = " ".join(answer.mark_text.replace("\x00", "").split())[:100]


def write_answered(signer: Signer, visitor: Visitor, clock: Clock) -> None:
    """They have signed, or approved, now, with the consent as it reads today."""
    signer.state = SIGNER.next_state(signer.state, "sign")
    signer.answered_at = clock.now()
    signer.consent_version = CONSENT_VERSION
    signer.consent_text = consent_of(signer, signer.language)
    signer.ip, signer.user_agent = visitor.ip[:45], visitor.user_agent[:300]
    signer.save()
    what = "approved" if signer.role == SignerRole.APPROVER else "signed"
    trace(signer, what, {"consent_version": CONSENT_VERSION}, visitor=visitor, clock=clock)


def consent_of(signer: Signer, language: str) -> str:
    """The sentence this signer is asked to tick, in that language."""
    shown = papers_shown(signer)
    return consent_text(
        [(paper.title, paper.page_count) for paper, _ in shown if not paper.is_annex],
        language,
        annexes=[(paper.title, paper.page_count) for paper, _ in shown if paper.is_annex],
        is_approval=signer.role == SignerRole.APPROVER,
    )


def _record_approved(signer: Signer, ceremony: Ceremony, clock: Clock) -> None:
    record_answer(
        events.SIGNER_APPROVED,
        signer,
        ceremony,
        shown=signer.shown,
        consent_version=CONSENT_VERSION,
        joined=given_digests(signer),
        clock=clock,
    )


def record_signed(signer: Signer, ceremony: Ceremony, clock: Clock, **facts: str) -> None:
    """Tell the journal of a signature; ``facts`` beside what is always told."""
    placements = [
        {
            "document_id": str(p.paper.document_id),
            "page": p.page,
            # Points as text: the journal chains exact values only.
            "box": " ".join(f"{value:.2f}" for value in (p.x, p.y, p.width, p.height)),
        }
        for p in signer.placements.select_related("paper")
    ]
    record_answer(
        events.SIGNER_SIGNED,
        signer,
        ceremony,
        shown=signer.shown,
        consent_version=CONSENT_VERSION,
        placements=placements,
        mark_kind=signer.mark_kind,
        joined=given_digests(signer),
        **facts,
        clock=clock,
    )
