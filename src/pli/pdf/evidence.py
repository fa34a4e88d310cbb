"""The data of an evidence record, and how it becomes a readable sheet.

:class:`EvidenceData` is the machine-readable record (schema ``pli.evidence/1``): the same dictionary is attached to the
PDF as JSON. :func:`evidence_sheet` turns it into what the template ``evidence_record`` shows: instants in Paris time
and UTC, digests in groups, a QR code, labels resolved. It changes no fact and drops none that a reader needs.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, TypedDict

from pli.kit.clock import PARIS
from pli.pdf.fonts import displayable

Instant = str
"""ISO 8601 in UTC, e.g. ``2026-11-21T19:15:03.120Z``."""


class MarkPosition(TypedDict):
    """Where the visible signature stands: points from the top left corner of the page as displayed; pages from 1."""

    page: int
    x: float
    y: float
    width: float
    height: float
    unit: str
    page_size: Sequence[float]
    kind: str
    image_sha256: str | None


class DocumentEvidence(TypedDict):
    """One signed document. Digests are SHA-256 in lower-case hexadecimal, ``None`` when that stage was not reached.

    ``signature`` holds the seal's facts: any of ``algorithm``, ``signing_time``, ``timestamp_time``,
    ``message_digest``, ``certificate_fingerprint``, ``revision``, ``locks_file``.
    """

    document_id: str
    title: str
    file_name: str
    pages: int
    sha256_original: str | None
    sha256_sent: str | None
    changes_before_signing: Sequence[str]
    sha256_shown: str | None
    sha256_after_this_signature: str | None
    sha256_final: str | None
    mark: MarkPosition | None
    signature: Mapping[str, Any] | None


class EvidenceData(TypedDict):
    """Everything a court may ask about one signer's answer (DOMAIN §2), about this signer and no other person.

    ``instants`` knows created, sent, invited, opened, verified, answered, expires, made. ``organisation``: name, siren,
    sender, sender_email. ``signer``: name, email, mobile, origin, position, ip, user_agent. ``messages``: template,
    channel, to, state, sent_at, provider, provider_id, server_reply, text_sha256. ``codes``: channel, sent_at,
    expires_at, used_at, voided_at (never the code). ``trace``: at, what, detail, ip, user_agent. ``certificates``:
    algorithm and a chain of subject, issuer, serial, not_after. ``journal``: name, at, position, chain_hash.
    """

    schema: str
    application: Mapping[str, str]
    evidence_number: str
    signature_id: str
    ceremony_id: str
    verify_url: str
    outcome: Literal["signed", "approved", "refused", "delegated", "closed"]
    ceremony_outcome: str
    legal_level: str
    pades_level: str
    policy: Mapping[str, str]
    instants: Mapping[str, Instant | None]
    organisation: Mapping[str, str]
    signer: Mapping[str, Any]
    other_signers: Sequence[Mapping[str, Any]]
    documents: Sequence[DocumentEvidence]
    consent: Mapping[str, Any] | None
    refusal: Mapping[str, Any] | None
    messages: Sequence[Mapping[str, Any]]
    codes: Sequence[Mapping[str, Any]]
    trace: Sequence[Mapping[str, Any]]
    own_key: Mapping[str, Any] | None
    certificates: Mapping[str, Any]
    journal: Sequence[Mapping[str, Any]]


_MOST_ROWS = 200
_ACTS = {
    "fr": {
        "link_sent": "Lien envoyé", "link_opened": "Lien ouvert", "code_sent": "Code envoyé",
        "code_accepted": "Code vérifié", "code_wrong": "Code faux", "code_late": "Code périmé ou déjà utilisé",
        "code_blocked": "Essai refusé : trop de codes faux", "page_shown": "Page affichée",
        "downloaded": "Fichier téléchargé", "signed": "Signature apposée", "refused": "Signature refusée",
        "closed": "Demande close", "approved": "Accord donné", "delegated": "Autre personne désignée",
        "in_person": "Ouvert sur un appareil de l’expéditeur", "phone_offered": "Suite proposée sur un téléphone",
        "phone_took_over": "Suite sur un téléphone", "file_joined": "Pièce jointe",
        "key_asked": "Envoyé au poste de la clé personnelle",
    },
    "en": {
        "link_sent": "Link sent", "link_opened": "Link opened", "code_sent": "Code sent",
        "code_accepted": "Code accepted", "code_wrong": "Wrong code", "code_late": "Late or used code",
        "code_blocked": "Try refused: too many wrong codes", "page_shown": "Page shown",
        "downloaded": "File downloaded", "signed": "Signed", "refused": "Refused", "closed": "Request closed",
        "approved": "Approved", "delegated": "Somebody else named", "in_person": "Opened on a device of the sender’s",
        "phone_offered": "Offered to a phone", "phone_took_over": "Taken over by a phone",
        "file_joined": "Paper joined",
        "key_asked": "Given to the workstation of the own key",
    },
}  # fmt: skip
_ORIGINS = {
    "fr": {"contact": "Carnet d’adresses", "party": "Fiche du tiers", "typed": "Saisies par l’expéditeur",
           "corrected": "Corrigées par l’expéditeur", "member": "Compte d’un membre de l’équipe",
           "delegated": "Désigné par la personne d’abord demandée"},
    "en": {"contact": "Address book", "party": "The party’s record", "typed": "Typed by the sender",
           "corrected": "Corrected by the sender", "member": "Account of a member of the team",
           "delegated": "Named by the person asked first"},
}  # fmt: skip
# What a reader of the sheet needs of a trace; identifiers stay in the attached data.
_TOLD = ("version", "page", "what", "channel", "wrong_tries", "to")


def evidence_sheet(record: EvidenceData | Mapping[str, Any], *, language: str = "fr") -> dict[str, Any]:
    """What the template ``evidence_record`` needs to show ``record``: pass it to :func:`pli.pdf.api.typeset`.

    The pictures go to ``typeset(images=…)``: :func:`evidence_images` makes them.
    """
    parts = record.items()
    shown: dict[str, Any] = {key: _clipped(value) for key, value in parts if key not in ("certificates", "own_key")}
    instants = record.get("instants") or {}
    shown["language"] = "en" if language.startswith("en") else "fr"
    shown["signer"] = _clipped(record.get("signer") or {}, 200)
    origin = str(shown["signer"].get("origin") or "").partition(":")[0]
    shown["signer"]["origin"] = _ORIGINS[shown["language"]].get(origin, origin)
    shown["at"] = {name: both_times(value) for name, value in instants.items()}
    shown["documents"] = [_document(paper) for paper in record.get("documents") or ()]
    shown["chronology"] = [
        {
            **_clipped(row),
            "what": _ACTS[shown["language"]].get(str(row.get("what")), str(row.get("what"))),
            "detail": _spelled(row.get("detail")),
            "at": both_times(row.get("at")),
        }
        for row in _first(record.get("trace"))
    ]
    shown["messages"] = [
        {
            **_clipped(row),
            "at": both_times(row.get("sent_at") or row.get("created_at")),
            "digest": row.get("text_sha256"),
        }
        for row in _first(record.get("messages"))
    ]
    shown["codes"] = [
        {
            "channel": row.get("channel"),
            **{name: both_times(row.get(f"{name}_at")) for name in ("sent", "expires", "used", "voided")},
        }
        for row in _first(record.get("codes"))
    ]
    shown["journal"] = [
        {"name": row.get("name"), "at": both_times(row.get("at")), "position": row.get("position"),
         "chain": grouped(row.get("chain_hash"))}
        for row in _first(record.get("journal"))
    ]  # fmt: skip
    shown["certificates"] = _certificates(record.get("certificates") or {})
    shown["own_key"] = _own_key(record.get("own_key") or {}, is_required=_is_required(record.get("rules")))
    shown["hidden_rows"] = max(0, len(record.get("trace") or ()) - _MOST_ROWS)
    policy = record.get("policy") or {}
    shown["policy"] = {"version": policy.get("version", ""), "digest": grouped(policy.get("sha256"))}
    shown.pop("trace", None)
    return shown


def evidence_images(record: EvidenceData | Mapping[str, Any], *, mark_image: bytes | None = None) -> dict[str, bytes]:
    """The pictures of a record: the QR code of its verification address, and the mark as drawn.

    :param mark_image: what :func:`pli.pdf.api.clean_signature_image` returned; ``None`` for a typed mark or a refusal.
    """
    images = {}
    address = str(record.get("verify_url") or record.get("evidence_number") or "")[:1000]
    if address:
        import segno

        written = io.BytesIO()
        segno.make(address, error="m", micro=False).save(written, kind="svg", border=0, dark="#1c2230", xmldecl=False)
        images["qr"] = written.getvalue()
    if mark_image:
        images["mark"] = mark_image
    return images


def both_times(instant: Instant | datetime | None) -> dict[str, str] | None:
    """An instant as the two clocks show it: ``day`` and ``time`` in Paris, ``utc`` in full. ``None`` stays ``None``."""
    if not instant:
        return None
    moment = instant if isinstance(instant, datetime) else datetime.fromisoformat(instant.replace("Z", "+00:00"))
    local = moment.astimezone(PARIS)
    return {
        "day": local.strftime("%d/%m/%Y"),
        "time": local.strftime("%H:%M:%S"),
        "utc": moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC"),
    }


def grouped(digest: Any) -> str:
    """A digest in groups of eight characters, so that two people can compare it aloud; empty for none."""
    text = str(digest or "")
    return " ".join(text[start : start + 8] for start in range(0, len(text), 8))


def _document(paper: Mapping[str, Any]) -> dict[str, Any]:
    stages = ("original", "sent", "shown", "after_this_signature", "final")
    mark = paper.get("mark")
    facts = paper.get("signature") or {}
    return {
        "title": displayable(str(paper.get("title") or ""), most=300),
        "file_name": displayable(str(paper.get("file_name") or ""), most=200),
        "pages": paper.get("pages"),
        "changes": [str(change) for change in paper.get("changes_before_signing") or ()],
        "digests": [[stage, grouped(paper.get(f"sha256_{stage}"))] for stage in stages if paper.get(f"sha256_{stage}")],
        "mark": dict(mark) if mark else None,
        "facts": {
            "algorithm": facts.get("algorithm"),
            "signed": both_times(facts.get("signing_time")),
            "timestamped": both_times(facts.get("timestamp_time")),
            "message_digest": grouped(facts.get("message_digest")),
            "fingerprint": grouped(facts.get("certificate_fingerprint")),
            "locks_file": bool(facts.get("locks_file")),
        },
    }


def _is_required(rules: object) -> bool:
    return isinstance(rules, Mapping) and rules.get("own_key_required") is True


def _own_key(told: Mapping[str, Any], *, is_required: bool) -> dict[str, Any] | None:
    """Whose own key signed, on which workstation; None for the organisation's seal."""
    if not told:
        return None
    at = [
        row.get("signed_at_workstation_at") for row in told.get("signed") or () if row.get("signed_at_workstation_at")
    ]
    return {
        "name": displayable(str(told.get("name") or ""), most=200),
        "workstation": displayable(str(told.get("workstation") or ""), most=200),
        "at": both_times(max(at, default=None)),
        "is_required": is_required,
        **_certificates(told),
    }


def _certificates(told: Mapping[str, Any]) -> dict[str, Any]:
    chain = [
        {name: str(item.get(name) or "")[:300] for name in ("subject", "issuer", "serial", "not_after")}
        for item in (told.get("chain") or ())[:10]
    ]
    return {"algorithm": str(told.get("algorithm") or ""), "chain": chain}


def _spelled(detail: Any) -> str:
    """A trace's detail in one line, whatever its shape."""
    if isinstance(detail, Mapping):
        return ", ".join(str(detail[name]) for name in _TOLD if name in detail)[:200]
    return str(detail or "")[:200]


def _first(rows: Sequence[Mapping[str, Any]] | None) -> Sequence[Mapping[str, Any]]:
    return (rows or ())[:_MOST_ROWS]


def _clipped(value: Any, most: int = 600) -> Any:
    if isinstance(value, str):
        return value if len(value) <= most else value[: most - 1] + "…"
    if isinstance(value, Mapping):
        return {str(key): _clipped(item, most) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_clipped(item, most) for item in value[:_MOST_ROWS]]
    return value
