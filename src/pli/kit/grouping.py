"""Group commit: who comes while others are being served waits for the next round, which takes everybody who waits.

Flushing a disk and committing a transaction cost the same for one and for ten. Nobody waits when nobody else is there.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")


class Group(Generic[T]):
    """Gathers what the threads of a process ask for into rounds of ``work``, one round at a time."""

    def __init__(self, work: Callable[[Sequence[T]], None], *, largest: int = 32) -> None:
        self._work, self._largest = work, largest
        self._waiting: list[T] = []
        self._adding = threading.Lock()
        self._working = threading.Lock()

    def join(self, item: T) -> None:
        """Return once a round that held ``item`` is over; what became of it, ``work`` writes on the item.

        An error that ``work`` raises is raised by the thread that ran the round: it had better raise none.
        """
        with self._adding:
            self._waiting.append(item)
        with self._working:
            while self._is_waiting(item):
                with self._adding:
                    batch, self._waiting = self._waiting[: self._largest], self._waiting[self._largest :]
                self._work(batch)

    def _is_waiting(self, item: T) -> bool:
        with self._adding:
            return any(one is item for one in self._waiting)
