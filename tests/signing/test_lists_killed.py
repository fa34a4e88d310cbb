"""A worker that sends a list is killed with -9, at any moment of a row: each row is one request, and none is lost."""

from __future__ import annotations

import random
import time
from collections import Counter

import pytest
from django.conf import settings

from pli.journal.api import Event
from pli.notifications.api import Message
from pli.signing.api import Ceremony, ListState, RowState, SendingRow, Signer, confirm_list, count_rows
from tests.signing.test_lists import new_list, some_people
from tests.support.people import make_house
from tests.support.processes import kill, start, started, wait_until

PROCESS = "tests.project.queue_process"
ROWS = 10
# A worker silent for so many seconds has its job taken up by the next one; 20 in production.
SILENCE = "2"


@pytest.mark.faults
@pytest.mark.timeout(300)
@pytest.mark.django_db(transaction=True)
def test_a_killed_worker_neither_loses_a_row_nor_sends_it_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLI_HOME", str(settings.PLI_HOME))
    house, chance = make_house(), random.Random(4)  # noqa: S311 - a moment, no secret
    made = new_list(house, *some_people(ROWS))
    confirm_list(house.chloe, made.id)

    def sent() -> int:
        return made.rows.filter(state=RowState.SENT).count()

    for enough in (2, 5):
        worker = start(PROCESS, "worker", SILENCE)
        try:
            wait_until(lambda: sent() >= enough, seconds=120)  # noqa: B023 - called before it changes
            time.sleep(chance.random() * 0.08)  # somewhere within the next row
        finally:
            kill(worker)
        assert sent() < ROWS, "killed too late to prove anything"
    with started(PROCESS, "worker", SILENCE):
        wait_until(lambda: SendingRow.objects.filter(sending=made, state=RowState.READY).count() == 0, seconds=180)
        wait_until(lambda: type(made).objects.get(id=made.id).state == ListState.DONE, seconds=60)
    rows = list(made.rows.order_by("number"))
    assert count_rows(made)["SENT"] == Ceremony.objects.count() == len({one.ceremony_id for one in rows}) == ROWS
    asked = Counter(Signer.objects.filter(position=1).values_list("email", flat=True))
    assert asked == Counter(one.people[0]["email"] for one in rows)  # nobody twice, nobody left out
    links = Counter(Message.objects.filter(template="signature.invitation").values_list("to_address", flat=True))
    assert links == asked
    assert Event.objects.filter(name="signing.list-done").count() == 1
