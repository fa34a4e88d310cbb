"""Jobs that arrive together are committed together: their bytes are durable apart, their rows in one transaction.

A commit costs the same for one job and for ten (:mod:`pli.kit.grouping`).
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import DatabaseError, transaction

from pli.capture.models import PrinterQueue, PrintJob
from pli.capture.printing.jobs import (
    Sender,
    arrival_of,
    close_row,
    fingerprint_of,
    lock_fingerprints,
    receive_job,
    sent_before,
)
from pli.capture.receiving import receive_many
from pli.documents.api import StoredBytes
from pli.kit.clock import Clock
from pli.kit.errors import PliError
from pli.kit.grouping import Group
from pli.kit.ids import new_id

LARGEST = 32


@dataclass(eq=False)
class Received:
    """A job whose document is durable and whose rows are not there yet."""

    printer: PrinterQueue
    sender: Sender
    stored: StoredBytes
    media_type: str
    clock: Clock
    job: PrintJob | None = field(default=None, init=False)

    @property
    def fingerprint(self) -> str:
        """What its retry would have too."""
        return fingerprint_of(self.printer, self.sender, self.stored.sha256)


class Recorder:
    """Gathers the jobs of one process's threads into transactions."""

    def __init__(self) -> None:
        self._group: Group[Received] = Group(_record_together, largest=LARGEST)

    def record(self, received: Received) -> PrintJob:
        """Its job, committed. Errors are those of :func:`pli.capture.printing.jobs.receive_job`."""
        self._group.join(received)
        # Not new, or the batch failed: alone, so that each hears its own reason.
        if received.job is None:
            received.job = receive_job(
                received.printer,
                received.sender,
                stored=received.stored,
                media_type=received.media_type,
                clock=received.clock,
            )
        return received.job


def _record_together(batch: Sequence[Received]) -> None:
    """Record what is surely new of a batch; the rest, and everything when it fails, is left to be done alone."""
    with contextlib.suppress(DatabaseError, PliError):
        with transaction.atomic():
            made = _record_new(batch, batch[0].clock)
        for received, job in made:
            received.job = job


def _record_new(batch: Sequence[Received], clock: Clock) -> list[tuple[Received, PrintJob]]:
    named = [(received, received.fingerprint) for received in batch]
    lock_fingerprints([fingerprint for _, fingerprint in named])
    known = set(sent_before([name for _, name in named], clock).values_list("fingerprint", flat=True))
    times = Counter(name for _, name in named)
    new = [(received, name, new_id()) for received, name in named if name not in known and times[name] == 1]
    if not new:
        return []
    captures = receive_many(
        [arrival_of(one.printer, one.sender, one.stored, one.media_type, str(key)) for one, _, key in new], clock=clock
    )
    jobs = []
    for (one, name, key), capture in zip(new, captures, strict=True):
        job = PrintJob(
            uuid=key, queue=one.printer, name=one.sender.job_name, user_name=one.sender.user_name,
            created_at=clock.now(),
        )  # fmt: skip
        close_row(job, capture, one.stored, name, clock)
        jobs.append(job)
    PrintJob.objects.bulk_create(jobs)
    return [(received, job) for (received, _, _), job in zip(new, jobs, strict=True)]


RECORDER = Recorder()
