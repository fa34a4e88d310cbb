"""Reading ceremonies: for staff by their organisation, for the public by evidence number."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from pli.documents.api import hidden_documents
from pli.kit.errors import NotFound
from pli.kit.ids import read_typed_number
from pli.parties.api import Actor, Role, StaffActor
from pli.signing.models import AskedFile, Ceremony, CeremonyDocument, EvidenceRecord, RenewalBatch, Signer
from pli.signing.states import OPEN_SIGNER_STATES, CeremonyState


@dataclass(frozen=True)
class CeremonySlice:
    """One page of a list of ceremonies, and the key of the next."""

    items: list[Ceremony]
    next_key: str


@dataclass(frozen=True)
class PublicEvidence:
    """What anybody who holds the evidence number may know: that it exists, about what, when; nobody's address."""

    number: str
    organisation: str
    outcome: str
    answered_at: datetime | None
    made_at: datetime
    signer_initials: str
    papers: tuple[tuple[str, int, str], ...]
    json_sha256: str
    pdf_sha256: str
    proved_until: datetime | None
    renewals: tuple[tuple[datetime, str], ...]


def ceremonies_for(actor: Actor) -> QuerySet[Ceremony]:
    """The ceremonies whose every paper the actor may read; staff only."""
    if not isinstance(actor, StaffActor):
        return Ceremony.objects.none()
    found = Ceremony.objects.filter(organisation_id=actor.organisation_id)
    if actor.role in (Role.ADMIN, Role.AUDITOR):
        return found
    hidden = CeremonyDocument.objects.filter(ceremony=OuterRef("pk"), document__in=hidden_documents(actor))
    return found.exclude(Exists(hidden))


LATE_ATTEMPTS = 5
"""Some two minutes of tries: past them a sealing that waits is shown to people."""


def unsealed_ceremonies(actor: Actor) -> QuerySet[Ceremony]:
    """Those whose sealing failed for good or has been waiting for a while, the newest first."""
    waits = Q(state__in=[CeremonyState.IN_PROGRESS, CeremonyState.SEALING], seal_attempts__gte=LATE_ATTEMPTS)
    return ceremonies_for(actor).filter(Q(state=CeremonyState.SEAL_FAILED) | waits).order_by("-created_at")


def get_ceremony(actor: Actor, ceremony_id: UUID) -> Ceremony:
    """:raises NotFound: when it does not exist for this actor."""
    found = ceremonies_for(actor).select_related("organisation", "party").filter(id=ceremony_id).first()
    if found is None:
        raise NotFound
    return found


def list_ceremonies(
    actor: Actor, *, state: str = "", text: str = "", document_id: UUID | None = None, key: str = "", size: int = 50
) -> CeremonySlice:
    """The newest first, narrowed by state and by words of the title or of a signer, paged by key."""
    found = ceremonies_for(actor).select_related("party")
    if state == "OPEN":
        found = found.filter(state__in=[CeremonyState.IN_PROGRESS, CeremonyState.SEALING, CeremonyState.SEAL_FAILED])
    elif state:
        found = found.filter(state=state)
    for word in text.replace("\x00", " ").split()[:8]:
        named = Signer.objects.filter(Q(name__icontains=word) | Q(email__icontains=word))
        found = found.filter(Q(title__icontains=word) | Q(signers__in=named)).distinct()
    if document_id:
        found = found.filter(papers__document_id=document_id)
    after = _read_key(key)
    if after:
        found = found.filter(Q(created_at__lt=after[0]) | Q(created_at=after[0], id__lt=after[1]))
    in_turn = Prefetch("signers", Signer.objects.order_by("step", "position"))
    rows = list(found.prefetch_related(in_turn).order_by("-created_at", "-id")[: size + 1])
    if len(rows) <= size:
        return CeremonySlice(rows, "")
    last = rows[size - 1]
    key = base64.urlsafe_b64encode(json.dumps([last.created_at.isoformat(), str(last.id)]).encode()).decode()
    return CeremonySlice(rows[:size], key)


def _read_key(key: str) -> tuple[datetime, UUID] | None:
    try:
        instant, identity = json.loads(base64.urlsafe_b64decode(key.encode()))
        return datetime.fromisoformat(instant), UUID(identity)
    except (ValueError, TypeError, AttributeError):
        return None


def count_by_state(actor: Actor) -> dict[str, int]:
    """How many ceremonies stand in each state, of those the actor sees."""
    counts: dict[str, int] = {}
    for state in ceremonies_for(actor).values_list("state", flat=True):
        counts[state] = counts.get(state, 0) + 1
    return counts


def awaited_signers(ceremony: Ceremony) -> list[Signer]:
    """Whom the ceremony waits for now."""
    return [signer for signer in ceremony.signers.all() if signer.state in OPEN_SIGNER_STATES]


def to_sign(actor: StaffActor) -> list[Signer]:
    """What awaits the member's own answer now, the nearest deadline first."""
    rows = Signer.objects.filter(
        member_id=actor.member_id, state__in=OPEN_SIGNER_STATES, ceremony__state=CeremonyState.IN_PROGRESS
    )
    return list(rows.select_related("ceremony").order_by("ceremony__expires_at", "id"))


def _joined() -> Prefetch[str, Any, str]:
    return Prefetch("asked_files", AskedFile.objects.order_by("position"))


def signers_of(ceremony: Ceremony) -> list[Signer]:
    """The people asked, in their order, with the evidence of those who have one."""
    return list(
        ceremony.signers.select_related("evidence", "key_agent").prefetch_related(_joined()).order_by("position")
    )


def public_evidence(number: str) -> PublicEvidence:
    """What the public page says of an evidence number.

    :raises NotFound: when no such record exists.
    """
    row = (
        EvidenceRecord.objects.select_related("signer", "signer__ceremony", "organisation")
        .filter(number=read_typed_number(number), signer__isnull=False)
        .first()
    )
    if row is None or row.signer is None:
        raise NotFound
    signer = row.signer
    return PublicEvidence(
        number=row.number,
        organisation=row.organisation.name,
        outcome=signer.state,
        answered_at=signer.answered_at,
        made_at=row.made_at,
        signer_initials="".join(part[0].upper() + "." for part in signer.name.split()[:3]),
        papers=tuple(
            (paper.title, paper.page_count, paper.current_sha256)
            for paper in signer.ceremony.papers.order_by("position")
        ),
        json_sha256=row.json_sha256,
        pdf_sha256=row.pdf_sha256,
        proved_until=row.proved_until,
        renewals=renewals_of(row),
    )


def renewals_of(proof: EvidenceRecord) -> tuple[tuple[datetime, str], ...]:
    """Each later timestamp over a proof, in turn: when it was made, by which authority."""
    found = RenewalBatch.objects.filter(renewals__evidence=proof).order_by("renewals__number")
    return tuple((batch.stamped_at, batch.authority) for batch in found if batch.stamped_at)


def evidence_for_file(sha256: str) -> list[str]:
    """The evidence numbers of a final file, or of a proof's own, known to this installation by its digest."""
    proof = EvidenceRecord.objects.filter(signer__isnull=False, pdf_sha256=sha256).first()
    if proof is not None:
        return [proof.number]
    papers = CeremonyDocument.objects.filter(current_sha256=sha256, ceremony__state=CeremonyState.COMPLETED)
    return list(
        Signer.objects.filter(ceremony__papers__in=papers)
        .order_by("position")
        .values_list("evidence_number", flat=True)
    )
