"""The demonstration's oldest proof, as if its timestamps were about to end: a later one covers it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from pli.kit.clock import SYSTEM_CLOCK
from pli.signing.api import EvidenceRecord, renew_evidence


def renew_oldest_proof(organisation_id: UUID) -> None:
    """Date it again, once; nothing while there is none."""
    proof = EvidenceRecord.objects.filter(organisation_id=organisation_id).order_by("made_at", "id").first()
    if proof is None or proof.renewals.exists():
        return
    EvidenceRecord.objects.filter(id=proof.id).update(proved_until=SYSTEM_CLOCK.now() + timedelta(days=30))
    renew_evidence()
