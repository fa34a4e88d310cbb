"""From what happens to what it costs, through the real rooms; and what an empty account or a full space refuses."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from pli.billing.api import Entry, Meter, NothingLeft, Usage, change_terms, credit_by_hand, meter_usage
from pli.capture.api import Capture
from pli.journal.api import Event
from pli.journal.dispatch import dispatch_events
from pli.journal.models import OutboxEntry
from pli.kit.clock import SYSTEM_CLOCK
from pli.kit.ids import new_id
from pli.parties.api import Account
from pli.signing.api import Ceremony, CeremonyState
from tests.pdf import samples
from tests.support.ceremonies import JULIE, PAUL, ask, file_contract, sign_as
from tests.support.people import make_house
from tests.support.queue import RunJobs


@pytest.mark.django_db(transaction=True)
def test_signatures_are_counted_once_when_all_is_sealed_and_an_empty_account_refuses(run_jobs: RunJobs) -> None:
    house = make_house()
    mine = house.organisation.id
    for number in range(9):
        meter_usage(mine, Meter.SIGNATURE, f"former-{number}", occurred_at=SYSTEM_CLOCK.now(), cause=("t", new_id()))
    ceremony = ask(house, JULIE, PAUL)
    run_jobs()
    sign_as(house, JULIE.email, run_jobs)
    run_jobs()
    # One has signed, nothing is sealed: nothing is counted.
    assert Usage.objects.count() == 9
    sign_as(house, PAUL.email, run_jobs)
    run_jobs()
    ceremony.refresh_from_db()
    assert ceremony.state == CeremonyState.COMPLETED
    assert Usage.objects.filter(cause_id=ceremony.id).count() == 2
    # Nine and one are free; the eleventh is not.
    charge = Entry.objects.get(kind="CHARGE")
    assert (charge.cause_type, charge.cause_id, charge.amount) == ("ceremony", ceremony.id, Decimal("-1.2"))
    # A worker was killed after its work and before its mark: the event is told again.
    event = Event.objects.get(name="signing.ceremony-completed")
    OutboxEntry.objects.filter(event=event).update(done_at=None)
    dispatch_events([event.id])
    assert (Usage.objects.count(), Entry.objects.count()) == (11, 1)

    change_terms(house.alice, mine, when_empty="REFUSE", quota_bytes=None)
    known = Ceremony.objects.count()
    with pytest.raises(NothingLeft):
        ask(house)
    assert Ceremony.objects.count() == known
    credit_by_hand(house.alice, mine, Decimal(50), reason="Chèque", key="1")
    ask(house)


@pytest.mark.django_db
def test_a_full_space_refuses_what_a_person_adds_and_says_so() -> None:
    house = make_house()
    file_contract(house)
    change_terms(house.alice, house.organisation.id, when_empty="GO_ON", quota_bytes=10)
    browser = Client()
    browser.force_login(Account.objects.get(id=house.chloe.account_id))
    file = SimpleUploadedFile("a.pdf", samples.simple_contract(pages=1), content_type="application/pdf")
    answer = browser.post(reverse("documents:upload"), {"files": file}, headers={"accept": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (507, "BIL-002")
    assert "10" in answer.json()["detail"]
    assert not Capture.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_where_counting_is_off_nothing_is_counted_refused_or_warned_of(run_jobs: RunJobs) -> None:
    """Switched off on an empty account that refused; on again, only what comes then is counted."""
    house = make_house()
    mine, desk, member = house.organisation.id, Client(), Client()
    desk.force_login(Account.objects.get(id=house.alice.account_id))
    member.force_login(Account.objects.get(id=house.chloe.account_id))
    home = reverse("office:home")
    change_terms(house.alice, mine, when_empty="REFUSE", quota_bytes=None)
    assert "Le compte est épuisé." in desk.get(home).content.decode()
    assert "épuisé" not in member.get(home).content.decode()
    with pytest.raises(NothingLeft):
        ask(house)

    change_terms(house.alice, mine, when_empty="REFUSE", quota_bytes=None, is_metered=False)
    ceremony = ask(house, JULIE)
    run_jobs()
    sign_as(house, JULIE.email, run_jobs)
    run_jobs()
    ceremony.refresh_from_db()
    assert ceremony.state == CeremonyState.COMPLETED
    assert not Usage.objects.exists() and not Entry.objects.exists()
    assert "épuisé" not in desk.get(home).content.decode()

    change_terms(house.alice, mine, when_empty="REFUSE", quota_bytes=None, is_metered=True)
    credit_by_hand(house.alice, mine, Decimal(1), reason="Chèque", key="1")
    assert "Le compte est bientôt épuisé." in desk.get(home).content.decode()
    credit_by_hand(house.alice, mine, Decimal(200), reason="Chèque", key="2")
    assert "épuisé" not in desk.get(home).content.decode()
