"""The facts of an evidence record: everything DOMAIN §2 lists, about one signer and no other person."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from pli import __version__
from pli.journal.api import events_about
from pli.kit.clock import Clock
from pli.notifications.api import messages_about
from pli.signing.consent import policy_version
from pli.signing.evidence_keys import certificates_data, iso_instant, own_key_data
from pli.signing.models import Ceremony, SealedRevision, Signer
from pli.signing.roles import FieldKind, SignerRole
from pli.signing.states import CeremonyState, SignerState

SCHEMA = "pli.evidence/1"
_OUTCOMES: dict[str, str] = {
    SignerState.SIGNED: "signed",
    SignerState.REFUSED: "refused",
    SignerState.DELEGATED: "delegated",
}


_SIMPLE_LEVEL = "simple electronic signature, Regulation (EU) 910/2014, articles 3(10) and 25"
_OWN_LEVEL = (
    "electronic signature made with the signer's own certificate, Regulation (EU) 910/2014, articles 3(10) and 25; "
    "whether it is advanced or qualified is for that certificate and its device to say"
)


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
        "outcome": _outcome_of(signer),
        "ceremony_outcome": CeremonyState(ceremony.state).name.lower(),
        "legal_level": _OWN_LEVEL if signer.key_agent_id else _SIMPLE_LEVEL,
        "pades_level": ceremony.level,
        "policy": {"version": policy_version(ceremony.policy_digest), "sha256": ceremony.policy_digest},
        "instants": {
            "created": iso_instant(ceremony.created_at),
            "sent": iso_instant(ceremony.sent_at),
            "invited": iso_instant(signer.invited_at),
            "opened": iso_instant(signer.opened_at),
            "verified": iso_instant(signer.verified_at),
            "answered": iso_instant(signer.answered_at),
            "expires": iso_instant(ceremony.expires_at),
            "made": iso_instant(clock.now()),
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
            "role": signer.role.lower(),
            "position": signer.position,
            "step": signer.step,
            "ip": signer.ip,
            "user_agent": signer.user_agent,
        },
        "other_signers": [
            {
                "position": other.position,
                "step": other.step,
                "role": other.role.lower(),
                "evidence_number": other.evidence_number,
                "outcome": other.state.lower(),
            }
            for other in ceremony.signers.exclude(id=signer.id).order_by("position")
        ],
        "rules": {
            "on_refusal": ceremony.on_refusal.lower(),
            "may_delegate": ceremony.may_delegate,
            "own_key_required": signer.needs_own_key,
        },
        "documents": [_paper_data(ceremony, signer, paper) for paper in ceremony.papers.order_by("position")],
        "fields": _fields_data(signer),
        "joined_files": _joined_data(signer),
        "consent": _consent_data(signer),
        "refusal": {"reason": signer.refusal_reason} if signer.state == SignerState.REFUSED else None,
        "delegation": _delegation_data(ceremony, signer),
        "messages": _messages_data(signer),
        "codes": _codes_data(signer),
        "trace": [
            {
                "at": iso_instant(row.at),
                "what": row.what,
                "detail": row.detail,
                "ip": row.ip,
                "user_agent": row.user_agent,
            }
            for row in signer.traces.order_by("at", "id")
        ],
        "own_key": own_key_data(signer),
        "certificates": certificates_data(ceremony),
        "journal": _journal_data(ceremony, signer),
    }


def _paper_data(ceremony: Ceremony, signer: Signer, paper: Any) -> dict[str, Any]:
    revision = SealedRevision.objects.filter(paper=paper, signer=signer).first()
    spot = signer.placements.filter(paper=paper).first()
    is_preset = signer.fields.filter(paper=paper, kind=FieldKind.MARK).exists()
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
        "is_annex": paper.is_annex,
        "mark": {
            "page": spot.page,
            "x": spot.x,
            "y": spot.y,
            "width": spot.width,
            "height": spot.height,
            "unit": "pt from the top left corner of the page as displayed",
            "page_size": paper.page_sizes[spot.page - 1],
            "kind": signer.mark_kind,
            "chosen_by": "sender" if is_preset else "signer",
            "image_sha256": signer.mark_sha256 or None,
        }
        if spot
        else None,
        "signature": {**revision.facts, "revision": revision.number, "locks_file": revision.is_last}
        if revision
        else None,
    }


def _fields_data(signer: Signer) -> list[dict[str, Any]]:
    """What was filled in, and where it stands; in points from the top left corner of the page as displayed."""
    rows = signer.fields.exclude(kind=FieldKind.MARK).select_related("paper").order_by("position")
    return [
        {
            "kind": one.kind.lower(),
            "label": one.label or one.expected,
            "value": one.value,
            "document_id": str(one.paper.document_id) if one.paper else None,
            "page": one.page,
            "box": [one.x, one.y, one.width, one.height] if one.paper else None,
        }
        for one in rows
    ]


def _joined_data(signer: Signer) -> list[dict[str, Any]]:
    return [
        {
            "label": one.label,
            "file_name": one.file_name,
            "media_type": one.media_type,
            "size": one.size,
            "sha256": one.sha256 or None,
            "given_at": iso_instant(one.given_at),
        }
        for one in signer.asked_files.order_by("position")
    ]


def _outcome_of(signer: Signer) -> str:
    if signer.role == SignerRole.APPROVER and signer.state == SignerState.SIGNED:
        return "approved"
    return _OUTCOMES.get(signer.state, "closed")


def _delegation_data(ceremony: Ceremony, signer: Signer) -> dict[str, Any] | None:
    """Who stands for whom, by evidence numbers: neither learns the other's address from a proof."""
    if signer.origin.startswith("delegated:"):
        return {"from": signer.origin.partition(":")[2]}
    if signer.state != SignerState.DELEGATED:
        return None
    other = ceremony.signers.filter(origin=f"delegated:{signer.evidence_number}").first()
    return {"to": other.evidence_number if other else None, "reason": signer.refusal_reason}


def _consent_data(signer: Signer) -> dict[str, Any] | None:
    if not signer.consent_text:
        return None
    return {
        "text": signer.consent_text,
        "version": signer.consent_version,
        "language": signer.language,
        "at": iso_instant(signer.answered_at),
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
            "created_at": iso_instant(message.created_at),
            "sent_at": iso_instant(message.sent_at),
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
            "sent_at": iso_instant(code.sent_at),
            "expires_at": iso_instant(code.expires_at),
            "used_at": iso_instant(code.used_at),
            "voided_at": iso_instant(code.voided_at),
            "bound_to_papers": code.papers_digest,
        }
        for code in signer.codes.order_by("sent_at")
    ]


def _journal_data(ceremony: Ceremony, signer: Signer) -> list[dict[str, Any]]:
    """The journal's entries about the ceremony and this signer, with their place in the chain where they have one."""
    mine = str(signer.id)
    return [
        {
            "id": str(event.id),
            "name": event.name,
            "at": iso_instant(event.occurred_at),
            "actor": event.actor,
            "data": event.data,
            "personal_digest": event.personal_digest,
            "position": event.position,
            "chain_hash": event.chain_hash or None,
        }
        for event in events_about(("ceremony", ceremony.id))
        if event.data.get("signer_id") in (None, mine)
    ]
