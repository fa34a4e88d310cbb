"""Events reach their handlers: with their transaction, once, and again after a failure."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.db import connection, transaction

from pli.journal.api import Event, EventType, Happening, record, record_many, stuck_entries, sweep_outbox
from pli.journal.models import OutboxEntry
from pli.kit.clock import FrozenClock
from pli.kit.ids import new_id
from tests.journal.papers import SIGNED, SILENT, Listener
from tests.support.queue import RunJobs


def _sign(kind: EventType, organisation: UUID) -> Event:
    with transaction.atomic():
        return record(kind, organisation_id=organisation, subject=("paper", new_id()), actor="system:test")


@pytest.mark.django_db
def test_a_handler_hears_of_an_event_once(listener: Listener, organisation: UUID, run_jobs: RunJobs) -> None:
    event = _sign(SIGNED, organisation)
    assert run_jobs() == 1
    assert run_jobs() == 0
    assert listener.heard == [event]
    assert OutboxEntry.objects.get(event=event).done_at is not None


@pytest.mark.django_db(transaction=True)
def test_a_real_worker_brings_it(listener: Listener, organisation: UUID, run_jobs: RunJobs) -> None:
    event = _sign(SIGNED, organisation)
    assert run_jobs() == 1
    assert listener.heard == [event]


@pytest.mark.django_db(transaction=True)
def test_an_event_rolled_back_is_never_heard_of(listener: Listener, organisation: UUID, run_jobs: RunJobs) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        _sign(SIGNED, organisation)
        raise RuntimeError
    assert run_jobs() == 0
    assert listener.heard == []


@pytest.mark.django_db
def test_an_event_outside_a_transaction_is_refused(organisation: UUID) -> None:
    with pytest.raises(ValueError, match="does not declare"):
        record(
            SIGNED, organisation_id=organisation, subject=("paper", new_id()), actor="system:test", data={"secret": 1}
        )


@pytest.mark.django_db
def test_a_failing_handler_is_tried_again_by_the_sweep(
    listener: Listener, organisation: UUID, run_jobs: RunJobs
) -> None:
    clock = FrozenClock(datetime.now(UTC))
    listener.failing = True
    event = _sign(SIGNED, organisation)
    run_jobs()
    entry = OutboxEntry.objects.get(event=event)
    assert (entry.attempts, entry.done_at) == (1, None)
    assert entry.last_error.startswith("RuntimeError (")
    assert "alice" not in entry.last_error
    for _ in range(4):
        clock.advance(minutes=10)
        assert sweep_outbox(clock=clock) == 1
        run_jobs()
    assert [stuck.entry_id for stuck in stuck_entries(organisation)] == [entry.id]
    assert stuck_entries(new_id()) == []
    listener.failing = False
    clock.advance(minutes=10)
    sweep_outbox(clock=clock)
    run_jobs()
    assert listener.heard == [event]
    assert stuck_entries() == []


@pytest.mark.django_db
def test_what_a_failing_handler_changed_is_undone(listener: Listener, organisation: UUID, run_jobs: RunJobs) -> None:
    listener.before = lambda: _sign(SILENT, organisation)
    listener.failing = True
    _sign(SIGNED, organisation)
    run_jobs()
    assert not Event.objects.filter(name=SILENT.name).exists()


@pytest.mark.django_db
def test_a_handler_gone_from_the_code_is_not_forgotten(organisation: UUID, run_jobs: RunJobs) -> None:
    event = _sign(SILENT, organisation)
    entry = OutboxEntry.objects.create(event=event, handler="test.gone", next_try_at=event.occurred_at)
    assert sweep_outbox() == 1
    run_jobs()
    entry.refresh_from_db()
    assert (entry.done_at, entry.attempts) == (None, 1)


@pytest.mark.django_db
def test_many_events_make_one_job_per_chunk(listener: Listener, organisation: UUID, run_jobs: RunJobs) -> None:
    happenings = [Happening(SIGNED, organisation, ("paper", new_id()), "system:test", {"pages": 2})] * 450
    with transaction.atomic():
        record_many(happenings)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo'")
        assert cursor.fetchone()[0] == 3
    run_jobs()
    assert len(listener.heard) == 450
