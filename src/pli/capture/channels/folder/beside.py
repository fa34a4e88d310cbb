"""Large files taken beside the rounds: a file of a gigabyte takes a minute to copy, and nobody else waits for it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Hashable
from queue import SimpleQueue
from typing import Generic, TypeVar

log = logging.getLogger(__name__)

LARGE_BYTES = 32 << 20
"""A file this large is taken beside; smaller ones take less than a second."""
Key = TypeVar("Key", bound=Hashable)
Told = TypeVar("Told")


class Beside(Generic[Key, Told]):
    """One thread that does what it was asked, one after the other, while who asked goes on."""

    def __init__(self) -> None:
        self._asked: dict[Key, Told | None] = {}
        self._waiting: SimpleQueue[tuple[Key, Callable[[], Told | None]]] = SimpleQueue()
        self._thread: threading.Thread | None = None

    def ask(self, key: Key, work: Callable[[], Told | None]) -> Told | None:
        """What ``work`` had to say, told once; None while it waits or goes on. The first time it is asked for, and
        again once it ended with nothing to say."""
        if key in self._asked:
            told = self._asked[key]
            if told is not None:
                del self._asked[key]
            return told
        self._asked[key] = None
        if self._thread is None:
            # Killed with its process: what was not captured yet is found again, what was is known.
            self._thread = threading.Thread(target=self._run, name="large files", daemon=True)
            self._thread.start()
        self._waiting.put((key, work))
        return None

    def _run(self) -> None:
        while True:
            key, work = self._waiting.get()
            told = None
            try:
                told = work()
            except Exception:
                log.exception("a large file could not be taken")
            if told is None:
                del self._asked[key]
            else:
                self._asked[key] = told
