"""The mailboxes, each in a thread of its own: read, then waited for, and tried again when something fails."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError

from pli.capture.channels.imap.client import Mailbox
from pli.capture.channels.imap.taking import read_mailbox
from pli.capture.errors import MailboxUnreachable, SecretLost
from pli.capture.models import InputSource
from pli.capture.sources.arrivals import active_sources
from pli.capture.sources.connections import own_connection
from pli.capture.sources.options import MailboxOptions, read_options
from pli.capture.sources.problems import forget_problem, note_problem
from pli.capture.sources.secrets import open_secret
from pli.capture.states import SourceKind
from pli.kit.errors import PliError, PlugError

log = logging.getLogger(__name__)

LOOK_SECONDS = 5.0
"""How often new, changed and switched-off mailboxes are noticed."""
WAIT_SECONDS = 60.0
"""Between rounds; a server that can tell (IDLE) ends the wait."""
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 300.0


@dataclass(eq=False)
class _Reading:
    """One mailbox being read."""

    source: InputSource
    ending: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None
    pause: float = FIRST_PAUSE
    has_answered: bool = False
    """Whether it was read since it was last connected to."""

    def start(self) -> None:
        self.thread = threading.Thread(target=self._run, name=f"mailbox-{self.source.id.hex[-6:]}", daemon=True)
        self.thread.start()

    def _run(self) -> None:
        while not self.ending.is_set():
            self.has_answered = False
            try:
                self._stay()
            except PlugError as error:
                # Servers close what waits for long: that is no problem, as long as they answer again.
                if not self.has_answered:
                    self._note(MailboxUnreachable(name=self.source.name, reason=error.details.get("reason", "")))
            except PliError as error:
                self._note(error)
            except DatabaseError as error:
                log.warning("the database does not answer: %s", type(error).__name__)
            except Exception:
                log.exception("a mailbox could not be read")
            self.pause = FIRST_PAUSE if self.has_answered else min(LONGEST_PAUSE, self.pause * 2)
            self.ending.wait(self.pause)

    def _stay(self) -> None:
        """Connect, and go on reading for as long as it lasts."""
        with own_connection():
            password = open_secret(self.source.id, self.source.secret_sealed)
        options = read_options(MailboxOptions, self.source.options)
        mailbox = Mailbox(options, password, allows_private=settings.PLI_ALLOW_PRIVATE_MAIL)
        try:
            while not self.ending.is_set():
                with own_connection():
                    read_mailbox(self.source, mailbox)
                    if not self.has_answered:
                        self._answers()
                        self.has_answered = True
                mailbox.wait(WAIT_SECONDS, self.ending.is_set)
        finally:
            mailbox.close()

    def _answers(self) -> None:
        codes = (MailboxUnreachable.code, SecretLost.code)
        if InputSource.objects.filter(id=self.source.id, problem_code__in=codes).exists():
            forget_problem(self.source.id)

    def _note(self, error: PliError) -> None:
        try:
            with own_connection():
                note_problem(self.source.id, error)
        except DatabaseError:
            log.warning("a problem could not be noted: %s", error.code)


class MailboxReader:
    """Starts and stops the readings as sources come, change and go."""

    def __init__(self) -> None:
        self.round_at = time.monotonic()
        self._readings: dict[tuple[UUID, datetime], _Reading] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mailboxes")

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """End the readings; what is under way is finished, or taken up again at the next start."""
        self._stop.set()
        self._thread.join(10)
        for reading in self._readings.values():
            reading.ending.set()
        for reading in self._readings.values():
            if reading.thread is not None:
                reading.thread.join(5)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with own_connection():
                    self._look(active_sources(SourceKind.IMAP))
                self.round_at = time.monotonic()
            except DatabaseError as error:
                log.warning("the database does not answer: %s", type(error).__name__)
            except Exception:
                log.exception("the mailboxes could not be looked after")
            self._stop.wait(LOOK_SECONDS)

    def _look(self, sources: list[InputSource]) -> None:
        wanted = {(one.id, one.changed_at): one for one in sources}
        for key in [key for key in self._readings if key not in wanted]:
            self._readings.pop(key).ending.set()
        for key, source in wanted.items():
            if key not in self._readings:
                self._readings[key] = _Reading(source)
                self._readings[key].start()
