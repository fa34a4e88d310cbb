"""A signer answers: signs where they want, or refuses with a reason. Exactly one answer each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from django.db import transaction

from pli.documents.api import keep_blob, store_bytes
from pli.journal.api import record
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.ids import same_secret
from pli.pdf.api import clean_signature_image
from pli.signing import events
from pli.signing.closing import close_open_signers, tell_ended
from pli.signing.codes import is_code_proved, papers_digest
from pli.signing.consent import CONSENT_VERSION, consent_text
from pli.signing.door import SignerSession, lock_session, papers_shown, require_open
from pli.signing.errors import ConsentMissing, DeviceUnknown, MarkMissing, PapersChanged, PlacementOutside
from pli.signing.models import Ceremony, CeremonyDocument, Placement, Signer
from pli.signing.states import CEREMONY, SIGNER, SignerState
from pli.signing.traces import NOBODY, Visitor, trace

MARK_WIDTHS = (60.0, 400.0)
MARK_HEIGHTS = (24.0, 250.0)
MARK_KINDS = ("drawn", "typed", "image")


@dataclass(frozen=True)
class Spot:
    """Where a mark goes: points from the top left corner of the page as displayed."""

    page: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Answer:
    """What the signing page sends. ``spots`` maps paper ids to places; a paper without one gets no visible mark,
    but at least one has one."""

    has_consented: bool
    papers_digest: str
    mark_kind: str
    mark_text: str = ""
    mark_image: bytes = b""
    spots: Mapping[UUID, Spot] = field(default_factory=dict)


def sign(session: SignerSession, answer: Answer, *, visitor: Visitor = NOBODY, clock: Clock = SYSTEM_CLOCK) -> Signer:
    """Record the signature; sealing follows in a job of the same transaction.

    :raises ConsentMissing, MarkMissing, PlacementOutside, PapersChanged: for an incomplete or outdated page.
    :raises DeviceUnknown: when the code was not typed here, or too long ago.
    :raises CeremonyEnded, NotYourTurn, LinkUnknown: as the door says; the second of two answers gets CeremonyEnded.
    """
    if not answer.has_consented:
        raise ConsentMissing
    image = _clean_mark(answer)
    with transaction.atomic():
        signer, ceremony = lock_session(session)
        _require_verified(signer, ceremony, clock)
        if not same_secret(papers_digest(signer), answer.papers_digest):
            raise PapersChanged
        _write_spots(signer, ceremony, answer.spots)
        _write_signed(signer, ceremony, answer, image, visitor, clock)
        is_everybody = not ceremony.signers.exclude(state=SignerState.SIGNED).exists()
        if is_everybody:
            ceremony.state = CEREMONY.next_state(ceremony.state, "all_signed")
            ceremony.answered_at = clock.now()
            ceremony.save(update_fields=["state", "answered_at"])
        _seal_later(ceremony.id)
    return signer


def _seal_later(ceremony_id: UUID) -> None:
    from pli.signing.tasks import seal

    seal.configure(lock=f"ceremony:{ceremony_id}").defer(ceremony_id=str(ceremony_id))


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


def _write_spots(signer: Signer, ceremony: Ceremony, spots: Mapping[UUID, Spot]) -> None:
    papers = {paper.id: paper for paper in ceremony.papers.all()}
    if not spots or spots.keys() - papers.keys():
        raise PlacementOutside
    for paper_id, spot in spots.items():
        _check_spot(papers[paper_id], spot)
        Placement.objects.create(
            signer=signer,
            paper=papers[paper_id],
            page=spot.page,
            x=spot.x,
            y=spot.y,
            width=spot.width,
            height=spot.height,
        )


def _check_spot(paper: CeremonyDocument, spot: Spot) -> None:
    if not 1 <= spot.page <= paper.page_count:
        raise PlacementOutside
    page_width, page_height = paper.page_sizes[spot.page - 1]
    is_sized = (
        MARK_WIDTHS[0] <= spot.width <= MARK_WIDTHS[1] and MARK_HEIGHTS[0] <= spot.height <= MARK_HEIGHTS[1]
    ) or (spot.width <= page_width and spot.height <= page_height and page_width < MARK_WIDTHS[0] * 2)
    # Half a point of tolerance for the browser's rounding.
    is_inside = (
        spot.x >= -0.5
        and spot.y >= -0.5
        and spot.x + spot.width <= page_width + 0.5
        and spot.y + spot.height <= page_height + 0.5
    )
    if not is_sized or not is_inside:
        raise PlacementOutside


def _write_signed(
    signer: Signer, ceremony: Ceremony, answer: Answer, image: bytes, visitor: Visitor, clock: Clock
) -> None:
    if image:
        signer.mark_sha256 = keep_blob(store_bytes([image]), "image/png").sha256
    papers = [(paper.title, paper.page_count) for paper, _ in papers_shown(signer)]
    signer.state = SIGNER.next_state(signer.state, "sign")
    signer.answered_at = clock.now()
    signer.consent_version = CONSENT_VERSION
    signer.consent_text = consent_text(papers, signer.language)
    signer.mark_kind = answer.mark_kind
    signer.mark_text = " ".join(answer.mark_text.replace("\x00", "").split())[:100]
    signer.ip, signer.user_agent = visitor.ip[:45], visitor.user_agent[:300]
    signer.save()
    trace(signer, "signed", {"consent_version": CONSENT_VERSION}, visitor=visitor, clock=clock)
    placements = [
        {
            "document_id": str(p.paper.document_id),
            "page": p.page,
            # Points as text: the journal chains exact values only.
            "box": " ".join(f"{value:.2f}" for value in (p.x, p.y, p.width, p.height)),
        }
        for p in signer.placements.select_related("paper")
    ]
    record(
        events.SIGNER_SIGNED,
        organisation_id=ceremony.organisation_id,
        subject=("ceremony", ceremony.id),
        actor=f"signer:{signer.id}",
        data={
            "signer_id": str(signer.id),
            "evidence_number": signer.evidence_number,
            "shown": signer.shown,
            "consent_version": CONSENT_VERSION,
            "placements": placements,
            "mark_kind": signer.mark_kind,
            "ip": signer.ip,
            "user_agent": signer.user_agent,
        },
        clock=clock,
    )


@transaction.atomic
def refuse(session: SignerSession, reason: str, *, visitor: Visitor = NOBODY, clock: Clock = SYSTEM_CLOCK) -> Signer:
    """Refuse to sign, with a reason: the request ends, and everybody concerned is told.

    :raises CeremonyEnded, NotYourTurn, DeviceUnknown, LinkUnknown: as the door says.
    """
    signer, ceremony = lock_session(session)
    require_open(signer, ceremony, clock)
    now = clock.now()
    signer.state = SIGNER.next_state(signer.state, "refuse")
    signer.answered_at = now
    signer.refusal_reason = " ".join(reason.replace("\x00", "").split())[:1000]
    signer.ip, signer.user_agent = visitor.ip[:45], visitor.user_agent[:300]
    signer.save()
    trace(signer, "refused", {}, visitor=visitor, clock=clock)
    record(
        events.SIGNER_REFUSED,
        organisation_id=ceremony.organisation_id,
        subject=("ceremony", ceremony.id),
        actor=f"signer:{signer.id}",
        data={
            "signer_id": str(signer.id),
            "evidence_number": signer.evidence_number,
            "reason": signer.refusal_reason,
            "ip": signer.ip,
            "user_agent": signer.user_agent,
        },
        clock=clock,
    )
    ceremony.state = CEREMONY.next_state(ceremony.state, "refuse")
    ceremony.answered_at = ceremony.ended_at = now
    ceremony.save(update_fields=["state", "answered_at", "ended_at"])
    record(
        events.CEREMONY_REFUSED,
        organisation_id=ceremony.organisation_id,
        subject=("ceremony", ceremony.id),
        actor=f"signer:{signer.id}",
        data={"signer_id": str(signer.id)},
        clock=clock,
    )
    # Before the others are closed: whoever was never invited hears nothing of it.
    tell_ended(ceremony, "signature.refused", reason=signer.refusal_reason, clock=clock)
    close_open_signers(ceremony, clock=clock)
    _seal_later(ceremony.id)
    return signer
