"""Taking documents into the archive, and re-reading what is there."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Max, Q

from pli.archive import events
from pli.archive.errors import UnableToArchive
from pli.archive.models import Filing
from pli.documents.api import Blob, Document, Rendition, is_blob_intact
from pli.journal.api import record
from pli.kit.clock import SYSTEM_CLOCK, Clock, paris_day

REHASH_EVERY = timedelta(days=30)


@transaction.atomic
def archive_document(document_id: UUID, *, clock: Clock = SYSTEM_CLOCK) -> Filing:
    """Check every rendition's bytes, number the deposit and fix until when it is kept. Safe to repeat.

    Kept to the end of the year in which the kind's retention ends (commercial code L123-22 counts from year's end).

    :raises UnableToArchive: when stored bytes do not have their digest.
    """
    document = Document.objects.select_related("kind").select_for_update(of=("self",)).get(id=document_id)
    already = Filing.objects.filter(document=document).first()
    if already:
        return already
    digests = _checked_digests(document)
    today = paris_day(clock.now())
    filing = Filing.objects.create(
        organisation_id=document.organisation_id,
        document=document,
        number=_next_number(document.organisation_id),
        digests=digests,
        filed_at=clock.now(),
        keep_until=date(today.year + document.kind.retention_years, 12, 31),
    )
    record(
        events.DOCUMENT_ARCHIVED,
        organisation_id=document.organisation_id,
        subject=("filing", filing.id),
        actor="system:archive",
        data={
            "document_id": str(document.id),
            "number": filing.number,
            "digests": digests,
            "keep_until": filing.keep_until.isoformat(),
        },
        clock=clock,
    )
    return filing


def _checked_digests(document: Document) -> dict[str, list[str]]:
    digests: dict[str, list[str]] = {}
    for rendition in Rendition.objects.filter(document=document).order_by("created_at", "id"):
        if not is_blob_intact(rendition.blob_id):
            raise UnableToArchive(sha256=rendition.blob_id)
        digests.setdefault(rendition.role, []).append(rendition.blob_id)
    return digests


def _next_number(organisation_id: UUID) -> int:
    """The next deposit number, without gaps: one writer at a time until its transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 3))", [f"filing:{organisation_id}"])
    last = Filing.objects.filter(organisation_id=organisation_id).aggregate(last=Max("number"))["last"]
    return (last or 0) + 1


def rehash_blobs(*, limit: int = 500, clock: Clock = SYSTEM_CLOCK) -> list[str]:
    """Re-read the blobs not checked for a month, oldest first; each damaged one becomes an event for every
    organisation that keeps it. Returns the damaged digests."""
    now = clock.now()
    due = Blob.objects.filter(
        Q(checked_at=None, stored_at__lt=now - REHASH_EVERY) | Q(checked_at__lt=now - REHASH_EVERY)
    ).order_by("checked_at")[:limit]
    damaged = []
    for blob in due:
        if not is_blob_intact(blob.sha256):
            damaged.append(blob.sha256)
            _tell_damaged(blob, clock)
        Blob.objects.filter(sha256=blob.sha256).update(checked_at=now)
    return damaged


@transaction.atomic
def _tell_damaged(blob: Blob, clock: Clock) -> None:
    for document in Document.objects.filter(renditions__blob=blob).distinct():
        record(
            events.BLOB_FOUND_DAMAGED,
            organisation_id=document.organisation_id,
            subject=("document", document.id),
            actor="system:rehash",
            data={"sha256": blob.sha256},
            clock=clock,
        )


def filing_of(document_id: UUID) -> Filing | None:
    """The deposit of a document the caller has already been let see."""
    return Filing.objects.filter(document_id=document_id).first()
