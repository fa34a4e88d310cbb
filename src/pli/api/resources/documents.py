"""Documents: found, read, indexed, moved, downloaded."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from ninja import Query, Router, Schema
from pydantic import Field, StringConstraints

from pli.api.resources.files import send_blob
from pli.api.schema import After, Limit, Line, Page, Strict, read_instant_key
from pli.api.security import ApiRequest, needs
from pli.delivery.api import deliveries_of
from pli.documents.api import (
    Document,
    DocumentFilter,
    Rendition,
    RenditionRole,
    Right,
    best_rendition,
    existing_blob_path,
    get_for,
    move_document,
    original_rendition,
    page_texts,
    renditions_for,
    search_documents,
    set_facts,
)
from pli.kit.errors import NotFound
from pli.pdf.api import MAX_WIDTH_PX, render_cached

router = Router(tags=["documents"])
FILE = {"responses": {200: {"description": "The file", "content": {"application/octet-stream": {}}}}}


class PartyRef(Schema):
    id: UUID
    kind: str
    code: str
    name: str


class FindingOut(Schema):
    code: str
    page: int | None = None
    detail: str = ""
    is_blocking: bool = Field(default=False, description="the file can't be signed as it is")


class DocumentOut(Schema):
    id: UUID
    title: str
    kind: str = Field(alias="kind.slug", description="slug of its kind")
    folder_id: UUID
    party: PartyRef | None
    facts: dict[str, str]
    page_count: int
    is_published: bool = Field(description="shown in the party's portal")
    is_read: bool = Field(description="its text is known and searched")
    findings: list[FindingOut] = Field(description="what the inspection said of the file")
    replaces_id: UUID | None
    created_by: str
    created_at: datetime


class DocumentQuery(Schema):
    q: Line = Field("", description="words of title, facts, party and pages")
    kind: Line = Field("", description="slug of a kind")
    party_id: UUID | None = None
    folder_id: UUID | None = None
    since: date | None = Field(None, description="filed on this day or later")
    until: date | None = Field(None, description="filed on this day or before")
    after: After = ""
    limit: Limit = 50


class FactsIn(Strict):
    facts: dict[
        Annotated[str, StringConstraints(max_length=80)], Annotated[str, StringConstraints(max_length=1000)] | None
    ] = Field(description="name → value as text; null removes it")


class MoveIn(Strict):
    folder_id: UUID


class RenditionOut(Schema):
    id: UUID
    role: Literal["ORIGINAL", "PROCESSED", "ATTACHED", "PREPARED", "SIGNED", "EVIDENCE", "EVIDENCE_DATA"]
    file_name: str
    media_type: str = Field(alias="blob.media_type")
    size: int = Field(alias="blob.size", description="bytes")
    sha256: str = Field(alias="blob_id")
    made_by: str
    created_at: datetime


class RenditionList(Schema):
    items: list[RenditionOut]


class TextOut(Schema):
    is_read: bool
    pages: list[str]


class DeliveryOut(Schema):
    id: UUID
    carrier: str
    state: Literal["HANDED", "DELIVERED", "FAILED"]
    recipient_name: str
    recipient_address: str
    problem: str
    created_at: datetime
    ended_at: datetime | None


class DeliveryList(Schema):
    items: list[DeliveryOut]


@router.get("/documents", response=Page[DocumentOut], summary="List or search documents", **needs("documents:read"))
def list_all(request: ApiRequest, wanted: Query[DocumentQuery]) -> Any:
    """The newest first, among those this token's member may read."""
    wish = DocumentFilter(
        text=wanted.q,
        kind=wanted.kind,
        party_id=wanted.party_id,
        folder_id=wanted.folder_id,
        since=wanted.since,
        until=wanted.until,
    )
    found = search_documents(request.auth.actor, wish, key=read_instant_key(wanted.after), size=wanted.limit)
    return {"items": found.items, "next": found.next_key or None}


@router.get("/documents/{document_id}", response=DocumentOut, summary="Read a document", **needs("documents:read"))
def read(request: ApiRequest, document_id: UUID) -> Any:
    """One document. Its bytes are its renditions."""
    return get_for(request.auth.actor, document_id)


@router.patch(
    "/documents/{document_id}/facts", response=DocumentOut, summary="Change facts", **needs("documents:write")
)
def change_facts(request: ApiRequest, document_id: UUID, body: FactsIn) -> Any:
    """Only the facts given change; null removes one. They must suit the document's kind."""
    with transaction.atomic():
        document = get_for(request.auth.actor, document_id, Right.WRITE)
        locked = Document.objects.select_for_update(of=("self",)).get(id=document.id)
        merged = {name: value for name, value in {**locked.facts, **body.facts}.items() if value is not None}
        return set_facts(request.auth.actor, document_id, merged)


@router.post(
    "/documents/{document_id}/move", response=DocumentOut, summary="Move a document", **needs("documents:write")
)
def move(request: ApiRequest, document_id: UUID, body: MoveIn) -> Any:
    """Into another folder; the member must be allowed to write in both."""
    return move_document(request.auth.actor, document_id, body.folder_id)


@router.get(
    "/documents/{document_id}/renditions", response=RenditionList, summary="List renditions", **needs("documents:read")
)
def renditions(request: ApiRequest, document_id: UUID) -> Any:
    """All the sets of bytes of a document, oldest first: ORIGINAL as it came, PREPARED for signing, SIGNED, EVIDENCE
    (sealed PDF) and EVIDENCE_DATA (JSON)."""
    return {"items": renditions_for(request.auth.actor, document_id)}


@router.get(
    "/documents/{document_id}/renditions/{rendition_id}/content",
    summary="Download a rendition",
    **needs("documents:read", **FILE),
)
def download_rendition(request: ApiRequest, document_id: UUID, rendition_id: UUID) -> HttpResponseBase:
    """The exact bytes, as a file to save; `Repr-Digest` carries their SHA-256."""
    found = next((row for row in renditions_for(request.auth.actor, document_id) if row.id == rendition_id), None)
    if found is None:
        raise NotFound
    return _send(found)


@router.get("/documents/{document_id}/content", summary="Download a document", **needs("documents:read", **FILE))
def download(
    request: ApiRequest, document_id: UUID, role: Literal["BEST", "ORIGINAL", "SIGNED"] = "BEST"
) -> HttpResponseBase:
    """The signed file where there is one, else the original; or the one asked for with `role`."""
    document = get_for(request.auth.actor, document_id)
    best = best_rendition(document.id)
    if role == "ORIGINAL":
        best = original_rendition(document.id)
    elif role == "SIGNED" and best.role != RenditionRole.SIGNED:
        raise NotFound
    return _send(best)


@router.get("/documents/{document_id}/text", response=TextOut, summary="Text of the pages", **needs("documents:read"))
def texts(request: ApiRequest, document_id: UUID) -> Any:
    """The text of each page of the original; `is_read` false while it is still being read."""
    document = get_for(request.auth.actor, document_id)
    return {"is_read": document.is_read, "pages": page_texts(document.id)}


@router.get(
    "/documents/{document_id}/pages/{number}",
    summary="Image of a page",
    **needs("documents:read", responses={200: {"description": "The page", "content": {"image/jpeg": {}}}}),
)
def page_image(
    request: ApiRequest,
    document_id: UUID,
    number: int,
    width: Annotated[int, Field(ge=50, le=MAX_WIDTH_PX)] = 800,
) -> HttpResponse:
    """Page `number` (from 1) of the signed file where there is one, else of the original, as a JPEG."""
    document = get_for(request.auth.actor, document_id)
    if not 1 <= number <= max(document.page_count, 1):
        raise NotFound
    sha256 = best_rendition(document.id).blob_id
    cache = Path(settings.PLI_HOME) / "cache" / "pages"
    image = render_cached(cache, sha256, existing_blob_path(sha256), number, width)
    return HttpResponse(image.read_bytes(), content_type="image/jpeg")


@router.get(
    "/documents/{document_id}/deliveries",
    response=DeliveryList,
    summary="Deliveries of a document",
    tags=["deliveries"],
    **needs("documents:read"),
)
def deliveries(request: ApiRequest, document_id: UUID) -> Any:
    """To whom the document was sent, by which carrier, and what became of it; newest first."""
    document = get_for(request.auth.actor, document_id)
    return {"items": deliveries_of(request.auth.actor, document.id)}


def _send(rendition: Rendition) -> HttpResponseBase:
    return send_blob(rendition.blob_id, file_name=rendition.file_name, media_type=rendition.blob.media_type)
