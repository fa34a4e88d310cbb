"""Rounds through the mailboxes."""

from __future__ import annotations

import threading
import time


class MailboxReader:
    """One thread for each mailbox."""

    def __init__(self) -> None:
        self.round_at = time.monotonic()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mailboxes")

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """Finish, and end."""
        self._stop.set()
        self._thread.join(20)

    def _run(self) -> None:
        while not self._stop.wait(5):
            self.round_at = time.monotonic()
