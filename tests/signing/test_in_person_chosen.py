"""« Signs here, on this device », chosen when the request is made: nothing is sent to that person."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client

from pli.kit.clock import SYSTEM_CLOCK, FrozenClock
from pli.notifications.api import local_outbox
from pli.parties.api import Account
from pli.signing.api import (
    SignerRequest,
    SignerState,
    UnableToSend,
    check_code,
    enter,
    open_in_person,
    send_code,
    sign,
    withdraw_ceremony,
)
from pli.signing.invitations import due_reminders
from tests.support.ceremonies import PAUL, answer_of, ask, last_code, last_link, sign_as
from tests.support.people import House, make_house
from tests.support.queue import RunJobs

pytestmark = pytest.mark.django_db


@pytest.fixture
def house() -> House:
    return make_house()


def test_in_person_from_the_start_nothing_is_sent_until_it_is_asked_for(house: House, run_jobs: RunJobs) -> None:
    clock = FrozenClock(SYSTEM_CLOCK.now())
    here = SignerRequest("Zoé Blé", "zoe@client.example", is_in_person=True)
    browser = Client()
    browser.force_login(Account.objects.get(id=house.chloe.account_id))
    first = ask(house, here, PAUL, clock=clock)
    run_jobs()
    assert local_outbox(house.alice) == []  # Chloé is there, and Paul is not asked yet
    zoe = first.signers.get(position=1)
    assert (zoe.state, zoe.is_in_person, zoe.link_version) == (SignerState.INVITED, True, 0)
    assert due_reminders(FrozenClock(clock.now() + timedelta(days=4))) == []
    page = f"/office/signatures/{first.id}/"
    assert "Zoé Blé signe ici, sur cet appareil" in browser.get(page).content.decode()
    token, device = open_in_person(house.chloe, zoe.id, clock=clock)
    session = enter(token, device, clock=clock)
    send_code(session, clock=clock)
    run_jobs()
    check_code(session, last_code(house, zoe.email), clock=clock)
    zoe.refresh_from_db()
    sign(session, answer_of(zoe), clock=clock)
    assert "signe ici" not in browser.get(page).content.decode()
    run_jobs()
    assert last_link(house, PAUL.email)
    withdraw_ceremony(house.chloe, first.id, "", clock=clock)

    # Not the first: the sender is told when it is their turn, and may send a link instead.
    before = replace(PAUL, email="max@client.example")
    second = ask(house, before, here, clock=clock)
    sign_as(house, before.email, run_jobs, clock=clock)
    run_jobs()
    told = [one for one in local_outbox(house.alice) if "sur place" in one.subject]
    assert [one.to for one in told] == ["chloe@mercier.example"] and str(second.id) in told[0].text
    with pytest.raises(AssertionError):
        last_link(house, here.email)
    zoe = second.signers.get(position=2)
    browser.post(f"/office/signatures/{second.id}/signers/{zoe.id}/resend")
    run_jobs()
    zoe.refresh_from_db()
    assert last_link(house, here.email) and not zoe.is_in_person
    assert due_reminders(FrozenClock(clock.now() + timedelta(days=4))) == [zoe.id]

    # Over before they ever came: they are told nothing of what they never heard of.
    third = ask(house, replace(here, email="never@client.example"), clock=clock)
    withdraw_ceremony(house.chloe, third.id, "Erreur", clock=clock)
    run_jobs()
    assert not [one for one in local_outbox(house.alice) if one.to == "never@client.example"]
    for wrong in (replace(here, role="COPY"), replace(here, member_id=house.bruno.member_id)):
        with pytest.raises(UnableToSend):
            ask(house, PAUL, wrong, clock=clock)
