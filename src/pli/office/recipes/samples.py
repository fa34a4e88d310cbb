"""Samples of the editors: dropped, or chosen among the documents; their pages as pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_POST

from pli.capture.api import BlobUpload, BlobUploadHandler
from pli.documents.api import DocumentFilter, search_documents
from pli.kit.errors import NotFound, PliError
from pli.office.access import StaffRequest, read_uuid, staff_required
from pli.office.errors import Explained, explain
from pli.parties.api import Role, StaffActor
from pli.processing.api import (
    LARGEST_SAMPLE,
    PICTURE_WIDTH,
    Sample,
    keep_sample,
    kept_picture,
    open_sample,
    sample_of_document,
    sample_page,
)

EDITORS = (Role.ADMIN, Role.MANAGER)
FOUND = 8


@dataclass(frozen=True)
class Shown:
    """A sample as the editors show it; or why it can't be."""

    sample: Sample | None = None
    error: Explained | None = None


def shown_sample(actor: StaffActor, ticket: str) -> Shown:
    """The sample of a ticket, if it still is one."""
    if not ticket:
        return Shown()
    try:
        return Shown(open_sample(actor, ticket))
    except PliError as refusal:
        return Shown(error=explain(refusal))


@csrf_exempt  # The handlers must be set before anything reads the body; upload_checked then checks the token.
@require_POST
def upload(request: HttpRequest) -> Any:
    """Take a sample."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    request.upload_handlers = [BlobUploadHandler(request, limit=LARGEST_SAMPLE)]
    return upload_checked(request)


@csrf_protect
@staff_required(*EDITORS)
def upload_checked(request: StaffRequest) -> HttpResponse:
    """The sample's panel, with the page to draw on; or why the file can't serve."""
    role = "other" if request.POST.get("role") == "other" else "sample"
    try:
        shown = Shown(_take(request))
    except PliError as refusal:
        if refusal.status in (403, 404):
            raise
        shown = Shown(error=explain(refusal))
    context = {"sample": shown, "owner": request.POST.get("owner", "recipe")[:20], "role": role}
    template = "other_sample" if role == "other" else "sample"
    response = render(request, f"office/recipes/{template}.html", context)
    if shown.sample is not None:
        response["HX-Trigger-After-Settle"] = "pli:sample"
    return response


def _take(request: StaffRequest) -> Sample:
    document_id = read_uuid(request.POST.get("document"))
    if document_id is not None:
        return sample_of_document(request.actor, document_id)
    file = next(iter(request.FILES.getlist("file")), None)
    if not isinstance(file, BlobUpload):
        raise NotFound
    return keep_sample(request.actor, file.keep())


@require_GET
@staff_required(*EDITORS)
def documents(request: StaffRequest) -> HttpResponse:
    """Documents to choose a sample among."""
    text = request.GET.get("q", "").strip()[:100]
    found = search_documents(request.actor, DocumentFilter(text=text)).items[:FOUND]
    return render(request, "office/recipes/documents.html", {"documents": found, "text": text})


@require_GET
@staff_required(*EDITORS)
def page(request: StaffRequest, ticket: str, number: int) -> HttpResponseBase:
    """One page of a sample, as a picture."""
    width = request.GET.get("w", "")
    path = sample_page(request.actor, ticket, number, int(width) if width.isdigit() else 800)
    return _picture(FileResponse(path.open("rb"), content_type="image/jpeg"))


@require_GET
@staff_required(*EDITORS)
def made(request: StaffRequest, ticket: str) -> HttpResponseBase:
    """The first page of the first document, as the recipe makes it."""
    path = kept_picture(request.actor, ticket, PICTURE_WIDTH)
    return _picture(FileResponse(path.open("rb"), content_type="image/jpeg"))


def _picture(response: FileResponse) -> FileResponse:
    patch_cache_control(response, private=True, max_age=3600)
    return response
