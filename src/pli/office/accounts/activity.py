"""When each of somebody's sessions was last used, to the minute: noted without a write for every page."""

from __future__ import annotations

import time
from collections.abc import Callable

from allauth.account.adapter import get_adapter
from allauth.usersessions.models import UserSession
from django.http import HttpRequest, HttpResponse

WITHIN = 60.0
"""Seconds for which what was noted is recent enough."""
_MOST = 10_000


class SessionActivityMiddleware:
    """As allauth's own, which writes (and flushes to the disk) a row for each request, but once a minute a session.

    A session seen from another address or by another browser is noted at once.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._noted: dict[tuple[str, str, str], float] = {}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        key = request.session.session_key
        if key and request.user.is_authenticated:
            seen = (key, str(get_adapter().get_client_ip(request)), request.headers.get("User-Agent", ""))
            now = time.monotonic()
            if now - self._noted.get(seen, -WITHIN) >= WITHIN:
                UserSession.objects.create_from_request(request)
                self._remember(seen, now)
        return self.get_response(request)

    def _remember(self, seen: tuple[str, str, str], now: float) -> None:
        if len(self._noted) >= _MOST:
            # A copy: other threads of this process note theirs meanwhile.
            self._noted = {one: at for one, at in list(self._noted.items()) if now - at < WITHIN}
        self._noted[seen] = now
