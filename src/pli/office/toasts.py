"""Django's messages also reach pages that htmx changes in part."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from pli.office.errors import is_htmx


class HtmxToastMiddleware:
    """Adds waiting messages to an htmx answer as an out-of-band piece for ``#toasts``."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not self._takes_toasts(request, response):
            return response
        waiting = get_messages(request)
        if len(waiting):
            toasts = render_to_string("pli/components/toasts_oob.html", {"messages": waiting}, request)
            response.content += toasts.encode()
        return response

    @staticmethod
    def _takes_toasts(request: HttpRequest, response: HttpResponse) -> bool:
        is_html = response.get("Content-Type", "").startswith("text/html")
        goes_away = response.has_header("HX-Redirect") or response.has_header("HX-Location")
        return (
            is_htmx(request)
            and is_html
            and response.status_code != 204
            and not 300 <= response.status_code < 400
            and not response.streaming
            and not goes_away
            and hasattr(request, "_messages")
        )
