"""The page of a tracked sending. Looking changes nothing; receiving and declining are deliberate acts."""

from __future__ import annotations

from pathlib import Path
from typing import cast
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST, require_safe

from pli.documents.api import existing_blob_path
from pli.gateway.api import (
    Reader,
    TrackedPage,
    TrackedState,
    consent_text,
    decline_tracked,
    fetch_own_proof,
    fetch_tracked_file,
    fetch_tracked_message,
    not_registered,
    open_tracked,
    readable_size,
    receive_tracked,
    tracked_cookie,
)
from pli.portal.company import company_of
from pli.portal.speaking import speak_as_sender

DEVICE_DAYS = 60
TONES = {
    TrackedState.PREPARED: "waiting", TrackedState.DEPOSITED: "waiting", TrackedState.RECEIVED: "signed",
    TrackedState.DECLINED: "refused", TrackedState.UNCLAIMED: "idle", TrackedState.UNDELIVERED: "refused",
}  # fmt: skip


@never_cache
@require_safe
def show(request: HttpRequest, token: str) -> HttpResponse:
    """Who sends what, and until when; its content once received here."""
    page = open_tracked(token, _device(request, token))
    organisation = page.message.organisation
    speak_as_sender(request, organisation.language)
    account = page.message.account
    owner = account.member.account if account else None
    state = TrackedState.UNCLAIMED if page.is_late else TrackedState(page.sending.state)
    context = {
        "company": company_of(organisation),
        "page": page,
        "token": token,
        "subject": page.message.subject,
        "sender": (owner.name or owner.email) if owner else organisation.name,
        "tone": TONES[state],
        "word": state.label,
        "consent": consent_text(translation.get_language() or "fr"),
        "law": not_registered(translation.get_language() or "fr"),
        "files": [(file, readable_size(file.blob.size)) for file in page.files],
        "size": readable_size(page.message.blob.size),
    }
    return _quiet(render(request, "portal/tracked/page.html", context))


@never_cache
@require_POST
def receive(request: HttpRequest, token: str) -> HttpResponse:
    """« Recevoir cet envoi »."""
    page = open_tracked(token, _device(request, token))
    speak_as_sender(request, page.message.organisation.language)
    device = receive_tracked(token, reader=_reader(request), language=translation.get_language() or "fr")
    response = redirect("tracked:show", token)
    response.set_cookie(
        tracked_cookie(token), device, max_age=DEVICE_DAYS * 86_400, path="/t/", secure=request.is_secure(),
        httponly=True, samesite="Lax",
    )  # fmt: skip
    return _quiet(response)


@never_cache
@require_POST
def decline(request: HttpRequest, token: str) -> HttpResponse:
    """« Refuser cet envoi »."""
    page = open_tracked(token)
    speak_as_sender(request, page.message.organisation.language)
    decline_tracked(token, request.POST.get("reason", ""), reader=_reader(request))
    messages.success(request, _("Votre refus est enregistré. L’expéditeur en est informé."))
    return _quiet(redirect("tracked:show", token))


@never_cache
@require_GET
def fetch(request: HttpRequest, token: str, file_id: UUID) -> HttpResponseBase:
    """One file, always as a download: nothing in it acts as a page of ours."""
    file, path = fetch_tracked_file(token, _device(request, token), file_id, reader=_reader(request))
    return _download(path, file.file_name)


@never_cache
@require_GET
def message(request: HttpRequest, token: str) -> HttpResponseBase:
    """The message as its sender wrote it."""
    _message, path = fetch_tracked_message(token, _device(request, token), reader=_reader(request))
    return _download(path, "message.eml")


@never_cache
@require_GET
def proof(request: HttpRequest, token: str, proof_id: UUID) -> HttpResponseBase:
    """The sealed proof, for its recipient."""
    page = open_tracked(token, _device(request, token))
    found = fetch_own_proof(token, _device(request, token), proof_id)
    return _download(existing_blob_path(found.pdf_sha256), proof_name(page, found.kind))


def proof_name(page: TrackedPage, kind: str) -> str:
    """What a proof is called on disk."""
    return f"preuve {page.sending.number} {kind.lower()}.pdf"


def _device(request: HttpRequest, token: str) -> str:
    return request.COOKIES.get(tracked_cookie(token), "")


def _reader(request: HttpRequest) -> Reader:
    return Reader(str(request.META.get("REMOTE_ADDR", "")), request.headers.get("User-Agent", ""))


def _download(path: Path, name: str) -> FileResponse:
    response = FileResponse(
        path.open("rb"), as_attachment=True, filename=name, content_type="application/octet-stream"
    )  # fmt: skip
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return cast(FileResponse, _quiet(response))


def _quiet(response: HttpResponseBase) -> HttpResponse:
    # Not none at all: a form that is sent must show where it comes from (ADR 0019).
    response["Referrer-Policy"] = "same-origin"
    return cast(HttpResponse, response)
