"""Who calls: a bearer token and nothing else. No cookie is read, so no other site can act through a browser."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja.security import HttpBearer

from pli.api.errors import ScopeMissing, TokenMissing
from pli.api.throttle import count_request
from pli.api.tokens import Caller, identify


class ApiRequest(HttpRequest):
    """A request whose caller is known."""

    auth: Caller


def caller_of(request: HttpRequest) -> Caller:
    """The caller, found and counted once per request (RFC 6750 §2.1).

    :raises TokenMissing, TokenRefused, TooManyRequests: as they say.
    """
    known: Caller | None = getattr(request, "_pli_caller", None)
    if known is not None:
        return known
    kind, _, text = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not text.strip():
        raise TokenMissing
    caller = identify(text.strip())
    count_request(caller.token_id)
    request._pli_caller = caller  # type: ignore[attr-defined]
    return caller


class TokenAuth(HttpBearer):
    """Lets in a token that carries ``scope`` (any token when it is empty)."""

    openapi_bearerFormat = "pli_<id>_<secret>"

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.scope = scope

    def __call__(self, request: HttpRequest) -> Caller:
        caller = caller_of(request)
        if self.scope and self.scope not in caller.scopes:
            raise ScopeMissing(scope=self.scope)
        return caller

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        """Unused: :meth:`__call__` does it all, so that no answer depends on ninja's own parsing."""
        raise NotImplementedError


def needs(scope: str = "", **extra: Any) -> dict[str, Any]:
    """The arguments every operation gives its route: its scope, and more of its OpenAPI description."""
    return {"auth": TokenAuth(scope), "openapi_extra": {"x-pli-scope": scope, **extra}}
