"""The chain: every event once, in order, unchangeable; personal values stay outside and can go."""

from __future__ import annotations

import hashlib
import json
import threading
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction

from pli.journal.api import Event, chain_all, chain_events, entry_of, erase_personal, record
from pli.journal.verify_journal import chain_hash, genesis_hash
from pli.kit.errors import NotFound
from pli.kit.ids import new_id
from tests.journal.papers import SIGNED, record_papers

pytestmark = pytest.mark.django_db


def _sign(organisation: UUID, **data: object) -> Event:
    with transaction.atomic():
        return record(SIGNED, organisation_id=organisation, subject=("paper", new_id()), actor="system:test", data=data)


def _assert_chained(organisation: UUID, count: int) -> None:
    previous = genesis_hash(str(organisation))
    events = list(Event.objects.filter(organisation_id=organisation).order_by("position"))
    assert [event.position for event in events] == list(range(1, count + 1))
    for event in events:
        previous = chain_hash(previous, entry_of(event))
        assert event.chain_hash == previous.hex()


def test_events_are_chained_in_the_order_they_were_recorded() -> None:
    first, second = new_id(), new_id()
    recorded = [record_papers(first, 1)[0] for _ in range(20)]
    record_papers(second, 3)
    assert chain_all() == 23
    assert chain_all() == 0
    placed = Event.objects.filter(organisation_id=first).order_by("position")
    assert list(placed) == recorded
    record_papers(first, 2)
    assert chain_events(first) == 2
    _assert_chained(first, 22)
    _assert_chained(second, 3)


def test_the_hash_can_be_computed_by_hand(organisation: UUID) -> None:
    event = _sign(organisation, pages=3, note="« été »", name="Alice Martin")
    chain_events(organisation)
    event.refresh_from_db()
    entry = {
        "actor": "system:test",
        "data": {"note": "« été »", "pages": 3},
        "id": str(event.id),
        "name": "test.paper-signed",
        "occurred_at": event.occurred_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "organisation_id": str(organisation),
        "personal_digest": event.personal_digest,
        "position": 1,
        "subject": f"paper:{event.subject_id}",
    }
    written = json.dumps(entry, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    start = hashlib.sha256(f"pli:journal:1:{organisation}".encode()).digest()
    assert event.chain_hash == hashlib.sha256(start + written).hexdigest()
    assert b"Alice" not in written


def test_values_with_an_exact_text_are_written_as_text(organisation: UUID) -> None:
    at = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
    event = _sign(organisation, note=[organisation, at, Decimal("1.10"), {"b", "a"}])
    event.refresh_from_db()
    assert event.data["note"] == [str(organisation), "2026-03-29T00:30:00.000000Z", "1.10", ["a", "b"]]


@pytest.mark.parametrize("value", [1.5, 2**53, object(), "a\0b", datetime(2026, 1, 1), "\ud800"])  # noqa: DTZ001
def test_what_json_cannot_say_exactly_is_refused(organisation: UUID, value: object) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        _sign(organisation, note=value)


@pytest.mark.parametrize("is_chained", [False, True])
@pytest.mark.parametrize(
    "change", ["data = '{}'", "actor = 'member:other'", "personal_digest = ''", 'personal = \'{"name": "Bob"}\'']
)
def test_the_database_refuses_to_change_an_event(organisation: UUID, change: str, is_chained: bool) -> None:
    _sign(organisation, pages=1, name="Alice")
    if is_chained:
        chain_events(organisation)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE journal_event SET {change}")  # noqa: S608


def test_the_database_refuses_to_move_or_delete_an_event(organisation: UUID) -> None:
    event = record_papers(organisation, 2)[0]
    chain_events(organisation)
    for change in ({"position": 7}, {"chain_hash": "0" * 64}, {"position": None, "chain_hash": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Event.objects.filter(id=event.id).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        event.delete()


def test_personal_values_can_be_erased_and_the_chain_stays(organisation: UUID) -> None:
    event = _sign(organisation, pages=1, name="Alice", email="alice@example.org")
    chain_events(organisation)
    with pytest.raises(NotFound):
        erase_personal(event.id, organisation_id=new_id(), actor="member:x", reason="demande")
    for _ in range(2):
        erase_personal(event.id, organisation_id=organisation, actor="member:x", reason="demande d’effacement")
    event.refresh_from_db()
    assert (event.personal, event.personal_salt) == (None, None)
    told = Event.objects.get(name="journal.personal-erased")
    assert told.data == {
        "event_name": SIGNED.name,
        "fields": ["email", "name"],
        "reason": "demande d’effacement",
    }
    chain_events(organisation)
    _assert_chained(organisation, 2)


@pytest.mark.django_db(transaction=True)
def test_parallel_chainers_make_one_chain(organisation: UUID) -> None:
    barrier = threading.Barrier(4)

    def chain() -> None:
        try:
            barrier.wait()
            for _ in range(5):
                record_papers(organisation, 10)
                chain_events(organisation)
        finally:
            connection.close()

    threads = [threading.Thread(target=chain) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    _assert_chained(organisation, 200)
