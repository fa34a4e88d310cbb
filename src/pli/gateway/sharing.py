"""Files behind links: one link a recipient, known here by its digest only, good until its day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import transaction

from pli.documents.api import StoredBytes, clean_file_name, existing_blob_path, keep_blob
from pli.gateway import events
from pli.gateway.errors import FilesGone
from pli.gateway.models import FileDownload, MailMessage, MailRecipient, SharedFile
from pli.gateway.plugs import Attachment
from pli.gateway.sealing import seal_link
from pli.journal.api import record
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.ids import digest_token, new_token


@dataclass(frozen=True)
class FilesPage:
    """What a recipient's link shows."""

    recipient: MailRecipient
    message: MailMessage
    files: tuple[SharedFile, ...]


def share_files(message: MailMessage, stored: Sequence[tuple[Attachment, StoredBytes]], *, until: datetime) -> None:
    """Keep these attachments behind the message's links. In the caller's transaction."""
    SharedFile.objects.bulk_create(
        SharedFile(
            message=message, part=one.part, file_name=clean_file_name(one.file_name), media_type=one.media_type[:100],
            blob=keep_blob(kept, one.media_type[:100]), expires_at=until,
        )
        for one, kept in stored
    )  # fmt: skip


def is_files_link(link: str) -> bool:
    """Whether ``make_files_link`` made it."""
    return "/f/" in link


def make_files_link(recipient: MailRecipient) -> None:
    """A link of the recipient's own, to leave with the message. In the caller's transaction."""
    token = new_token()
    link = f"{settings.PLI_BASE_URL}/f/{token}/"
    MailRecipient.objects.filter(id=recipient.id).update(
        files_sha256=digest_token(token), sealed_link=seal_link(recipient.id, link)
    )


def open_files(token: str, *, clock: Clock = SYSTEM_CLOCK) -> FilesPage:
    """The files of a link. Looking consumes nothing: mail scanners follow links.

    :raises FilesGone: when it is unknown, or past its day.
    """
    rows = MailRecipient.objects.select_related("message__organisation", "message__account__member__account")
    recipient = rows.filter(files_sha256=digest_token(token)).first()
    if recipient is None:
        raise FilesGone
    files = recipient.message.files.filter(expires_at__gt=clock.now()).select_related("blob").order_by("id")
    if not files:
        raise FilesGone
    return FilesPage(recipient, recipient.message, tuple(files))


def fetch_file(token: str, file_id: UUID, *, clock: Clock = SYSTEM_CLOCK) -> tuple[SharedFile, Path]:
    """One file, counted as fetched by the link's recipient, and where its bytes are.

    :raises FilesGone: as ``open_files``, or for another message's file; :raises BlobMissing: when its bytes are gone.
    """
    page = open_files(token, clock=clock)
    file = next((one for one in page.files if one.id == file_id), None)
    if file is None:
        raise FilesGone
    path = existing_blob_path(file.blob_id)
    with transaction.atomic():
        FileDownload.objects.create(file=file, recipient=page.recipient, at=clock.now())
        record(
            events.FILE_DOWNLOADED, organisation_id=page.message.organisation_id, subject=("mail", page.message.id),
            actor="system:gateway", clock=clock,
            data={"file_id": str(file.id), "recipient_id": str(page.recipient.id), "sha256": file.blob_id},
        )  # fmt: skip
    return file, path
