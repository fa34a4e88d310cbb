"""The recipient's page: what waits is received or declined by a deliberate act; looking changes nothing.

The link says who, the device says where it was received: what was received is shown on that device. On another one it
is received again, which is kept too. Mail scanners follow links, and receive nothing by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.db import transaction

from pli.documents.api import existing_blob_path
from pli.gateway import events
from pli.gateway.errors import TrackedGone, TrackedOver, TrackedUnread
from pli.gateway.letters import opened
from pli.gateway.mime.text import reading_text
from pli.gateway.models import FileDownload, MailMessage, SharedFile
from pli.gateway.telling import tell_tracked
from pli.gateway.tracked.acts import NOBODY, Reader, move, note_act
from pli.gateway.tracked.consent import CONSENT_VERSION, consent_text
from pli.gateway.tracked.models import TrackedProof, TrackedSending
from pli.gateway.tracked.sending import deposit
from pli.gateway.tracked.states import TrackedState
from pli.journal.api import record
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.ids import digest_token, new_token, same_secret

MOST_DEVICES = 20
_LONGEST_REASON = 400


def tracked_cookie(token: str) -> str:
    """The name of the cookie that keeps the device of a link: one a link."""
    return f"pli_tracked_{digest_token(token)[:16]}"


@dataclass(frozen=True)
class TrackedPage:
    """What a recipient's link shows. ``text`` and ``files`` only once received, and on a device it was received on."""

    sending: TrackedSending
    message: MailMessage
    is_received_here: bool
    is_readable: bool
    is_late: bool
    text: str = ""
    files: tuple[SharedFile, ...] = ()
    proofs: tuple[TrackedProof, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether it awaits an answer."""
        return self.sending.state in (TrackedState.PREPARED, TrackedState.DEPOSITED) and not self.is_late

    @property
    def is_to_open_here(self) -> bool:
        """Whether it was received elsewhere and may be read here too."""
        return self.sending.state == TrackedState.RECEIVED and self.is_readable and not self.is_received_here


def open_tracked(token: str, device: str = "", *, clock: Clock = SYSTEM_CLOCK) -> TrackedPage:
    """The page of a link. Looking consumes nothing.

    :raises TrackedGone: when the link is unknown, replaced, or its message was withdrawn.
    """
    sending = _find(token)
    message = sending.recipient.message
    readable = clock.now() <= sending.readable_until
    here = _is_known(sending, device)
    late = _is_late(sending, clock)
    proofs = tuple(sending.proofs.order_by("made_at")) if here else ()
    if not (here and readable and sending.state == TrackedState.RECEIVED):
        return TrackedPage(sending, message, here, readable, late, proofs=proofs)
    files = tuple(message.files.select_related("blob").order_by("id"))
    text = ""
    with opened(existing_blob_path(message.blob_id)) as content:
        text = reading_text(content.content, content.root)
    return TrackedPage(sending, message, here, readable, late, text, files, proofs)


@transaction.atomic
def receive_tracked(token: str, *, reader: Reader = NOBODY, language: str = "fr", clock: Clock = SYSTEM_CLOCK) -> str:
    """« Recevoir cet envoi »: the device's token, shown this once. Again from elsewhere: read there too.

    :raises TrackedGone: as ``open_tracked``; :raises TrackedOver: when it was declined or its last day has passed.
    """
    sending = _locked(token, clock)
    now = clock.now()
    device = new_token()
    if sending.state == TrackedState.DEPOSITED:
        consent = {"text": consent_text(language), "version": CONSENT_VERSION, "language": language}
        detail = {"email": sending.recipient.address}
        move(sending, "receive", detail, reader=reader, clock=clock, answered_at=now, consent=consent)
        tell_tracked(sending, clock=clock)
    elif sending.state == TrackedState.RECEIVED and now <= sending.readable_until:
        note_act(sending, "read_again", {"email": sending.recipient.address}, reader=reader, clock=clock)
    else:
        raise TrackedOver(state=TrackedState(sending.state).label)
    known = [*sending.devices, digest_token(device)][-MOST_DEVICES:]
    TrackedSending.objects.filter(id=sending.id).update(devices=known)
    return device


@transaction.atomic
def decline_tracked(token: str, reason: str, *, reader: Reader = NOBODY, clock: Clock = SYSTEM_CLOCK) -> None:
    """« Refuser cet envoi », with or without a reason: its content is never shown.

    :raises TrackedGone, TrackedOver: as ``receive_tracked``.
    """
    sending = _locked(token, clock)
    said = " ".join(reason.replace("\x00", " ").split())[:_LONGEST_REASON]
    if sending.state != TrackedState.DEPOSITED:
        raise TrackedOver(state=TrackedState(sending.state).label)
    detail = {"email": sending.recipient.address, "reason": said}
    move(sending, "decline", detail, reader=reader, clock=clock, answered_at=clock.now(), reason=said)
    tell_tracked(sending, clock=clock)


def fetch_tracked_file(
    token: str, device: str, file_id: UUID, *, reader: Reader = NOBODY, clock: Clock = SYSTEM_CLOCK
) -> tuple[SharedFile, Path]:
    """One file of what was received, and where its bytes are; when and whence it was fetched is kept.

    :raises TrackedGone: as ``open_tracked``, or for another message's file; :raises TrackedUnread: on a device it was
        not received on.
    """
    page = _received(token, device, clock)
    file = next((one for one in page.files if one.id == file_id), None)
    if file is None:
        raise TrackedGone
    path = existing_blob_path(file.blob_id)
    detail = {"file_name": file.file_name, "sha256": file.blob_id, "email": page.sending.recipient.address}
    with transaction.atomic():
        FileDownload.objects.create(file=file, recipient=page.sending.recipient, at=clock.now())
        note_act(page.sending, "downloaded", detail, reader=reader, clock=clock)
        record(
            events.FILE_DOWNLOADED, organisation_id=page.message.organisation_id, subject=("mail", page.message.id),
            actor="system:gateway", clock=clock,
            data={"file_id": str(file.id), "recipient_id": str(page.sending.recipient_id), "sha256": file.blob_id},
        )  # fmt: skip
    return file, path


def fetch_tracked_message(
    token: str, device: str, *, reader: Reader = NOBODY, clock: Clock = SYSTEM_CLOCK
) -> tuple[MailMessage, Path]:
    """The message as its sender wrote it, whole.

    :raises TrackedGone, TrackedUnread: as ``fetch_tracked_file``.
    """
    page = _received(token, device, clock)
    path = existing_blob_path(page.message.blob_id)
    detail = {"file_name": "message.eml", "sha256": page.message.blob_id, "email": page.sending.recipient.address}
    note_act(page.sending, "downloaded", detail, reader=reader, clock=clock)
    return page.message, path


def fetch_own_proof(token: str, device: str, proof_id: UUID, *, clock: Clock = SYSTEM_CLOCK) -> TrackedProof:
    """A proof about the link's recipient.

    :raises TrackedGone: when there is none, or on a device it was not received on.
    """
    for proof in open_tracked(token, device, clock=clock).proofs:
        if proof.id == proof_id:
            return proof
    raise TrackedGone


def _received(token: str, device: str, clock: Clock) -> TrackedPage:
    page = open_tracked(token, device, clock=clock)
    if not page.is_readable:
        raise TrackedGone
    if page.sending.state != TrackedState.RECEIVED or not page.is_received_here:
        raise TrackedUnread
    return page


def _is_known(sending: TrackedSending, device: str) -> bool:
    mine = digest_token(device) if device else ""
    return any(same_secret(one, mine) for one in sending.devices)


def _find(token: str) -> TrackedSending:
    rows = TrackedSending.objects.select_related(
        "recipient__message__organisation", "recipient__message__account__member__account"
    )
    found = rows.filter(link_sha256=digest_token(token)).exclude(state=TrackedState.WITHDRAWN).first()
    if found is None:
        raise TrackedGone
    return found


def _is_late(sending: TrackedSending, clock: Clock) -> bool:
    return sending.state == TrackedState.DEPOSITED and clock.now() > (sending.expires_at or clock.now())


def _locked(token: str, clock: Clock) -> TrackedSending:
    """The sending, locked; whoever holds the link was delivered the notice, even before its server's answer is noted.

    :raises TrackedOver: when its last day has passed, even before the sweep has noticed.
    """
    TrackedSending.objects.select_for_update().get(id=_find(token).id)
    sending = _find(token)
    if sending.state == TrackedState.PREPARED:
        deposit(sending, {"inferred": "its recipient opened the link"}, clock=clock)
    if _is_late(sending, clock):
        raise TrackedOver(state=TrackedState.UNCLAIMED.label)
    return sending
