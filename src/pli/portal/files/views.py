"""The page of a link to files. Looking changes nothing; fetching is counted."""

from __future__ import annotations

from uuid import UUID

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_safe

from pli.gateway.api import fetch_file, open_files, readable_size
from pli.portal.company import company_of
from pli.portal.speaking import speak_as_sender


@never_cache
@require_safe
def show(request: HttpRequest, token: str) -> HttpResponse:
    """What there is to fetch, from whom, until when."""
    page = open_files(token)
    organisation = page.message.organisation
    speak_as_sender(request, organisation.language)
    account = page.message.account
    owner = account.member.account if account else None
    context = {
        "company": company_of(organisation),
        "subject": page.message.subject,
        "sender": (owner.name or owner.email) if owner else organisation.name,
        "files": [(file, readable_size(file.blob.size)) for file in page.files],
        "until": min(file.expires_at for file in page.files),
        "token": token,
    }
    response = render(request, "portal/files/page.html", context)
    response["Referrer-Policy"] = "no-referrer"
    return response


@never_cache
@require_GET
def fetch(request: HttpRequest, token: str, file_id: UUID) -> FileResponse:
    """One file, always as a download: nothing in it acts as a page of ours."""
    file, path = fetch_file(token, file_id)
    response = FileResponse(
        path.open("rb"), as_attachment=True, filename=file.file_name, content_type="application/octet-stream"
    )
    response["Referrer-Policy"] = "no-referrer"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
