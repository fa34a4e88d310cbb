"""The portal: what is new first, everything else by kind and year."""

from __future__ import annotations

from uuid import UUID

from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from pli.documents.api import (
    DocumentFilter,
    RenditionRole,
    best_rendition,
    existing_blob_path,
    get_for,
    page_image,
    renditions_for,
    search_documents,
    signed_among,
)
from pli.kit.errors import NotFound
from pli.parties.api import Organisation
from pli.portal.access import PortalRequest, portal_required
from pli.portal.company import company_of
from pli.portal.places import places_of

# A client sees their document and its proof; how it was prepared and the raw data of proofs stay with the company.
SHOWN_ROLES = (RenditionRole.ORIGINAL, RenditionRole.PROCESSED, RenditionRole.ATTACHED, RenditionRole.SIGNED)


@never_cache
@require_GET
@portal_required
def home(request: PortalRequest) -> HttpResponse:
    """My documents, the newest first, found by word."""
    text = request.GET.get("q", "")[:200]
    part = search_documents(request.actor, DocumentFilter(text=text), key=request.GET.get("after", ""))
    query = request.GET.copy()
    query["after"] = part.next_key
    signed = signed_among(row.id for row in part.items)
    context = {
        "rows": [{"document": row, "is_signed": row.id in signed} for row in part.items],
        "text": text,
        "next_url": f"{request.path}?{query.urlencode()}" if part.next_key else "",
    }
    return render(request, "portal/home/list.html", context | _company(request))


def _company(request: PortalRequest) -> dict[str, object]:
    organisation = Organisation.objects.get(id=request.actor.organisation_id)
    return {"company": company_of(organisation), "portal_places": places_of(request, "home")}


@never_cache
@require_GET
@portal_required
def detail(request: PortalRequest, document_id: UUID) -> HttpResponse:
    """One document: look at it, take it away."""
    document = get_for(request.actor, document_id)
    shown = best_rendition(document.id)
    sheets = [
        {"number": n, "width": 595, "height": 842, "src": f"page/{n}?w=800&v={shown.blob_id[:12]}"}
        for n in range(1, document.page_count + 1)
    ]
    context = {"document": document, "sheets": sheets, "files": _files(request, document.id), "shown": shown}
    return render(request, "portal/home/detail.html", context | _company(request))


def _files(request: PortalRequest, document_id: UUID) -> list[object]:
    return [row for row in renditions_for(request.actor, document_id) if row.role in SHOWN_ROLES]


@require_GET
@portal_required
def page(request: PortalRequest, document_id: UUID, number: int) -> HttpResponseBase:
    """A page as an image."""
    document = get_for(request.actor, document_id)
    try:
        asked = int(request.GET.get("w", "800"))
    except ValueError:
        asked = 800
    response = FileResponse(page_image(best_rendition(document.id).blob_id, number, asked).open("rb"))
    response["Content-Type"] = "image/jpeg"
    patch_cache_control(response, private=True, max_age=86_400)
    return response


@never_cache
@require_GET
@portal_required
def file(request: PortalRequest, document_id: UUID, rendition_id: UUID) -> HttpResponseBase:
    """One of the document's files, as a download that can never act as a page."""
    for row in renditions_for(request.actor, document_id):
        if row.id == rendition_id and row.role in SHOWN_ROLES:
            response = FileResponse(
                existing_blob_path(row.blob_id).open("rb"),
                as_attachment=True,
                filename=row.file_name,
                content_type=row.blob.media_type,
            )
            response["Content-Security-Policy"] = "sandbox; default-src 'none'"
            return response
    raise NotFound
