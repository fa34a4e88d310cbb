"""« Photographier »: pages taken with a telephone, put in order, sent as one document."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from pli.capture.api import MOST_PHOTOS, BlobUpload, BlobUploadHandler, Capture, Picture, Wishes, receive_photos
from pli.documents.api import kinds_of
from pli.office.access import StaffRequest, staff_required
from pli.office.documents.pickers import read_party
from pli.office.errors import wants_json
from pli.parties.api import Role

WRITERS = (Role.ADMIN, Role.MANAGER, Role.MEMBER)


@csrf_exempt  # The handlers must be set before anything reads the body; photos_checked then checks the token.
@require_http_methods(["GET", "POST"])
def photos(request: HttpRequest) -> Any:
    """Show the page, or take photographs."""
    if not request.user.is_authenticated:
        # Before a byte of the body is read: a stranger fills no disk.
        return redirect_to_login(request.get_full_path())
    if request.method == "POST":
        request.upload_handlers = [BlobUploadHandler(request)]
    return photos_checked(request)


@csrf_protect
@staff_required(*WRITERS)
def photos_checked(request: StaffRequest) -> HttpResponse:
    """The page, or the photographs of one document, durable before the answer."""
    if request.method == "GET":
        context = {"kinds": kinds_of(request.actor.organisation_id), "most": MOST_PHOTOS}
        return render(request, "office/documents/photos.html", context)
    capture = _receive(request)
    arrivals = f"{reverse('documents:arrivals')}?capture={capture.id}"
    return JsonResponse({"next": arrivals}, status=201) if wants_json(request) else redirect(arrivals)


def _receive(request: StaffRequest) -> Capture:
    files = request.FILES.getlist("photos")
    party = read_party(request.actor, request.POST.get("party", ""))
    wishes = Wishes(kind=request.POST.get("kind") or "other", party_id=party.id if party else None)
    pictures = [Picture(one.keep(), one.name or "photo") for one in files if isinstance(one, BlobUpload) and one.size]
    improves = request.POST.get("improve") == "yes"
    return receive_photos(request.actor, pictures, wishes=wishes, improves=improves)[0]
