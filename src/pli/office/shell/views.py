"""The few addresses the frame itself needs."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import translate_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import check_for_language
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_POST

from pli.documents.api import existing_blob_path
from pli.office.shell.brand import theme_css
from pli.office.shell.context import remember_organisation
from pli.parties.api import Organisation


def _way_back(request: HttpRequest) -> str:
    """Where the form was, when that is one of our own pages."""
    target = request.POST.get("next", "") or request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        return target
    return "/"


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Speak the language asked for, in this browser and, for somebody logged in, from now on."""
    language = request.POST.get("language", "")
    if not check_for_language(language) or language not in dict(settings.LANGUAGES):
        return HttpResponseRedirect(_way_back(request))
    response = HttpResponseRedirect(translate_url(_way_back(request), language))
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=365 * 86400,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    account = request.user
    if account.is_authenticated:
        account.language = language
        account.save(update_fields=["language"])
    return response


@require_POST
def set_organisation(request: HttpRequest) -> HttpResponse:
    """Work in another of one's organisations; one that is not theirs does not exist for them."""
    try:
        organisation_id = UUID(request.POST.get("organisation", ""))
    except ValueError:
        raise Http404 from None
    if not remember_organisation(request, organisation_id):
        raise Http404
    return HttpResponseRedirect("/")


@require_GET
@cache_control(public=True, max_age=365 * 86400, immutable=True)
def theme(request: HttpRequest, colour: str) -> HttpResponse:
    """A company's colour as a style sheet: the policy of these pages allows no inline style."""
    return HttpResponse(theme_css(colour), content_type="text/css; charset=utf-8")


@require_GET
def logo(request: HttpRequest, sha256: str) -> FileResponse:
    """An organisation's logo, for portal and signing pages: no other stored file is reached this way."""
    if not sha256 or not Organisation.objects.filter(logo_sha256=sha256).exists():
        raise Http404
    response = FileResponse(existing_blob_path(sha256).open("rb"), content_type="image/png")
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
