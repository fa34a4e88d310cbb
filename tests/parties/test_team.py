"""The team: roles, invitations, the last administrator."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connection

from pli.journal.api import Event
from pli.kit.clock import FrozenClock
from pli.kit.errors import NotAllowed, NotFound
from pli.parties import api
from pli.parties.api import Account, Member, Organisation, Role, StaffActor
from tests.parties.conftest import PASSWORD

pytestmark = pytest.mark.django_db


def invite(actor: StaffActor, clock: FrozenClock, email: str = "julie@atelier.example") -> api.IssuedLink:
    return api.invite_member(actor=actor, email=email, name="Julie", role=Role.MEMBER, clock=clock)


def test_an_invitation_becomes_a_member_by_its_link(alice: StaffActor, clock: FrozenClock) -> None:
    issued = invite(alice, clock)
    account = Account.objects.get(email="julie@atelier.example")
    assert not account.has_usable_password()
    with pytest.raises(NotFound):
        api.staff_actor(account)
    offer = api.look_at_activation(issued.token, clock=clock)
    assert offer.organisation_name == "Atelier Mercier"
    assert offer.needs_password
    api.activate_by_link(token=issued.token, password=PASSWORD, clock=clock)
    account.refresh_from_db()
    assert account.check_password(PASSWORD)
    assert api.staff_actor(account).role == Role.MEMBER


def test_the_secret_is_nowhere_but_in_the_hand_of_the_caller(alice: StaffActor, clock: FrozenClock) -> None:
    issued = invite(alice, clock)
    stored = str(list(api.Member.objects.values())) + str(list(issued.activation.__class__.objects.values()))
    told = str(list(Event.objects.values("data", "personal")))
    assert issued.token not in stored
    assert issued.token not in told
    assert issued.token not in repr(issued)


@pytest.mark.parametrize("how", ["expired", "used", "voided", "deactivated"])
def test_a_dead_link_is_refused_whatever_killed_it(alice: StaffActor, clock: FrozenClock, how: str) -> None:
    issued = invite(alice, clock)
    member = Member.objects.get(account__email="julie@atelier.example")
    if how == "expired":
        clock.advance(hours=24)
    elif how == "used":
        api.activate_by_link(token=issued.token, password=PASSWORD, clock=clock)
    elif how == "voided":
        api.resend_invitation(actor=alice, member_id=member.id, clock=clock)
    else:
        api.deactivate_member(actor=alice, member_id=member.id, clock=clock)
    with pytest.raises(api.ActivationRefused):
        api.look_at_activation(issued.token, clock=clock)
    with pytest.raises(api.ActivationRefused):
        api.activate_by_link(token=issued.token, password=PASSWORD + "2", clock=clock)


def test_a_link_lives_until_the_last_minute_of_its_day(alice: StaffActor, clock: FrozenClock) -> None:
    issued = invite(alice, clock)
    clock.advance(hours=23, minutes=59)
    assert api.look_at_activation(issued.token, clock=clock)


def test_an_existing_password_is_never_changed_by_an_invitation(
    alice: StaffActor, bob: StaffActor, clock: FrozenClock
) -> None:
    issued = invite(alice, clock, "bob@rival.example")
    assert not api.look_at_activation(issued.token, clock=clock).needs_password
    account = api.activate_by_link(token=issued.token, password="un autre mot de passe", clock=clock)
    account.refresh_from_db()
    assert account.check_password(PASSWORD)
    assert [one.slug for one in api.staff_organisations(account)] == ["atelier", "rival"]


def test_a_weak_password_is_refused_and_the_link_still_works(alice: StaffActor, clock: FrozenClock) -> None:
    from django.core.exceptions import ValidationError

    issued = invite(alice, clock)
    with pytest.raises(ValidationError):
        api.activate_by_link(token=issued.token, password="julie", clock=clock)
    assert api.activate_by_link(token=issued.token, password=PASSWORD, clock=clock)


@pytest.mark.parametrize("role", [Role.MANAGER, Role.MEMBER, Role.AUDITOR])
def test_only_administrators_touch_the_team(
    atelier: Organisation, staff: Callable[..., StaffActor], alice: StaffActor, clock: FrozenClock, role: Role
) -> None:
    actor = staff(atelier, role)
    for attempt in (
        lambda: invite(actor, clock),
        lambda: api.change_role(actor=actor, member_id=actor.member_id, role=Role.ADMIN, clock=clock),
        lambda: api.deactivate_member(actor=actor, member_id=alice.member_id, clock=clock),
        lambda: api.reactivate_member(actor=actor, member_id=alice.member_id, clock=clock),
        lambda: api.resend_invitation(actor=actor, member_id=alice.member_id, clock=clock),
    ):
        with pytest.raises(NotAllowed):
            attempt()
    assert api.list_members(actor)


def test_another_organisations_member_does_not_exist(alice: StaffActor, bob: StaffActor) -> None:
    with pytest.raises(NotFound):
        api.change_role(actor=alice, member_id=bob.member_id, role=Role.AUDITOR)
    with pytest.raises(NotFound):
        api.deactivate_member(actor=alice, member_id=bob.member_id)
    assert {m.id for m in api.list_members(alice)} == {alice.member_id}


def test_the_last_administrator_stays(
    alice: StaffActor, atelier: Organisation, staff: Callable[..., StaffActor], clock: FrozenClock
) -> None:
    invite(alice, clock)  # invited, even as admin, is not one yet
    api.invite_member(actor=alice, email="paul@a.example", name="Paul", role=Role.ADMIN, clock=clock)
    for attempt in (
        lambda: api.change_role(actor=alice, member_id=alice.member_id, role=Role.MEMBER),
        lambda: api.deactivate_member(actor=alice, member_id=alice.member_id),
    ):
        with pytest.raises(api.UnableToLeaveNoAdmin):
            attempt()
    other = staff(atelier, Role.ADMIN)
    api.change_role(actor=alice, member_id=alice.member_id, role=Role.MEMBER)
    with pytest.raises(api.UnableToLeaveNoAdmin):
        api.deactivate_member(actor=other, member_id=other.member_id)


@pytest.mark.django_db(transaction=True)
def test_two_administrators_can_not_demote_each_other_at_once(
    atelier: Organisation, staff: Callable[..., StaffActor]
) -> None:
    one, two = staff(atelier, Role.ADMIN, "one@a.example"), staff(atelier, Role.ADMIN, "two@a.example")
    gate, refusals = threading.Barrier(2), []

    def demote(actor: StaffActor, other: StaffActor) -> None:
        gate.wait()
        try:
            api.change_role(actor=actor, member_id=other.member_id, role=Role.MEMBER)
        except api.UnableToLeaveNoAdmin:
            refusals.append(actor)
        finally:
            connection.close()

    threads = [threading.Thread(target=demote, args=pair) for pair in ((one, two), (two, one))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refusals) == 1
    assert Member.objects.filter(role=Role.ADMIN).count() == 1


def test_deactivation_ends_sessions_and_can_be_undone(
    alice: StaffActor, atelier: Organisation, staff: Callable[..., StaffActor]
) -> None:
    paul = staff(atelier, Role.MEMBER)
    account = Account.objects.get(id=paul.account_id)
    before = account.get_session_auth_hash()
    api.deactivate_member(actor=alice, member_id=paul.member_id)
    account.refresh_from_db()
    assert account.get_session_auth_hash() != before
    with pytest.raises(NotFound):
        api.staff_actor(account)
    api.reactivate_member(actor=alice, member_id=paul.member_id)
    assert api.staff_actor(account)


def test_somebody_of_the_team_is_not_invited_twice(alice: StaffActor, clock: FrozenClock) -> None:
    invite(alice, clock)
    with pytest.raises(api.AlreadyMember):
        invite(alice, clock, "JULIE@atelier.example")


def test_an_invitation_needs_a_name_and_an_address(alice: StaffActor, clock: FrozenClock) -> None:
    with pytest.raises(api.UnableToSave) as refusal:
        api.invite_member(actor=alice, email="", name="", role=Role.MEMBER, clock=clock)
    assert {problem.field for problem in refusal.value.problems} == {"email", "name"}
