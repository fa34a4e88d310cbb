"""The project's addresses with the messages' screens, and a way to be somebody: for these tests alone."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from pli.parties.api import Actor
from pli.project.urls import handler403, handler404, handler500
from pli.project.urls import urlpatterns as project_patterns

__all__ = ["handler403", "handler404", "handler500"]
urlpatterns = [path("", include("pli.office.notices.urls")), *project_patterns]
ACTORS: dict[str, Actor | None] = {"now": None}


class BecomeMiddleware:
    """Sets ``request.actor`` to whoever the test says is asking."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = ACTORS["now"]  # type: ignore[attr-defined]
        return self.get_response(request)
