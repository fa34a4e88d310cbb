"""kill -9 of whoever records and of whoever dispatches: no event lost, no handler's effect doubled."""

from __future__ import annotations

import random
import time

import pytest
from django.db.models import Count

from pli.journal.api import Event
from pli.journal.models import OutboxEntry
from tests.journal.papers import SIGNED, SILENT
from tests.support.processes import kill, start, started, wait_until

PROCESS = "tests.project.queue_process"


@pytest.mark.faults
@pytest.mark.django_db(transaction=True)
def test_no_event_is_lost_or_applied_twice() -> None:
    chance = random.Random(20261121)  # noqa: S311
    for _ in range(2):
        before = OutboxEntry.objects.filter(done_at__isnull=False).count()
        recorder, workers = start(PROCESS, "recorder"), [start(PROCESS, "worker", "6") for _ in range(2)]
        try:
            wait_until(lambda: OutboxEntry.objects.filter(done_at__isnull=False).count() > before + 5, seconds=120)  # noqa: B023
            time.sleep(chance.random())
        finally:
            for process in chance.sample([recorder, *workers], 3):
                kill(process)
    recorded = Event.objects.filter(name=SIGNED.name).count()
    with started(PROCESS, "worker", "6"):
        wait_until(lambda: not OutboxEntry.objects.filter(done_at=None).exists(), seconds=180)
    effects = Event.objects.filter(name=SILENT.name).values("subject_id").annotate(times=Count("id"))
    assert len(effects) == recorded > 0
    assert {effect["times"] for effect in effects} == {1}
