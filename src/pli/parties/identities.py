"""From an account to what it may be: staff of an organisation, or a visitor of a portal."""

from __future__ import annotations

from uuid import UUID

from pli.kit.errors import NotAllowed, NotFound
from pli.parties.actors import Actor, PortalActor, StaffActor, SystemActor
from pli.parties.models import Account, Member, Organisation, PortalAccess, Role


def staff_organisations(account: Account) -> list[Organisation]:
    """The organisations whose team the account belongs to, by name."""
    return list(
        Organisation.objects.filter(
            members__account=account, members__is_active=True, members__is_pending=False
        ).order_by("name", "id")
    )


def portal_organisations(account: Account) -> list[Organisation]:
    """The organisations that opened their portal to the account, by name."""
    return list(
        Organisation.objects.filter(
            parties__accesses__account=account,
            parties__accesses__is_active=True,
            parties__accesses__is_pending=False,
        )
        .distinct()
        .order_by("name", "id")
    )


def staff_actor(account: Account, organisation_id: UUID | None = None) -> StaffActor:
    """The account as a member of ``organisation_id``'s team, or of its only organisation.

    :raises NotFound: when it has no active place there, or has several and none is named.
    """
    members = Member.objects.filter(account=account, account__is_active=True, is_active=True, is_pending=False)
    if organisation_id is not None:
        members = members.filter(organisation_id=organisation_id)
    found = list(members[:2])
    if len(found) != 1:
        raise NotFound()
    member = found[0]
    return StaffActor(
        organisation_id=member.organisation_id,
        account_id=account.id,
        member_id=member.id,
        role=Role(member.role),
    )


def portal_actor(account: Account, organisation_id: UUID | None = None) -> PortalActor:
    """The account as a visitor of ``organisation_id``'s portal, or of the only one it has a key to.

    The access outlives the party's activity: a former employee still reads their payslips.

    :raises NotFound: when it has no active access there, or has several portals and none is named.
    """
    accesses = PortalAccess.objects.filter(
        account=account, account__is_active=True, is_active=True, is_pending=False
    ).select_related("party")
    if organisation_id is not None:
        accesses = accesses.filter(party__organisation_id=organisation_id)
    found = list(accesses)
    organisations = {access.party.organisation_id for access in found}
    if len(organisations) != 1:
        raise NotFound()
    return PortalActor(
        organisation_id=organisations.pop(),
        account_id=account.id,
        party_ids=frozenset(access.party_id for access in found),
    )


def require_writer(actor: Actor) -> None:
    """:raises NotAllowed: unless the actor is a member who may write, or Pli itself."""
    if isinstance(actor, StaffActor):
        actor.require_writer()
    elif not isinstance(actor, SystemActor):
        raise NotAllowed()


def require_role(actor: Actor, *roles: Role) -> None:
    """:raises NotAllowed: unless the actor is a member with one of ``roles``, or Pli itself."""
    if isinstance(actor, StaffActor):
        actor.require(*roles)
    elif not isinstance(actor, SystemActor):
        raise NotAllowed()


def require_staff(actor: Actor) -> None:
    """:raises NotFound: for a portal's visitor: staff screens do not exist for them."""
    if not isinstance(actor, StaffActor | SystemActor):
        raise NotFound()


def display_account(account: Account) -> str:
    """How a person is called on their own pages."""
    return account.name or account.email or account.login_name
