"""Reading documents: lists, search, renditions, pages' text. Always through what the actor may see."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

from django.contrib.postgres.search import SearchQuery
from django.db.models import Q, QuerySet

from pli.documents.access import documents_for, get_for
from pli.documents.blobs import existing_blob_path
from pli.documents.models import Document, DocumentKind, Rendition, RenditionRole
from pli.kit.errors import NotFound
from pli.parties.api import Actor


@dataclass(frozen=True)
class DocumentFilter:
    """What a list of documents is narrowed by; all of it stands in the page's address."""

    text: str = ""
    kind: str = ""
    party_id: UUID | None = None
    folder_id: UUID | None = None
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class Slice:
    """One page of a list and the key of the next, empty at the end."""

    items: list[Document]
    next_key: str


def documents_found(actor: Actor, wanted: DocumentFilter) -> QuerySet[Document]:
    """All that match, in no order: for a caller that takes them away in batches."""
    return _narrow(documents_for(actor), wanted).select_related("kind", "party", "folder")


def search_documents(actor: Actor, wanted: DocumentFilter, *, key: str = "", size: int = 50) -> Slice:
    """The newest documents first, paged by key: page 1,000 costs what page 1 does."""
    found = documents_found(actor, wanted)
    after = _read_key(key)
    if after:
        found = found.filter(Q(created_at__lt=after[0]) | Q(created_at=after[0], id__lt=after[1]))
    rows = list(found.order_by("-created_at", "-id")[: size + 1])
    has_more = len(rows) > size
    rows = rows[:size]
    return Slice(rows, _write_key(rows[-1]) if has_more else "")


def _narrow(found: QuerySet[Document], wanted: DocumentFilter) -> QuerySet[Document]:
    if wanted.kind:
        found = found.filter(kind__slug=wanted.kind)
    if wanted.party_id:
        found = found.filter(party_id=wanted.party_id)
    if wanted.folder_id:
        found = found.filter(folder_id=wanted.folder_id)
    if wanted.since:
        found = found.filter(created_at__date__gte=wanted.since)
    if wanted.until:
        found = found.filter(created_at__date__lte=wanted.until)
    text = wanted.text.replace("\x00", " ").strip()
    if text:
        found = found.filter(search=SearchQuery(text, config="pli_french", search_type="websearch"))
    return found


def _write_key(row: Document) -> str:
    return base64.urlsafe_b64encode(json.dumps([row.created_at.isoformat(), str(row.id)]).encode()).decode()


def _read_key(key: str) -> tuple[datetime, UUID] | None:
    """A hostile or outdated key is simply the first page."""
    try:
        instant, identity = json.loads(base64.urlsafe_b64decode(key.encode()))
        return datetime.fromisoformat(instant), UUID(identity)
    except (ValueError, TypeError, AttributeError):
        return None


def kinds_of(organisation_id: UUID) -> list[DocumentKind]:
    """The kinds an organisation uses, by French name."""
    return list(DocumentKind.objects.filter(organisation_id=organisation_id, is_active=True).order_by("name_fr"))


def renditions_for(actor: Actor, document_id: UUID) -> list[Rendition]:
    """All the bytes of a document this actor sees, oldest first.

    :raises NotFound: when the actor does not see the document.
    """
    document = get_for(actor, document_id)
    return list(document.renditions.select_related("blob").order_by("created_at", "id"))


def best_rendition(document_id: UUID) -> Rendition:
    """The bytes to show as the document today: signed where it was, else as processing made it, else as it came."""
    rows = Rendition.objects.filter(document_id=document_id, role__in=_SHOWN).select_related("blob")
    found = sorted(rows, key=lambda row: (-_SHOWN.index(RenditionRole(row.role)), row.created_at, row.id))
    if not found:
        raise NotFound
    return found[-1]


_SHOWN = (RenditionRole.SIGNED, RenditionRole.PROCESSED, RenditionRole.ORIGINAL)


def signed_among(document_ids: Iterable[UUID]) -> set[UUID]:
    """Which of these documents have a signed file, in one question."""
    signed = Rendition.objects.filter(document_id__in=list(document_ids), role=RenditionRole.SIGNED)
    return set(signed.values_list("document_id", flat=True))


def original_rendition(document_id: UUID) -> Rendition:
    """The bytes as they came."""
    return Rendition.objects.select_related("blob").get(document_id=document_id, role=RenditionRole.ORIGINAL)


def rendition_path(rendition: Rendition) -> Path:
    """Where a rendition's bytes stand on this machine."""
    return existing_blob_path(rendition.blob_id)


def page_texts(document_id: UUID) -> list[str]:
    """The text of each page of the original, in order; empty until it was read."""
    document = Document.objects.get(id=document_id)
    return list(document.pages.order_by("number").values_list("text", flat=True))
