"""« Réglages › Recettes › Fichiers »: letterheads, back pages, general terms, stamps."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from pli.capture.api import BlobUpload, BlobUploadHandler
from pli.documents.api import StoredBytes, blob_path, existing_blob_path, page_image
from pli.kit.errors import PliError
from pli.office.access import StaffRequest, staff_required
from pli.office.errors import Explained, explain
from pli.office.recipes.uses import users_of_file
from pli.office.recipes.views import EDITORS
from pli.pdf.api import clean_logo, inspect_pdf
from pli.processing.api import ResourceRefused, add_resource, get_resource, resources_for, switch_resource

LARGEST = 30 * 1024 * 1024
SIGNS = ((b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"))


@never_cache
@csrf_exempt  # The handlers must be set before anything reads the body; shown_checked then checks the token.
@require_http_methods(["GET", "POST"])
def show(request: HttpRequest) -> Any:
    """The files; one more when it is posted."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    if request.method == "POST":
        request.upload_handlers = [BlobUploadHandler(request, limit=LARGEST)]
    return shown_checked(request)


@csrf_protect
@staff_required(*EDITORS)
def shown_checked(request: StaffRequest) -> HttpResponse:
    """The list, and what is wrong with a file that can't serve."""
    error: Explained | None = None
    if request.method == "POST":
        try:
            kept = _add(request)
        except PliError as refusal:
            error = replace(
                explain(refusal), kept=_("Les fichiers déjà proposés n’ont pas changé ; celui-ci n’a pas été gardé.")
            )
        else:
            messages.success(request, _("« %(name)s » peut servir dans les recettes.") % {"name": kept})
            return redirect("recipes:resources")
    rows = [
        {"resource": one, "uses": users_of_file(request.actor, one.blob_id)} for one in resources_for(request.actor)
    ]
    context = {"rows": rows, "error": error, "name": request.POST.get("name", "")}
    return render(request, "office/recipes/resources.html", context, status=422 if error else 200)


def _add(request: StaffRequest) -> str:
    file = next(iter(request.FILES.getlist("file")), None)
    if not isinstance(file, BlobUpload):
        raise ResourceRefused(reason=_("aucun fichier n’a été choisi"))
    stored = file.keep()
    media_type = look_at(stored)
    name = request.POST.get("name", "").strip() or (file.name or "").rpartition(".")[0]
    return add_resource(request.actor, name=name, stored=stored, media_type=media_type).name


def look_at(stored: StoredBytes) -> str:
    """What a file is by its content, read in the sandbox, whatever its sender calls it.

    :raises PdfError: it is none of what recipes can use.
    """
    with blob_path(stored.sha256).open("rb") as file:
        head = file.read(16)
    for sign, media_type in SIGNS:
        if head.startswith(sign):
            clean_logo(existing_blob_path(stored.sha256).read_bytes())
            return media_type
    inspect_pdf(existing_blob_path(stored.sha256))
    return "application/pdf"


@require_POST
@staff_required(*EDITORS)
def switch(request: StaffRequest, resource_id: UUID) -> HttpResponse:
    """Offer a file no more, or again."""
    resource = get_resource(request.actor, resource_id)
    switch_resource(request.actor, resource_id, is_active=not resource.is_active)
    return redirect("recipes:resources")


@require_GET
@staff_required(*EDITORS)
def picture(request: StaffRequest, resource_id: UUID) -> HttpResponseBase:
    """Its first page, or the image drawn anew in the sandbox."""
    resource = get_resource(request.actor, resource_id)
    response: HttpResponseBase
    if resource.blob.media_type == "application/pdf":
        response = FileResponse(page_image(resource.blob_id, 1, 240).open("rb"), content_type="image/jpeg")
    else:
        cleaned = clean_logo(existing_blob_path(resource.blob_id).read_bytes())
        response = HttpResponse(cleaned, content_type="image/png")
    patch_cache_control(response, private=True, max_age=3600)
    return response
