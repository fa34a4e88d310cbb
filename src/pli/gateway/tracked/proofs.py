"""Proofs of a tracked sending: what is known of it, about this recipient and no other, sealed by the organisation."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from pli import __version__
from pli.documents.api import StoredBytes, keep_blob, store_bytes, store_file
from pli.gateway import events
from pli.gateway.composing import readable_size
from pli.gateway.models import MailMessage, MailRecipient
from pli.gateway.queueing import prove_later
from pli.gateway.seams import LastingProof, proof_keeper, record_sealer
from pli.gateway.tracked.consent import not_registered
from pli.gateway.tracked.models import TrackedProof, TrackedSending
from pli.gateway.tracked.states import PROVEN, TrackedState
from pli.journal.api import events_about, record
from pli.kit.clock import SYSTEM_CLOCK, Clock, in_years, paris_day
from pli.pdf.api import Attachment, tracked_sheet, typeset

SCHEMA = "pli.tracked/1"
KEPT_YEARS = 10


def make_proof(sending_id: UUID, kind: str, *, clock: Clock = SYSTEM_CLOCK) -> TrackedProof | None:
    """Make, seal and keep the proof of where a sending stands, once for each place; None when it stands there no more.

    :raises PlugError: when the timestamp service is down; the caller tries again later.
    """
    sending = TrackedSending.objects.select_related("recipient__message__organisation").get(id=sending_id)
    already = sending.proofs.filter(kind=kind).first()
    if already is not None or not _has_been(sending, kind):
        return already
    organisation = sending.recipient.message.organisation
    data = proof_data(sending, kind, clock=clock)
    text = json.dumps(data, ensure_ascii=False, indent=2, sort_keys=True).encode()
    with tempfile.TemporaryDirectory(prefix="pli-tracked-") as folder:
        plain, sealed = Path(folder) / "plain.pdf", Path(folder) / "sealed.pdf"
        attachment = Attachment(
            name=f"{sending.number}.json", data=text, media_type="application/json", description="Pli tracked sending"
        )
        sheet = tracked_sheet(data, language=organisation.language)
        plain.write_bytes(
            typeset("tracked_record", sheet, attachments=[attachment], standard="a-3b", made_at=clock.now())
        )
        token = record_sealer()(organisation, plain, sealed, f"Preuve {sending.number}", clock)
        pdf = store_file(sealed)
    return _keep(sending, kind, store_bytes([text]), pdf, token, clock)


def _has_been(sending: TrackedSending, kind: str) -> bool:
    return sending.acts.filter(what=kind.lower()).exists()


@transaction.atomic
def _keep(
    sending: TrackedSending, kind: str, text: StoredBytes, pdf: StoredBytes, token: bytes, clock: Clock
) -> TrackedProof:
    keep_blob(text, "application/json")
    keep_blob(pdf, "application/pdf")
    made, is_new = TrackedProof.objects.get_or_create(
        sending=sending, kind=kind,
        defaults={
            "json_sha256": text.sha256, "pdf_sha256": pdf.sha256, "made_at": clock.now(),
            "keep_until": in_years(paris_day(clock.now()), KEPT_YEARS),
        },
    )  # fmt: skip
    if is_new:
        keep_proving(made, token)
        record(
            events.TRACKED_PROVEN, organisation_id=sending.organisation_id,
            subject=("mail", sending.recipient.message_id), actor="system:seal", clock=clock,
            data={
                "sending_id": str(sending.id), "number": sending.number, "kind": kind, "json_sha256": text.sha256,
                "pdf_sha256": pdf.sha256,
            },
        )  # fmt: skip
    return made


def keep_proving(proof: TrackedProof, token: bytes = b"") -> None:
    """Hand a proof over to whoever renews timestamps, once. In the caller's transaction."""
    message = proof.sending.recipient.message
    files = message.files.order_by("id").values_list("blob_id", flat=True)
    proof_keeper()(
        LastingProof(
            organisation_id=proof.sending.organisation_id,
            label=proof.label,
            message_id=message.id,
            pdf_sha256=proof.pdf_sha256,
            json_sha256=proof.json_sha256,
            covers=(message.blob_id, *files),
            made_at=proof.made_at,
            keep_until=proof.keep_until,
            token=token,
        )
    )
    TrackedProof.objects.filter(id=proof.id).update(is_kept_proving=True)


def keep_earlier_proving(*, most: int = 200) -> int:
    """Hand over the proofs that were made before timestamps were renewed; how many."""
    earlier = TrackedProof.objects.filter(is_kept_proving=False).select_related("sending__recipient__message")
    count = 0
    for proof in earlier[:most]:
        with transaction.atomic():
            keep_proving(proof)
        count += 1
    return count


def ask_missing_proofs() -> int:
    """Ask again for proofs that a lost job left out; how many."""
    count = 0
    for state in PROVEN:
        lacking = TrackedSending.objects.filter(state=state).exclude(proofs__kind=state)
        for sending_id in lacking.values_list("id", flat=True)[:100]:
            prove_later(sending_id, state)
            count += 1
    return count


def proof_data(sending: TrackedSending, kind: str, *, clock: Clock) -> dict[str, Any]:
    """The machine-readable statement. Instants are ISO 8601 in UTC; no other recipient appears."""
    row, message = sending.recipient, sending.recipient.message
    organisation = message.organisation
    owner = message.account.member.account if message.account else None
    return {
        "schema": SCHEMA,
        "application": {"name": "Pli", "version": __version__},
        "number": sending.number,
        "kind": TrackedState(kind).name.lower(),
        "not_registered_mail": not_registered(organisation.language),
        "verify_url": f"{settings.PLI_BASE_URL}/verify/{sending.number}",
        "organisation": {"name": organisation.name, "siren": organisation.siren},
        "sender": {"name": owner.name if owner else "", "email": message.sender},
        "recipient": {"name": row.name, "email": row.address},
        "instants": {
            "accepted": _iso(message.received_at), "prepared": _iso(sending.prepared_at),
            "deposited": _iso(sending.deposited_at), "last_day": _iso(sending.expires_at),
            "closed": _iso(sending.answered_at), "made": _iso(clock.now()),
        },
        "content": _content_data(message),
        "transport": {"provider": row.provider, "tries": row.tries, "server_reply": row.server_reply},
        "reason": sending.reason,
        "consent": sending.consent or None,
        "trace": [
            {"at": _iso(act.at), "what": act.what, "detail": act.detail, "ip": act.ip, "user_agent": act.user_agent}
            for act in sending.acts.order_by("at", "id")
        ],
        "journal": _journal_data(message, row, sending),
    }  # fmt: skip


def _content_data(message: MailMessage) -> dict[str, Any]:
    return {
        "subject": message.subject,
        "message_id": message.message_id,
        "size": message.blob.size,
        "sha256": message.blob_id,
        "files": [
            {
                "file_name": file.file_name, "size": file.blob.size, "readable_size": readable_size(file.blob.size),
                "sha256": file.blob_id,
            }
            for file in message.files.select_related("blob").order_by("id")
        ],
    }  # fmt: skip


def _journal_data(message: MailMessage, row: MailRecipient, sending: TrackedSending) -> list[dict[str, Any]]:
    """The journal's entries about the message and this recipient, with their place in the chain where they have one."""
    mine, number = {None, str(row.id)}, sending.number
    return [
        {
            "id": str(event.id), "name": event.name, "at": _iso(event.occurred_at), "actor": event.actor,
            "data": event.data, "personal_digest": event.personal_digest, "position": event.position,
            "chain_hash": event.chain_hash or None,
        }
        for event in events_about(("mail", message.id))
        if event.data.get("recipient_id") in mine
        and event.data.get("sending_id") in (None, str(sending.id))
        and str(event.data.get("number", number)).startswith(number)
    ]  # fmt: skip


def _iso(instant: Any) -> str | None:
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z") if instant else None
