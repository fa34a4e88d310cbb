"""Refusals on screen: a page, or for htmx a notice in place, that says what happened, what was kept, what to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import DisallowedHost, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template import loader
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _

from pli.kit.errors import PliError, fill_sentence
from pli.kit.ids import new_id

API_PREFIX = "/api/"
# Whoever calls there is a program: it reads a status, not a page.
PROGRAMS = (API_PREFIX, "/agent/")


@dataclass(frozen=True)
class Explained:
    """An error in the reader's language."""

    code: str
    message: str
    kept: str
    remedy: str


def explain(error: PliError) -> Explained:
    """``error``'s sentences, translated and filled."""

    return Explained(
        error.code,
        fill_sentence(error.message, error.details, _),
        fill_sentence(error.kept, error.details, _),
        fill_sentence(error.remedy, error.details, _),
    )


def is_htmx(request: HttpRequest) -> bool:
    """Whether htmx asks, for a part of a page (a boosted link asks for a whole page)."""
    return request.headers.get("HX-Request") == "true" and request.headers.get("HX-Boosted") != "true"


def wants_json(request: HttpRequest) -> bool:
    """Whether a script of a page asks, which shows a refusal in its own place (files that are being sent)."""
    return "application/json" in request.headers.get("Accept", "")


def _answer(request: HttpRequest, template: str, explained: Explained, status: int) -> HttpResponse:
    context = {"error": explained, "status": status}
    if is_htmx(request):
        # The part of the page that asked stays as it is; the notice comes beside it.
        response = render(request, "pli/components/error_toast.html", context, status=status)
        response["HX-Retarget"] = "#toasts"
        response["HX-Reswap"] = "beforeend"
        return response
    return render(request, template, context, status=status)


def render_error(request: HttpRequest, error: PliError) -> HttpResponse:
    """The page (or the htmx fragment, or what a script of ours shows) for ``error``, with its status."""
    if wants_json(request):
        said = explain(error)
        return JsonResponse({"detail": f"{said.message} {said.remedy}".strip(), "code": said.code}, status=error.status)
    return _answer(request, "pli/error_page.html", explain(error), error.status)


class PliErrorMiddleware:
    """Turns a PliError raised by any screen into its page; the API answers for itself."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        is_refused = request.method == "GET" and response.status_code == HTTPStatus.METHOD_NOT_ALLOWED
        return (
            _not_opened_alone(request, response) if is_refused and not request.path.startswith(PROGRAMS) else response
        )

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Called by Django for what a view raised; None lets Django go on with it."""
        if not isinstance(exception, PliError) or request.path.startswith(API_PREFIX):
            return None
        return render_error(request, exception)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: the request cannot be read. A Host header that is not ours can't be shown a page built from it."""
    if isinstance(exception, DisallowedHost):
        return HttpResponse(loader.get_template("400.html").render({}), status=400)
    if isinstance(exception, TooManyFilesSent):
        return _answer(request, "pli/error_page.html", _too_many_files(), 400)
    return _answer(
        request,
        "pli/error_page.html",
        Explained(
            "PLI-400", _("Cette demande n’est pas lisible."), "", _("Revenez à la page précédente et recommencez.")
        ),
        400,
    )


def _too_many_files() -> Explained:
    return Explained(
        "PLI-400",
        _("Ce formulaire porte plus de %(limit)s fichiers.") % {"limit": settings.DATA_UPLOAD_MAX_NUMBER_FILES},
        _("Rien n’a été enregistré."),
        _("Envoyez-les en plusieurs fois."),
    )


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: the person is known, and may not."""
    return _answer(
        request,
        "pli/error_page.html",
        Explained(
            "PLI-403",
            _("Vous n’avez pas accès à cette page."),
            "",
            _("Demandez l’accès à un administrateur de votre organisation, ou revenez à l’accueil."),
        ),
        403,
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the form is too old, or does not come from one of our pages."""
    return _answer(
        request,
        "pli/error_page.html",
        Explained(
            "PLI-419",
            _("Cette page était ouverte depuis trop longtemps pour être envoyée."),
            _("Rien n’a été modifié."),
            _("Revenez à la page précédente, rechargez-la et recommencez."),
        ),
        403,
    )


def too_many_requests(request: HttpRequest) -> HttpResponse:
    """429, said by allauth: also when it can't count any more, for the database takes nothing (a disk that is full)."""
    if cache.add(f"probe:{new_id()}", 1, timeout=1):
        return render(request, "429.html", status=HTTPStatus.TOO_MANY_REQUESTS)
    return _answer(
        request,
        "pli/error_page.html",
        Explained(
            "PLI-507",
            _("Pli ne peut rien enregistrer : le disque du serveur est plein, ou la base de données en panne."),
            _("Rien n’a été modifié."),
            _("Prévenez la personne qui gère le serveur, puis recommencez."),
        ),
        HTTPStatus.INSUFFICIENT_STORAGE,
    )


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: nothing there for this person."""
    return _answer(
        request,
        "pli/error_page.html",
        Explained(
            "PLI-404",
            _("Cette page n’existe pas, ou vous n’y avez pas accès."),
            "",
            _("Vérifiez l’adresse, ou revenez à l’accueil."),
        ),
        404,
    )


def page_above(path: str) -> str:
    """The nearest address above ``path`` that leads to a page: where a button's own address must have been pressed."""
    parts = path.strip("/").split("/")
    while len(parts) > 1:
        parts.pop()
        for end in ("/", ""):
            candidate = "/" + "/".join(parts) + end
            try:
                resolve(candidate)
            except Resolver404:
                continue
            return candidate
    return "/"


def _not_opened_alone(request: HttpRequest, bare: HttpResponse) -> HttpResponse:
    """405: a button's address was opened by itself: reloaded, kept as a bookmark, come back to after logging in."""
    explained = Explained(
        "PLI-405",
        _("Cette adresse est celle d’un bouton : elle ne s’ouvre pas seule."),
        _("Rien n’a été fait."),
        _("Revenez à la page du bouton, et appuyez dessus."),
    )
    context = {"error": explained, "status": bare.status_code, "above": page_above(request.path)}
    response = render(request, "pli/error_page.html", context, status=bare.status_code)
    response["Allow"] = bare.get("Allow", "")
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """500: our fault. The page needs neither the database nor the session, which may be what failed."""
    if is_htmx(request):
        response = HttpResponse(loader.get_template("pli/components/server_error_toast.html").render({}), status=500)
        response["HX-Retarget"] = "#toasts"
        response["HX-Reswap"] = "beforeend"
        return response
    return HttpResponse(loader.get_template("500.html").render({}), status=500)
