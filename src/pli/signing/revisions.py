"""A signature made becomes the paper's current version, once."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from pli.documents.api import StoredBytes, keep_blob
from pli.journal.api import record
from pli.kit.clock import Clock
from pli.signing import events
from pli.signing.models import Ceremony, CeremonyDocument, OwnSignature, SealedRevision, Signer
from pli.signing.own_key_models import OwnSignatureState
from pli.trust.api import SealedRevision as SealFacts
from pli.trust.api import UnableToSeal


def awaiting_integration(ceremony_id: UUID) -> QuerySet[OwnSignature]:
    """Signatures made on a workstation that are accepted and not in their file yet; nothing else may come before."""
    return OwnSignature.objects.filter(signer__ceremony_id=ceremony_id, state=OwnSignatureState.GIVEN)


@dataclass(frozen=True)
class NewRevision:
    """A paper's file with one signature more, by ``signer`` or, for None, by the organisation that locks it."""

    paper: CeremonyDocument
    signer: Signer | None
    stored: StoredBytes
    facts: SealFacts
    number: int
    is_last: bool


def keep_revision(ceremony: Ceremony, made: NewRevision, *, clock: Clock) -> None:
    """Put a revision into its paper, in one transaction: both, or nothing.

    :raises UnableToSeal: the paper is no longer at the version it was made from, or is kept for a signature made on a
        workstation; worth another try.
    """
    paper, signer, stored = made.paper, made.signer, made.stored
    with transaction.atomic():
        # Against a workstation's signature, which is accepted under the same lock and only for the current version.
        Ceremony.objects.select_for_update().get(id=ceremony.id)
        is_kept = awaiting_integration(ceremony.id).exclude(signer=signer).exists()
        moved = not is_kept and CeremonyDocument.objects.filter(
            id=paper.id, current_sha256=paper.current_sha256
        ).update(current_sha256=stored.sha256)
        if not moved:
            raise UnableToSeal(reason="une autre signature vient d’être ajoutée", permanent=False)
        keep_blob(stored, "application/pdf")
        SealedRevision.objects.create(
            paper=paper,
            signer=signer,
            number=made.number,
            before_sha256=paper.current_sha256,
            after_sha256=stored.sha256,
            is_last=made.is_last,
            facts=_facts_of(made.facts),
            sealed_at=clock.now(),
        )
        if signer is not None and signer.key_agent_id:
            awaiting_integration(ceremony.id).filter(signer=signer, paper=paper).update(
                state=OwnSignatureState.SIGNED, result_sha256=stored.sha256
            )
        Ceremony.objects.filter(id=ceremony.id).update(
            seal_attempts=0, seal_after=None, failure="", failure_code="", failure_told={}
        )
        record(
            events.REVISION_SEALED,
            organisation_id=ceremony.organisation_id,
            subject=("ceremony", ceremony.id),
            actor="system:seal",
            data={
                "signer_id": str(signer.id) if signer else None,
                "document_id": str(paper.document_id),
                "number": made.number,
                "before": paper.current_sha256,
                "after": stored.sha256,
                "level": made.facts.level,
                "is_last": made.is_last,
            },
            clock=clock,
        )


def _facts_of(facts: SealFacts) -> dict[str, str | int | None]:
    return {
        "level": facts.level,
        "field_name": facts.field_name,
        "message_digest": facts.message_digest,
        "signing_time": facts.signing_time.isoformat(),
        "timestamp_time": facts.timestamp_time.isoformat() if facts.timestamp_time else None,
        "certificate_fingerprint": facts.certificate_fingerprint,
        "timestamp_token": base64.b64encode(facts.timestamp_token).decode(),
        "algorithm": facts.algorithm,
        "signed_size": facts.signed_size,
        "size": facts.size,
    }
