"""Reading the journal: by subject, by page, by filter, one organisation at a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import transaction

from pli.journal.api import EventFilter, each_event, events_about, list_events, record
from pli.kit.clock import FrozenClock
from pli.kit.ids import new_id
from tests.journal.papers import SIGNED, SILENT, record_papers

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_pages_by_key_show_every_event_once_newest_first(organisation: UUID) -> None:
    recorded = record_papers(organisation, 25)  # all at the same instant
    record_papers(new_id(), 5)
    seen, key = [], ""
    while True:
        page = list_events(organisation, key=key, size=10)
        seen += page.events
        key = page.next_key
        if not key:
            break
    assert seen == recorded[::-1]
    assert list(each_event(organisation)) == recorded[::-1]
    assert list_events(organisation, key="nonsense", size=3).events == seen[:3]


def test_filters_narrow(organisation: UUID) -> None:
    clock, paper = FrozenClock(NOON), new_id()
    with transaction.atomic():
        for kind, actor in ((SIGNED, "member:a"), (SILENT, "member:b"), (SIGNED, "member:b")):
            record(kind, organisation_id=organisation, subject=("paper", paper), actor=actor, clock=clock)
            clock.advance(hours=1)

    def count(**wanted: object) -> int:
        return len(list_events(organisation, EventFilter(**wanted)).events)  # type: ignore[arg-type]

    assert count(name=SIGNED.name) == 2
    assert count(name="test.*") == 3
    assert count(name="signing.*") == 0
    assert count(actor="member:b") == 2
    assert count(subject_type="paper", subject_id=paper) == 3
    assert count(subject_id=new_id()) == 0
    assert count(since=NOON + timedelta(hours=1)) == 2
    assert count(until=NOON + timedelta(hours=1)) == 1


def test_what_happened_to_one_thing_in_order(organisation: UUID) -> None:
    paper = new_id()
    with transaction.atomic():
        recorded = [
            record(SILENT, organisation_id=organisation, subject=("paper", paper), actor="member:a", data={"pages": n})
            for n in range(5)
        ]
    assert events_about(("paper", paper)) == recorded
    assert events_about(("paper", paper), organisation_id=organisation, limit=2) == recorded[3:]
    assert events_about(("paper", paper), organisation_id=new_id()) == []
