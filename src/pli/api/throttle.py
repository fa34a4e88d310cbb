"""How often a token may call: a bucket per token in each web process.

Kept in memory on purpose: a row written per request would cost more than the request. With several web processes the
true ceiling is the limit times their number; what matters is that one program cannot starve the others.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from uuid import UUID

from django.conf import settings

from pli.api.errors import TooManyRequests

# Buckets of tokens not seen for this long are forgotten.
_FORGOTTEN_AFTER = 600.0


class Buckets:
    """Token buckets: ``limit`` requests a minute, up to a quarter of it (at least 20) at once."""

    def __init__(self, timer: Callable[[], float] = time.monotonic) -> None:
        self._timer = timer
        self._lock = threading.Lock()
        self._level: dict[UUID, tuple[float, float]] = {}
        self._swept_at = timer()

    def take(self, token_id: UUID, limit: int) -> None:
        """:raises TooManyRequests: when the token has none left; ``seconds`` says how long to wait."""
        rate, most = limit / 60, max(20.0, limit / 4)
        with self._lock:
            now = self._timer()
            level, seen = self._level.get(token_id, (most, now))
            level = min(most, level + (now - seen) * rate)
            if level < 1:
                self._level[token_id] = (level, now)
                raise TooManyRequests(limit=limit, seconds=math.ceil((1 - level) / rate))
            self._level[token_id] = (level - 1, now)
            if now - self._swept_at > _FORGOTTEN_AFTER:
                self._swept_at = now
                self._level = {k: v for k, v in self._level.items() if now - v[1] < _FORGOTTEN_AFTER}

    def clear(self) -> None:
        """Forget everybody."""
        with self._lock:
            self._level.clear()


BUCKETS = Buckets()


def count_request(token_id: UUID) -> None:
    """Count one request of a token against PLI_API_RATE (requests a minute; 0: no limit).

    :raises TooManyRequests: when it makes too many.
    """
    limit: int = settings.PLI_API_RATE
    if limit > 0:
        BUCKETS.take(token_id, limit)
