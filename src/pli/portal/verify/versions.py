"""The signed versions of a file that was dropped: exactly the bytes a signature covers, to see and to take away."""

from __future__ import annotations

import secrets

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from pli.pdf.api import PdfError
from pli.portal.verify.keeping import AS_DROPPED, KEPT_SECONDS, Version, find_version
from pli.portal.verify.throttle import LOOKS_A_MINUTE, count_check

COOKIE = "pli_verify"


def visitor_secret(request: HttpRequest) -> str:
    """What this browser holds, or a new one to be given by :func:`bind_visitor`."""
    return request.COOKIES.get(COOKIE, "") or secrets.token_urlsafe(32)


def bind_visitor(request: HttpRequest, response: HttpResponse, secret: str) -> None:
    """Let this browser alone see what it dropped."""
    response.set_cookie(
        COOKIE, secret, max_age=KEPT_SECONDS, path="/verify/", secure=request.is_secure(), httponly=True, samesite="Lax"
    )


def _find(request: HttpRequest, kept: str, number: int) -> Version:
    count_check(request, most=LOOKS_A_MINUTE)
    return find_version(kept, number, cookie=request.COOKIES.get(COOKIE, ""))


@never_cache
@require_GET
def look(request: HttpRequest, kept: str, revision: int) -> HttpResponse:
    """A page of the signed version beside the same page of the file as it was dropped."""
    version, dropped = _find(request, kept, revision), _find(request, kept, AS_DROPPED)
    signed_pages, dropped_pages = _pages(version), _pages(dropped)
    last = max(signed_pages, dropped_pages, 1)
    asked = request.GET.get("page", "1")
    page = min(max(int(asked), 1), last) if asked.isascii() and asked.isdecimal() and len(asked) < 9 else 1
    context = {
        "kept": kept,
        "version": version,
        "is_same": version.size == dropped.size,
        "page": page,
        "last": last,
        "before": page - 1,
        "after": page + 1 if page < last else 0,
        "has_signed_page": page <= signed_pages,
        "has_dropped_page": page <= dropped_pages,
    }
    return render(request, "portal/verify/signed.html", context)


def _pages(version: Version) -> int:
    try:
        return version.page_count()
    except PdfError:
        # Said on the page; the bytes can still be downloaded.
        return 0


@never_cache
@require_GET
def download(request: HttpRequest, kept: str, revision: int) -> HttpResponseBase:
    """The signed version as a file, which can never act as a page."""
    version = _find(request, kept, revision)
    response = StreamingHttpResponse(version.chunks(), content_type="application/pdf")
    response["Content-Length"] = str(version.size)
    name = _("version signée %(number)s.pdf") % {"number": version.number}
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


@never_cache
@require_GET
def page_image(request: HttpRequest, kept: str, revision: int, page: int) -> HttpResponse:
    """One page as an image."""
    return HttpResponse(_find(request, kept, revision).page_image(page), content_type="image/jpeg")
