"""Who may try a password: an address that guesses waits longer each time, then is kept out for a while."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

FORGIVEN = 5
"""Wrong tries before an address is kept out."""
WINDOW_SECONDS = 600.0
BAN_SECONDS = 900.0
LONGEST_DELAY = 8.0
_MOST_ADDRESSES = 10_000


@dataclass
class _Tries:
    count: int
    last_at: float
    banned_until: float = 0.0


class Gate:
    """Counts wrong tries by address, for all the doors of one process; in memory, for one process is all there is."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._tries: dict[str, _Tries] = {}
        self._lock = threading.Lock()

    def is_banned(self, address: str) -> bool:
        """Whether an address is kept out now."""
        with self._lock:
            found = self._tries.get(address)
            return found is not None and found.banned_until > self._now()

    def fail(self, address: str) -> float:
        """Count a wrong try; the seconds to wait before saying so (doubling, from one)."""
        now = self._now()
        with self._lock:
            self._forget(now)
            found = self._tries.setdefault(address, _Tries(0, now))
            found.count, found.last_at = found.count + 1, now
            if found.count >= FORGIVEN:
                found.banned_until = now + BAN_SECONDS
            return min(LONGEST_DELAY, 2.0 ** (found.count - 1))

    def succeed(self, address: str) -> None:
        """Somebody who knows a password came from there. Former tries still count: guessers have passwords too."""
        with self._lock:
            found = self._tries.get(address)
            if found is not None and found.count <= 1:
                del self._tries[address]

    def _forget(self, now: float) -> None:
        kept = {
            address: one
            for address, one in self._tries.items()
            if one.banned_until > now or now - one.last_at < WINDOW_SECONDS
        }
        if len(kept) >= _MOST_ADDRESSES:
            # A flood from everywhere: the oldest are forgotten first, so that memory stays bounded.
            oldest = sorted(kept, key=lambda address: kept[address].last_at)
            for address in oldest[: len(kept) - _MOST_ADDRESSES + 1]:
                del kept[address]
        self._tries = kept
