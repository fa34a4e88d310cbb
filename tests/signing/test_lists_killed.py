"""A worker that sends a list is killed with -9, at any moment of a row, of its stop and of its resumption by itself:
each row is one request, none is lost, and what had stopped for want of credit goes on once."""

from __future__ import annotations

import random
import time
from collections import Counter
from decimal import Decimal

import pytest

from pli.billing.api import change_terms, credit_by_hand
from pli.journal.api import Event
from pli.journal.models import OutboxEntry
from pli.kit.clock import SYSTEM_CLOCK
from pli.notifications.api import Message
from pli.signing.api import (
    Ceremony,
    ListState,
    PublicForm,
    RowState,
    SendingList,
    SendingRow,
    Signer,
    SignerRequest,
    TemplateContent,
    confirm_list,
    count_rows,
    open_form,
    save_template,
)
from tests.signing.test_lists import new_list, some_people
from tests.support.ceremonies import file_contract
from tests.support.people import House, make_house
from tests.support.workers import Workers, held, is_blocked, is_busy, until

ROWS = 10
_CHANCE = random.Random(4)  # noqa: S311 - a moment, no secret


def _list(house: House) -> SendingList:
    """Ten rows, of a template that has a public form too."""
    papers = (file_contract(house).id,)
    template = save_template(house.chloe, "Adhésion", TemplateContent((SignerRequest("Client", ""),), papers))
    open_form(house.chloe, template.id)
    made = new_list(house, *some_people(ROWS), head="Nom;E-mail", template=template)
    confirm_list(house.chloe, made.id)
    return made


def _sent(made: SendingList) -> int:
    return made.rows.filter(state=RowState.SENT).count()


def _killed_within_a_row(workers: Workers, made: SendingList, *, after: int) -> None:
    workers.start()
    until(lambda: _sent(made) >= after)
    time.sleep(_CHANCE.random() * 0.08)  # somewhere within the next row
    workers.kill()
    until(lambda: not is_busy())
    assert _sent(made) < ROWS, "killed too late to prove anything"


def _killed_at(workers: Workers, made: SendingList, credit: Decimal | None, house: House) -> None:
    """While it writes that the list stops; with ``credit``, while it writes that it goes on."""
    with held("SELECT 1 FROM signing_sendinglist WHERE id = %s FOR UPDATE", made.id):
        if credit:
            credit_by_hand(house.alice, house.organisation.id, credit, reason="Virement", key="1")
        workers.start()
        until(lambda: is_blocked("UPDATE%signing_sendinglist%"))
        workers.kill()
    until(lambda: not is_busy())


@pytest.mark.faults
@pytest.mark.timeout(300)
@pytest.mark.django_db(transaction=True)
def test_a_killed_worker_neither_loses_a_row_nor_sends_it_twice() -> None:
    house = make_house()
    made = _list(house)
    with Workers() as workers:
        _killed_within_a_row(workers, made, after=2)
        change_terms(house.alice, house.organisation.id, when_empty="REFUSE", quota_bytes=None)
        PublicForm.objects.update(paused_at=SYSTEM_CLOCK.now(), told={"is_outside": True})
        _killed_at(workers, made, None, house)
        made.refresh_from_db()
        assert made.state == ListState.SENDING
        workers.start()
        until(lambda: SendingList.objects.filter(id=made.id, state=ListState.STOPPED).exists())
        workers.kill()
        sent = _sent(made)

        _killed_at(workers, made, Decimal(50), house)
        made.refresh_from_db()
        assert (made.state, PublicForm.objects.get().paused_at is None, _sent(made)) == (ListState.STOPPED, False, sent)
        _killed_within_a_row(workers, made, after=sent + 2)
        workers.start()
        until(lambda: SendingList.objects.filter(id=made.id, state=ListState.DONE).exists())
        until(lambda: not OutboxEntry.objects.filter(done_at=None).exists())
    form = PublicForm.objects.get()
    assert (form.paused_at, form.told) == (None, {})
    _each_once(made)


def _each_once(made: SendingList) -> None:
    rows = list(made.rows.order_by("number"))
    assert count_rows(made)["SENT"] == Ceremony.objects.count() == len({one.ceremony_id for one in rows}) == ROWS
    assert not SendingRow.objects.exclude(state=RowState.SENT).exists()
    asked = Counter(Signer.objects.filter(position=1).values_list("email", flat=True))
    assert asked == Counter(one.people[0]["email"] for one in rows)  # nobody twice, nobody left out
    links = Counter(Message.objects.filter(template="signature.invitation").values_list("to_address", flat=True))
    assert links == asked
    for name in ("stopped", "resumed", "done"):
        assert Event.objects.filter(name=f"signing.list-{name}").count() == 1, name
