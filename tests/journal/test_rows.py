"""Rows inserted in one statement are those ``bulk_create`` would have made."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import DataError, IntegrityError, connection, transaction
from django.forms.models import model_to_dict
from django.test.utils import CaptureQueriesContext

from pli.journal.models import Event
from pli.journal.rows import Computed, insert_rows
from pli.kit.ids import new_id

pytestmark = pytest.mark.django_db
ODD = ["", "l’été", 'a "quoted" one', "back\\slash", "{brace},comma", "NULL", "\n\t;--", "%s %% %(x)s", "💶"]


def _event(said: str, number: int, **more: Any) -> Event:
    return Event(
        id=new_id(), organisation_id=new_id(), name=f"test.{number}", subject_type="x", subject_id=new_id(),
        actor=said, occurred_at=datetime(2026, 1, 1, number, 30, 15, 123456, tzinfo=UTC),
        data={"said": said, "list": [1, None, {"deep": said}], "whole": number}, **more,
    )  # fmt: skip


def _stored(rows: list[Event]) -> list[dict[str, Any]]:
    found = Event.objects.in_bulk([row.id for row in rows])
    return [model_to_dict(found[row.id]) | {"salt": bytes(found[row.id].personal_salt or b"")} for row in rows]


def test_the_same_rows_as_django_makes() -> None:
    def make() -> list[Event]:
        rows = [_event(said, number) for number, said in enumerate(ODD)]
        for number, row in enumerate(rows):
            if number % 2:  # A column with a value in some rows only.
                row.personal, row.personal_salt, row.position = {"name": row.actor}, bytes([0, 255, number]), number
        return rows

    ours, theirs = make(), make()
    insert_rows(ours)
    Event.objects.bulk_create(theirs)

    hidden = {"id", "organisation_id", "subject_id"}
    seen = [[{k: v for k, v in row.items() if k not in hidden} for row in _stored(rows)] for rows in (ours, theirs)]
    assert seen[0] == seen[1]
    assert [row["data"]["said"] for row in _stored(ours)] == ODD
    assert [bytes(row.personal_salt or b"") for row in ours] == [row["salt"] for row in _stored(ours)]
    assert not any(row._state.adding for row in ours)  # Known as stored: saved again it is an update.


def test_nothing_to_insert_asks_nothing() -> None:
    with CaptureQueriesContext(
        connection,
    ) as asked:
        insert_rows([])
    assert not asked.captured_queries


def test_all_or_nothing() -> None:
    good, again = _event("a", 1), _event("b", 2)
    again.id = good.id
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_rows([good, again])
    # A name longer than its column is refused, not cut.
    with pytest.raises(DataError), transaction.atomic():
        insert_rows([_event("a", 1), _event("x" * 81, 2)])
    assert not Event.objects.filter(name__startswith="test.").exists()


def test_a_column_worked_out() -> None:
    rows = [_event("a", 1), _event("b", 2)]
    insert_rows(rows, computed={"chain_hash": Computed("upper(said) || '!'", {"said": ["un", "l’été"]})})
    assert [Event.objects.get(id=row.id).chain_hash for row in rows] == ["UN!", "L’ÉTÉ!"]


def test_those_already_there_may_stay_as_they_are() -> None:
    kept, new = _event("a", 1), _event("b", 2)
    insert_rows([kept])
    changed = _event("changed", 3)
    changed.id = kept.id
    insert_rows([changed, new], ignore_conflicts=True)
    assert [Event.objects.get(id=one.id).actor for one in (kept, new)] == ["a", "b"]


@pytest.mark.parametrize("said", ["nul\x00", "half \ud83d of one"])
def test_what_no_database_keeps_is_refused(said: str) -> None:
    with pytest.raises((DataError, ValueError)), transaction.atomic():
        insert_rows([_event("a", 1), _event(said, 2)])
    assert not Event.objects.filter(name__startswith="test.").exists()
