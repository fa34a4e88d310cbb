"""The team of an organisation: invited, given a role, deactivated. There is always an administrator left."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from pli.journal.api import EventType, record
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.errors import NotFound
from pli.parties import events
from pli.parties.actors import Actor
from pli.parties.errors import AlreadyActivated, AlreadyMember, UnableToLeaveNoAdmin, UnableToSave
from pli.parties.identities import require_role
from pli.parties.models import Account, Member, Organisation, Role
from pli.parties.problems import Problem
from pli.parties.services.accounts import end_sessions, ensure_account
from pli.parties.services.activation import IssuedLink, issue_link, void_activations
from pli.parties.validation import check_contact


@transaction.atomic
def invite_member(
    *, actor: Actor, email: str, name: str, role: Role, language: str = "fr", clock: Clock = SYSTEM_CLOCK
) -> IssuedLink:
    """Invite someone into the team; the link is theirs alone, for 24 hours.

    :raises NotAllowed: unless an administrator asks.
    :raises UnableToSave: for a false e-mail or an empty name.
    :raises AlreadyMember: when the e-mail already has a place in the team.
    """
    require_role(actor, Role.ADMIN)
    checked = check_contact({"name": name, "email": email})
    problems = list(checked.problems)
    if not checked.values["email"]:
        problems.append(Problem("email", "required"))
    if problems:
        raise UnableToSave(problems)
    _lock(actor.organisation_id)
    account = ensure_account(email=checked.values["email"], name=checked.values["name"], language=language)
    if Member.objects.filter(organisation_id=actor.organisation_id, account=account).exists():
        raise AlreadyMember()
    member = Member.objects.create(organisation_id=actor.organisation_id, account=account, role=role, is_pending=True)
    _tell(
        events.MEMBER_INVITED,
        member,
        actor,
        clock,
        {"role": role.value, "email": checked.values["email"], "name": checked.values["name"]},
    )
    return issue_link(target=member, actor=actor.reference, clock=clock)


@transaction.atomic
def create_member(*, actor: Actor, account: Account, role: Role, clock: Clock = SYSTEM_CLOCK) -> Member:
    """Give an existing account its place at once, without an invitation: for set-up and demonstrations.

    :raises AlreadyMember: when it already has one.
    """
    require_role(actor, Role.ADMIN)
    _lock(actor.organisation_id)
    if Member.objects.filter(organisation_id=actor.organisation_id, account=account).exists():
        raise AlreadyMember()
    member = Member.objects.create(organisation_id=actor.organisation_id, account=account, role=role)
    _tell(events.MEMBER_JOINED, member, actor, clock, {"role": role.value})
    return member


@transaction.atomic
def resend_invitation(*, actor: Actor, member_id: UUID, clock: Clock = SYSTEM_CLOCK) -> IssuedLink:
    """A new link; the former one is void.

    :raises AlreadyActivated: when the member has accepted.
    """
    require_role(actor, Role.ADMIN)
    member = _member(actor, member_id)
    if not member.is_pending:
        raise AlreadyActivated()
    if not member.is_active:
        raise NotFound()
    return issue_link(target=member, actor=actor.reference, clock=clock)


@transaction.atomic
def change_role(*, actor: Actor, member_id: UUID, role: Role, clock: Clock = SYSTEM_CLOCK) -> Member:
    """Give a member another role.

    :raises UnableToLeaveNoAdmin: when this would demote the last administrator.
    """
    require_role(actor, Role.ADMIN)
    member = _member(actor, member_id)
    if member.role == role:
        return member
    if role != Role.ADMIN:
        _require_another_admin(member)
    before, member.role = member.role, role
    member.save(update_fields=["role"])
    _tell(events.MEMBER_ROLE_CHANGED, member, actor, clock, {"before": before, "after": role.value})
    return member


@transaction.atomic
def deactivate_member(*, actor: Actor, member_id: UUID, clock: Clock = SYSTEM_CLOCK) -> Member:
    """Take a member's access away; their sessions end, their links are void, what they did stays signed by them.

    :raises UnableToLeaveNoAdmin: for the last administrator.
    """
    require_role(actor, Role.ADMIN)
    member = _member(actor, member_id)
    if not member.is_active:
        return member
    _require_another_admin(member)
    member.is_active = False
    member.save(update_fields=["is_active"])
    void_activations(member, clock)
    end_sessions(member.account_id)
    _tell(events.MEMBER_DEACTIVATED, member, actor, clock)
    return member


@transaction.atomic
def reactivate_member(*, actor: Actor, member_id: UUID, clock: Clock = SYSTEM_CLOCK) -> Member:
    """Give a deactivated member their access back."""
    require_role(actor, Role.ADMIN)
    member = _member(actor, member_id)
    if member.is_active:
        return member
    member.is_active = True
    member.save(update_fields=["is_active"])
    _tell(events.MEMBER_REACTIVATED, member, actor, clock)
    return member


def _lock(organisation_id: UUID) -> None:
    """One change of the team at a time: two administrators can't demote each other at once."""
    Organisation.objects.select_for_update().get(id=organisation_id)


def _member(actor: Actor, member_id: UUID) -> Member:
    _lock(actor.organisation_id)
    member = (
        Member.objects.select_related("account", "organisation")
        .filter(id=member_id, organisation_id=actor.organisation_id)
        .first()
    )
    if member is None:
        raise NotFound()
    return member


def _require_another_admin(member: Member) -> None:
    if member.role != Role.ADMIN or member.is_pending or not member.is_active:
        return
    others = Member.objects.filter(
        organisation_id=member.organisation_id,
        role=Role.ADMIN,
        is_active=True,
        is_pending=False,
        account__is_active=True,
    ).exclude(id=member.id)
    if not others.exists():
        raise UnableToLeaveNoAdmin()


def _tell(kind: EventType, member: Member, actor: Actor, clock: Clock, data: dict[str, str] | None = None) -> None:
    record(
        kind,
        organisation_id=member.organisation_id,
        subject=("member", member.id),
        actor=actor.reference,
        data=data,
        clock=clock,
    )
