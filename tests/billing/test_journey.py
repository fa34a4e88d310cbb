"""From what happens to what it costs, through the real rooms; and what an empty account or a full space refuses."""

from __future__ import annotations

from decimal import Decimal
from functools import partial

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
from pli.signing.api import (
    Ceremony,
    CeremonyState,
    ListState,
    Signer,
    SignerRequest,
    TemplateContent,
    confirm_list,
    go_on,
    open_form,
    save_template,
    standing_still,
)
from pli.signing.prepared.lists import move_list
from pli.signing.tasks import watch_deadlines
from tests.pdf import samples
from tests.signing.test_lists import new_list, some_people
from tests.support.ceremonies import JULIE, PAUL, ask, file_contract, sign_as
from tests.support.people import make_house
from tests.support.queue import RunJobs
from tests.support.races import at_once, told


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


@pytest.mark.django_db(transaction=True)
def test_what_stopped_for_want_of_credit_is_shown_first_and_goes_on_by_itself_with_it(run_jobs: RunJobs) -> None:
    house = make_house()
    mine, member = house.organisation.id, Client()
    member.force_login(Account.objects.get(id=house.chloe.account_id))
    change_terms(house.alice, mine, when_empty="REFUSE", quota_bytes=None)
    role = SignerRequest("Client", "")
    template = save_template(house.chloe, "Adhésion", TemplateContent((role,), (file_contract(house).id,)))
    form = open_form(house.chloe, template.id)
    sending = new_list(house, *some_people(3), head="Nom;E-mail", template=template)
    confirm_list(house.chloe, sending.id)
    run_jobs()
    assert Client().get(f"/form/{form.token}").status_code == 503
    for page in ("office:home", "todo:list"):
        for tongue, words in (("fr", "partira alors tout seul"), ("en", "will then go out by itself")):
            Account.objects.filter(id=house.chloe.account_id).update(language=tongue)
            shown = member.get(reverse(page)).content.decode()
            assert words in shown and "liste.csv" in shown and f"/lists/{sending.id}/" in shown, (page, tongue)
            assert f"/templates/{template.id}/#public-form" in shown
    # Nobody of another house is told, and nothing goes on while there is nothing.
    assert standing_still(make_house("lambert").alice) == []
    go_on(mine)
    sending.refresh_from_db()
    assert (sending.state, Ceremony.objects.count()) == (ListState.STOPPED, 0)

    credit_by_hand(house.alice, mine, Decimal(50), reason="Chèque", key="1")
    run_jobs()
    # Told again, asked by two at once, and watched: still each row once.
    event = Event.objects.get(name="billing.balance-restored")
    OutboxEntry.objects.filter(event=event).update(done_at=None)
    dispatch_events([event.id])
    assert told(at_once(*[partial(go_on, mine)] * 2)) == []
    watch_deadlines(timestamp=0)
    run_jobs()
    sending.refresh_from_db()
    form.refresh_from_db()
    assert (sending.state, sending.told, form.paused_at, form.told) == (ListState.DONE, {}, None, {})
    assert sorted(Signer.objects.values_list("email", flat=True)) == [f"zoe{at}@client.example" for at in (1, 2, 3)]
    assert Event.objects.filter(name="signing.list-resumed").count() == 1
    assert "liste.csv" not in member.get(reverse("office:home")).content.decode()

    # A list that stops in the very moment the credit is told is taken up by the watch; one that stopped otherwise not.
    other = new_list(house, *some_people(1), head="Nom;E-mail", template=template)
    lost = new_list(house, *some_people(1), head="Nom;E-mail", template=template)
    for one, is_outside in ((other, True), (lost, False)):
        confirm_list(house.chloe, one.id)
        one.refresh_from_db()
        move_list(one, "stop", told={"is_outside": is_outside, "message": "", "remedy": "", "details": {}})
    watch_deadlines(timestamp=0)
    run_jobs()
    other.refresh_from_db()
    lost.refresh_from_db()
    assert (other.state, lost.state) == (ListState.DONE, ListState.STOPPED)
