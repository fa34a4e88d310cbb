"""The evidence record of one signer: everything DOMAIN §2 lists, about this signer and no other person."""

from __future__ import annotations

import base64
import json
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings
from django.db import transaction

from pli import __version__
from pli.documents.api import (
    RenditionRole,
    StoredBytes,
    add_rendition,
    existing_blob_path,
    keep_blob,
    store_bytes,
    store_file,
)
from pli.journal.api import events_about, record
from pli.kit.clock import Clock, paris_day
from pli.notifications.api import messages_about
from pli.pdf.api import Attachment, evidence_images, evidence_sheet, typeset
from pli.signing import events
from pli.signing.keys import revocations, seal_of, timestamps_of
from pli.signing.models import Ceremony, EvidenceRecord, SealedRevision, Signer
from pli.signing.states import CeremonyState, SignerState
from pli.trust.api import SealRequest, seal_revision

SCHEMA = "pli.evidence/1"
KEPT_YEARS = 10
_OUTCOMES: dict[str, str] = {SignerState.SIGNED: "signed", SignerState.REFUSED: "refused"}


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
        seal_revision(plain, sealed, _seal_of_record(ceremony, signer, clock))
        pdf = store_file(sealed)
    return _keep(ceremony, signer, store_bytes([text]), pdf, clock)


def _seal_of_record(ceremony: Ceremony, signer: Signer, clock: Clock) -> SealRequest:
    level = "B-T" if ceremony.level == "B-B" else ceremony.level
    return SealRequest(
        identity=seal_of(ceremony.organisation),
        timestamps=timestamps_of(ceremony.organisation),
        level=level,  # type: ignore[arg-type]
        field_name="Pli_evidence",
        signed_at=clock.now(),
        signer_name=ceremony.organisation.name,
        reason=f"Fichier de preuve {signer.evidence_number}",
        certify=True,
        lock=True,
        revocation=revocations(),
    )


@transaction.atomic
def _keep(ceremony: Ceremony, signer: Signer, text: StoredBytes, pdf: StoredBytes, clock: Clock) -> EvidenceRecord:
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
            "keep_until": _in_years(paris_day(clock.now()), KEPT_YEARS),
        },
    )
    if not is_new:
        return made
    for paper in ceremony.papers.all():
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


def _in_years(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return day.replace(year=day.year + years, day=28)


def evidence_data(ceremony: Ceremony, signer: Signer, *, clock: Clock) -> dict[str, Any]:
    """The machine-readable record. Instants are ISO 8601 in UTC; other signers appear by evidence number only."""
    organisation = ceremony.organisation
    return {
        "schema": SCHEMA,
        "application": {"name": "Pli", "version": __version__},
        "evidence_number": signer.evidence_number,
        "signature_id": str(signer.id),
        "ceremony_id": str(ceremony.id),
        "verify_url": f"{settings.PLI_BASE_URL}/verify/{signer.evidence_number}",
        "outcome": _OUTCOMES.get(signer.state, "closed"),
        "ceremony_outcome": CeremonyState(ceremony.state).name.lower(),
        "legal_level": "simple electronic signature, Regulation (EU) 910/2014, articles 3(10) and 25",
        "pades_level": ceremony.level,
        "policy": {"version": "2026-1", "sha256": ceremony.policy_digest},
        "instants": {
            "created": _iso(ceremony.created_at),
            "sent": _iso(ceremony.sent_at),
            "invited": _iso(signer.invited_at),
            "opened": _iso(signer.opened_at),
            "verified": _iso(signer.verified_at),
            "answered": _iso(signer.answered_at),
            "expires": _iso(ceremony.expires_at),
            "made": _iso(clock.now()),
        },
        "organisation": {
            "name": organisation.name,
            "siren": organisation.siren,
            "sender": ceremony.sender_name,
            "sender_email": ceremony.sender_email,
        },
        "signer": {
            "name": signer.name,
            "email": signer.email,
            "mobile": signer.mobile,
            "origin": signer.origin,
            "position": signer.position,
            "ip": signer.ip,
            "user_agent": signer.user_agent,
        },
        "other_signers": [
            {"position": other.position, "evidence_number": other.evidence_number, "outcome": other.state.lower()}
            for other in ceremony.signers.exclude(id=signer.id).order_by("position")
        ],
        "documents": [_paper_data(ceremony, signer, paper) for paper in ceremony.papers.order_by("position")],
        "consent": _consent_data(signer),
        "refusal": {"reason": signer.refusal_reason} if signer.state == SignerState.REFUSED else None,
        "messages": _messages_data(signer),
        "codes": _codes_data(signer),
        "trace": [
            {"at": _iso(row.at), "what": row.what, "detail": row.detail, "ip": row.ip, "user_agent": row.user_agent}
            for row in signer.traces.order_by("at", "id")
        ],
        "certificates": _certificates_data(ceremony),
        "journal": _journal_data(ceremony, signer),
    }


def _paper_data(ceremony: Ceremony, signer: Signer, paper: Any) -> dict[str, Any]:
    revision = SealedRevision.objects.filter(paper=paper, signer=signer).first()
    spot = signer.placements.filter(paper=paper).first()
    is_complete = ceremony.state in (CeremonyState.SEALING, CeremonyState.COMPLETED)
    return {
        "document_id": str(paper.document_id),
        "title": paper.title,
        "file_name": paper.file_name,
        "pages": paper.page_count,
        "sha256_original": paper.original_sha256,
        "sha256_sent": paper.source_sha256,
        "changes_before_signing": paper.changes,
        "sha256_shown": signer.shown.get(str(paper.id)),
        "sha256_after_this_signature": revision.after_sha256 if revision else None,
        "sha256_final": paper.current_sha256 if is_complete else None,
        "mark": {
            "page": spot.page,
            "x": spot.x,
            "y": spot.y,
            "width": spot.width,
            "height": spot.height,
            "unit": "pt from the top left corner of the page as displayed",
            "page_size": paper.page_sizes[spot.page - 1],
            "kind": signer.mark_kind,
            "image_sha256": signer.mark_sha256 or None,
        }
        if spot
        else None,
        "signature": {**revision.facts, "revision": revision.number, "locks_file": revision.is_last}
        if revision
        else None,
    }


def _consent_data(signer: Signer) -> dict[str, Any] | None:
    if not signer.consent_text:
        return None
    return {
        "text": signer.consent_text,
        "version": signer.consent_version,
        "language": signer.language,
        "at": _iso(signer.answered_at),
    }


def _messages_data(signer: Signer) -> list[dict[str, Any]]:
    """Every invitation, reminder and code: when, by which way, with which digest and answer; never its secret."""
    return [
        {
            "id": str(message.id),
            "template": message.template,
            "channel": message.channel,
            "to": message.to_masked,
            "state": message.state,
            "created_at": _iso(message.created_at),
            "sent_at": _iso(message.sent_at),
            "provider": message.provider,
            "provider_id": message.provider_id,
            "server_reply": message.server_reply,
            "text_sha256": message.text_sha256,
        }
        for message in messages_about(("signer", signer.id))
    ]


def _codes_data(signer: Signer) -> list[dict[str, Any]]:
    return [
        {
            "channel": code.channel,
            "sent_at": _iso(code.sent_at),
            "expires_at": _iso(code.expires_at),
            "used_at": _iso(code.used_at),
            "voided_at": _iso(code.voided_at),
            "bound_to_papers": code.papers_digest,
        }
        for code in signer.codes.order_by("sent_at")
    ]


def _certificates_data(ceremony: Ceremony) -> dict[str, Any]:
    identity = seal_of(ceremony.organisation)
    chain = [identity.certificate, *identity.chain]
    return {
        "algorithm": identity.algorithm,
        "chain": [
            {
                "subject": certificate.subject.rfc4514_string(),
                "issuer": certificate.issuer.rfc4514_string(),
                "serial": str(certificate.serial_number),
                "not_after": certificate.not_valid_after_utc.isoformat(),
                "der": base64.b64encode(certificate.public_bytes(Encoding.DER)).decode(),
            }
            for certificate in chain
        ],
    }


def _journal_data(ceremony: Ceremony, signer: Signer) -> list[dict[str, Any]]:
    """The journal's entries about the ceremony and this signer, with their place in the chain where they have one."""
    mine = str(signer.id)
    return [
        {
            "id": str(event.id),
            "name": event.name,
            "at": _iso(event.occurred_at),
            "actor": event.actor,
            "data": event.data,
            "personal_digest": event.personal_digest,
            "position": event.position,
            "chain_hash": event.chain_hash or None,
        }
        for event in events_about(("ceremony", ceremony.id))
        if event.data.get("signer_id") in (None, mine)
    ]


def _iso(instant: Any) -> str | None:
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z") if instant else None
