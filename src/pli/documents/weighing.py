"""What an organisation keeps, in bytes."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Sum

from pli.documents.models import Blob, Rendition, RenditionRole

# What signing made: the proof of an agreement is never what fills the space.
SIGNED_ROLES = (RenditionRole.PREPARED, RenditionRole.SIGNED, RenditionRole.EVIDENCE, RenditionRole.EVIDENCE_DATA)


def measure_storage(organisation_id: UUID) -> int:
    """The bytes of its documents, each blob once however often it is kept; signed files and proofs left out."""
    kept = Rendition.objects.filter(document__organisation_id=organisation_id).exclude(role__in=SIGNED_ROLES)
    total = Blob.objects.filter(sha256__in=kept.values("blob_id")).aggregate(total=Sum("size"))["total"]
    return int(total or 0)
