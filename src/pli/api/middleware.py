"""The last word on every answer under /api/: a problem instead of a page, and headers that keep answers private."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse

from pli.api.errors import AddressUnknown, BodyTooLarge, MalformedRequest, MethodRefused, Unexpected
from pli.api.problems import CONTENT_TYPE, problem_response
from pli.kit.errors import NotAllowed, PliError

PREFIX = "/api/"
_PAGES = ("/api/v1/docs",)


class ApiMiddleware:
    """Stands outside the others, so that what they refuse (a bad host, an unknown address) is a problem too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        # A session that a browser sends along gives no right here, so nothing behind this point sees one.
        request.META.pop("HTTP_COOKIE", None)
        try:
            request.get_host()
        except DisallowedHost:
            return problem_response(MalformedRequest())
        response = self.get_response(request)
        if response.status_code >= 400 and response.get("Content-Type") != CONTENT_TYPE:
            allow = response.get("Allow", "")
            response = problem_response(_stands_for(response.status_code, request.method or ""))
            if allow:
                response["Allow"] = allow
        response.setdefault("X-Content-Type-Options", "nosniff")
        if not request.path_info.startswith(_PAGES):
            response.setdefault("Cache-Control", "no-store")
        return response


def _stands_for(status: int, method: str) -> PliError:
    match status:
        case 404:
            return AddressUnknown()
        case 405:
            return MethodRefused(method=method)
        case 403:
            return NotAllowed()
        case 413:
            return BodyTooLarge()
        case _ if status < 500:
            return MalformedRequest()
        case _:
            return Unexpected(incident="—")
