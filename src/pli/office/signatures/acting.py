"""Signing from the office: what awaits the member's own signature, and a signer who is beside them."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth import logout
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from pli.documents.api import existing_blob_path
from pli.kit.errors import NotFound
from pli.office.access import StaffRequest, staff_required
from pli.parties.api import Role
from pli.signing.api import (
    Visitor,
    device_cookie_for,
    get_ceremony,
    joined_file,
    open_as_member,
    open_in_person,
    proof_archive,
)

WRITERS = (Role.ADMIN, Role.MANAGER, Role.MEMBER)


@never_cache
@require_POST
@staff_required()
def sign_mine(request: StaffRequest, ceremony_id: UUID, signer_id: UUID) -> HttpResponse:
    """Open the signing page for the member themselves; the code goes to their own address, as for anybody."""
    token = open_as_member(request.actor, signer_id)
    return redirect("signing:landing", token)


@never_cache
@require_POST
@staff_required(*WRITERS)
def in_person(request: StaffRequest, ceremony_id: UUID, signer_id: UUID) -> HttpResponse:
    """Hand this device to the signer: the office's session ends on it, so that they hold nothing but their own page."""
    if not get_ceremony(request.actor, ceremony_id).signers.filter(id=signer_id).exists():
        raise NotFound
    visitor = Visitor(str(request.META.get("REMOTE_ADDR", "")), request.headers.get("User-Agent", ""))
    token, device = open_in_person(request.actor, signer_id, visitor=visitor)
    logout(request)
    response = redirect("signing:landing", token)
    response.set_cookie(**device_cookie_for(token, device, is_secure=request.is_secure()))
    return response


@never_cache
@require_GET
@staff_required()
def archive(request: StaffRequest, ceremony_id: UUID) -> HttpResponseBase:
    """The whole proof of a request that has ended, as one archive."""
    packed, name = proof_archive(request.actor, ceremony_id)
    return FileResponse(packed, as_attachment=True, filename=name, content_type="application/zip")


@never_cache
@require_GET
@staff_required()
def joined(request: StaffRequest, ceremony_id: UUID, asked_id: UUID) -> HttpResponseBase:
    """A paper a signer joined, for the sender alone; a download that can never act as a page."""
    asked = joined_file(request.actor, ceremony_id, asked_id)
    response = FileResponse(
        existing_blob_path(asked.sha256).open("rb"),
        as_attachment=True,
        filename=asked.file_name or asked.label,
        content_type=asked.media_type,
    )
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
