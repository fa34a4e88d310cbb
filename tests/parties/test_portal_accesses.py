"""Keys to the portal: by link, by letter, closed, reopened."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from pli.kit.clock import FrozenClock
from pli.kit.errors import NotFound
from pli.parties import api
from pli.parties.api import Account, PartyKind, PortalAccess, StaffActor
from pli.parties.services.activation import IssuedLetter
from tests.parties.conftest import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def party(alice: StaffActor) -> api.Party:
    return api.create_party(actor=alice, kind=PartyKind.EMPLOYEE, values={"code": "E1", "name": "Julie Martin"})


def open_by_letter(alice: StaffActor, party: api.Party, clock: FrozenClock) -> IssuedLetter:
    issued = api.open_portal_access(actor=alice, party_id=party.id, name="Julie Martin", clock=clock)
    assert isinstance(issued, IssuedLetter)
    return issued


def test_a_link_opens_the_portal(alice: StaffActor, party: api.Party, clock: FrozenClock) -> None:
    issued = api.open_portal_access(actor=alice, party_id=party.id, name="Julie", email="j@m.example", clock=clock)
    assert isinstance(issued, api.IssuedLink)
    account = api.activate_by_link(token=issued.token, password=PASSWORD, clock=clock)
    actor = api.portal_actor(account)
    assert actor.party_ids == {party.id}
    api.deactivate_party(actor=alice, party_id=party.id)
    assert api.portal_actor(account).party_ids == {party.id}, "a leaver still reads their payslips"


def test_a_letter_opens_it_without_e_mail(alice: StaffActor, party: api.Party, clock: FrozenClock) -> None:
    letter = open_by_letter(alice, party, clock)
    clock.advance(days=5)
    typed = letter.code.lower().replace("-", " ")
    account = api.activate_by_letter(login_name=letter.login_name.lower(), code=typed, password=PASSWORD, clock=clock)
    assert api.portal_actor(account).party_ids == {party.id}
    with pytest.raises(api.ActivationRefused):
        api.activate_by_letter(login_name=letter.login_name, code=letter.code, password=PASSWORD, clock=clock)


def test_two_people_without_e_mail_are_two_accounts(alice: StaffActor, party: api.Party, clock: FrozenClock) -> None:
    one, two = open_by_letter(alice, party, clock), open_by_letter(alice, party, clock)
    assert one.login_name != two.login_name


def test_a_letter_dies_at_the_fifth_wrong_try(alice: StaffActor, party: api.Party, clock: FrozenClock) -> None:
    letter = open_by_letter(alice, party, clock)
    for _ in range(5):
        with pytest.raises(api.ActivationRefused):
            api.activate_by_letter(login_name=letter.login_name, code="faux", password=PASSWORD, clock=clock)
    with pytest.raises(api.ActivationRefused):
        api.activate_by_letter(login_name=letter.login_name, code=letter.code, password=PASSWORD, clock=clock)
    fresh = api.resend_activation(actor=alice, access_id=letter.activation.access_id, clock=clock)
    assert isinstance(fresh, IssuedLetter)
    with pytest.raises(api.ActivationRefused):
        api.activate_by_letter(login_name=letter.login_name, code=letter.code, password=PASSWORD, clock=clock)
    assert api.activate_by_letter(login_name=fresh.login_name, code=fresh.code, password=PASSWORD, clock=clock)


def test_a_letter_is_of_no_use_after_a_month(alice: StaffActor, party: api.Party, clock: FrozenClock) -> None:
    letter = open_by_letter(alice, party, clock)
    clock.advance(days=30)
    with pytest.raises(api.ActivationRefused):
        api.activate_by_letter(login_name=letter.login_name, code=letter.code, password=PASSWORD, clock=clock)


@pytest.mark.django_db(transaction=True)
def test_parallel_tries_are_not_extra_tries(alice: StaffActor, party: api.Party, clock: FrozenClock) -> None:
    letter = open_by_letter(alice, party, clock)
    gate = threading.Barrier(8)

    def guess() -> None:
        gate.wait()
        try:
            api.activate_by_letter(login_name=letter.login_name, code="faux", password=PASSWORD, clock=clock)
        except api.ActivationRefused:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=guess) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    letter.activation.refresh_from_db()
    assert letter.activation.failed_tries == 5


@pytest.mark.django_db(transaction=True)
def test_one_of_two_at_once_activates(alice: StaffActor, party: api.Party, clock: FrozenClock) -> None:
    issued = api.open_portal_access(actor=alice, party_id=party.id, name="Julie", email="j@m.example", clock=clock)
    assert isinstance(issued, api.IssuedLink)
    gate, won = threading.Barrier(2), []

    def activate(password: str) -> None:
        gate.wait()
        try:
            api.activate_by_link(token=issued.token, password=password, clock=clock)
            won.append(password)
        except api.ActivationRefused:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=activate, args=(PASSWORD + n,)) for n in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert Account.objects.get(email="j@m.example").check_password(won[0])


def test_closing_ends_it_and_reopening_gives_it_back(alice: StaffActor, party: api.Party, clock: FrozenClock) -> None:
    issued = api.open_portal_access(actor=alice, party_id=party.id, name="Julie", email="j@m.example", clock=clock)
    assert isinstance(issued, api.IssuedLink)
    access = PortalAccess.objects.get()
    account = api.activate_by_link(token=issued.token, password=PASSWORD, clock=clock)
    before = account.get_session_auth_hash()
    api.close_portal_access(actor=alice, access_id=access.id)
    account.refresh_from_db()
    assert account.get_session_auth_hash() != before
    with pytest.raises(NotFound):
        api.portal_actor(account)
    api.reopen_portal_access(actor=alice, access_id=access.id)
    assert api.portal_actor(account)
    with pytest.raises(api.AlreadyActivated):
        api.resend_activation(actor=alice, access_id=access.id)
    with pytest.raises(api.AlreadyOpen):
        api.open_portal_access(actor=alice, party_id=party.id, name="Julie", email="J@m.example")


def test_an_invitation_can_be_accepted_from_inside(alice: StaffActor, bob: StaffActor, party: api.Party) -> None:
    api.open_portal_access(actor=alice, party_id=party.id, name="Bob", email="bob@rival.example")
    account = Account.objects.get(id=bob.account_id)
    (waiting,) = api.list_invitations(account)
    with pytest.raises(api.ActivationRefused):
        api.accept_invitation(account=Account.objects.get(id=alice.account_id), target_id=waiting.target_id)
    api.accept_invitation(account=account, target_id=waiting.target_id)
    assert api.portal_actor(account).party_ids == {party.id}
    assert api.list_invitations(account) == []
