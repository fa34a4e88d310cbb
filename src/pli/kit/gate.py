"""Who may try a password: an address that guesses waits longer each time, then is kept out for a while."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
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

    def is_over(self, now: float) -> bool:
        """Whether nothing of it counts any more."""
        return self.banned_until <= now and now - self.last_at >= WINDOW_SECONDS


class Gate:
    """Counts wrong tries by address, for all the doors of one process; in memory, for one process is all there is."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        # In the order of their last tries: no try, in a flood of them, looks at all the others.
        self._tries: OrderedDict[str, _Tries] = OrderedDict()
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
            found = self._tries.pop(address, None)
            if found is None or found.is_over(now):
                found = _Tries(0, now)
            found.count, found.last_at = found.count + 1, now
            if found.count >= FORGIVEN:
                found.banned_until = now + BAN_SECONDS
            self._tries[address] = found
            self._forget(now)
            return min(LONGEST_DELAY, 2.0 ** (found.count - 1))

    def succeed(self, address: str) -> None:
        """Somebody who knows a password came from there. Former tries still count: guessers have passwords too."""
        with self._lock:
            found = self._tries.get(address)
            if found is not None and found.count <= 1:
                del self._tries[address]

    def _forget(self, now: float) -> None:
        """The oldest that are over; in a flood from everywhere the oldest anyway, so that memory stays bounded."""
        while self._tries:
            oldest = next(iter(self._tries.values()))
            if len(self._tries) <= _MOST_ADDRESSES and not oldest.is_over(now):
                return
            self._tries.popitem(last=False)
