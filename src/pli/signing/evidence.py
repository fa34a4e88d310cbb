"""The evidence record of one signer: everything DOMAIN §2 lists, about this signer and no other person."""

from __future__ import annotations

import base64
import json
import tempfile
from datetime import datetime
from pathlib import Path

from django.db import transaction

from pli.documents.api import (
    RenditionRole,
    StoredBytes,
    add_rendition,
    existing_blob_path,
    keep_blob,
    store_bytes,
    store_file,
)
from pli.journal.api import record
from pli.kit.clock import Clock, in_years, paris_day
from pli.pdf.api import Attachment, evidence_images, evidence_sheet, typeset
from pli.signing import events
from pli.signing.evidence_facts import evidence_data
from pli.signing.models import Ceremony, EvidenceRecord, SealedRevision, Signer
from pli.signing.record_sealing import seal_record
from pli.trust.api import holds_until

KEPT_YEARS = 10


def make_evidence(signer: Signer, *, clock: Clock) -> EvidenceRecord:
    """Make, seal and keep a signer's record, once; what exists already is returned as it is.

    :raises PlugError: when the timestamp service is down; the caller tries again later.
    """
    already = EvidenceRecord.objects.filter(signer=signer).first()
    if already:
        return already
    ceremony = Ceremony.objects.select_related("organisation").get(id=signer.ceremony_id)
    data = evidence_data(ceremony, signer, clock=clock)
    text = json.dumps(data, ensure_ascii=False, indent=2, sort_keys=True).encode()
    with tempfile.TemporaryDirectory(prefix="pli-evidence-") as folder:
        plain, sealed = Path(folder) / "plain.pdf", Path(folder) / "sealed.pdf"
        attachment = Attachment(
            name=f"{signer.evidence_number}.json",
            data=text,
            media_type="application/json",
            description="Pli evidence record",
            relationship="data",
        )
        image = existing_blob_path(signer.mark_sha256).read_bytes() if signer.mark_sha256 else None
        plain.write_bytes(
            typeset(
                "evidence_record",
                evidence_sheet(data, language=signer.language),
                attachments=[attachment],
                images=evidence_images(data, mark_image=image),
                standard="a-3b",
                made_at=clock.now(),
            )
        )
        revision = seal_record(
            ceremony.organisation, plain, sealed, reason=f"Fichier de preuve {signer.evidence_number}",
            clock=clock, level=ceremony.level,
        )  # fmt: skip
        pdf = store_file(sealed)
    return _keep(ceremony, signer, store_bytes([text]), pdf, _proved_until(ceremony, revision.timestamp_token), clock)


def _proved_until(ceremony: Ceremony, token: bytes) -> datetime:
    """When the first of the timestamps ends that a proof and its signed files rest on."""
    stamped = SealedRevision.objects.filter(paper__ceremony=ceremony).values_list("facts__timestamp_token", flat=True)
    tokens = [token, *(base64.b64decode(one) for one in stamped if one)]
    return min(holds_until(one) for one in tokens)


@transaction.atomic
def _keep(
    ceremony: Ceremony, signer: Signer, text: StoredBytes, pdf: StoredBytes, proved_until: datetime, clock: Clock
) -> EvidenceRecord:
    keep_blob(text, "application/json")
    keep_blob(pdf, "application/pdf")
    made, is_new = EvidenceRecord.objects.get_or_create(
        signer=signer,
        defaults={
            "organisation_id": ceremony.organisation_id,
            "number": signer.evidence_number,
            "json_sha256": text.sha256,
            "pdf_sha256": pdf.sha256,
            "made_at": clock.now(),
            "keep_until": in_years(paris_day(clock.now()), KEPT_YEARS),
            "proved_until": proved_until,
        },
    )
    if not is_new:
        return made
    for paper in ceremony.papers.filter(is_annex=False):
        for role, stored, ending, media in (
            (RenditionRole.EVIDENCE, pdf, "pdf", "application/pdf"),
            (RenditionRole.EVIDENCE_DATA, text, "json", "application/json"),
        ):
            add_rendition(
                paper.document_id,
                role=role,
                stored=stored,
                file_name=f"preuve {signer.evidence_number}.{ending}",
                made_by=f"ceremony:{ceremony.id}",
                media_type=media,
                clock=clock,
            )
    record(
        events.EVIDENCE_MADE,
        organisation_id=ceremony.organisation_id,
        subject=("ceremony", ceremony.id),
        actor="system:seal",
        data={
            "signer_id": str(signer.id),
            "number": signer.evidence_number,
            "json_sha256": text.sha256,
            "pdf_sha256": pdf.sha256,
        },
        clock=clock,
    )
    return made
