"""Keys to a party's portal: opened by link or by letter, closed, reopened."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from pli.journal.api import EventType, record
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.errors import NotFound
from pli.parties import events
from pli.parties.actors import Actor
from pli.parties.errors import AlreadyActivated, AlreadyOpen, UnableToSave
from pli.parties.identities import require_writer
from pli.parties.models import Account, PortalAccess
from pli.parties.services.accounts import end_sessions, ensure_account
from pli.parties.services.activation import IssuedLetter, IssuedLink, issue_letter, issue_link, void_activations
from pli.parties.services.directory import lock_party
from pli.parties.validation import check_contact


@transaction.atomic
def open_portal_access(
    *, actor: Actor, party_id: UUID, name: str, email: str = "", clock: Clock = SYSTEM_CLOCK
) -> IssuedLink | IssuedLetter:
    """Open the party's portal to a person: by a link to their e-mail, or by a letter when they have none.

    An e-mail that already has an account keeps its password: the link only accepts.

    :raises UnableToSave: for a false e-mail or an empty name.
    :raises AlreadyOpen: when the person has this access.
    """
    require_writer(actor)
    party = lock_party(actor, party_id)
    checked = check_contact({"name": name, "email": email})
    if checked.problems:
        raise UnableToSave(checked.problems)
    email, name = checked.values["email"], checked.values["name"]
    account = ensure_account(email=email, name=name, language=party.language)
    if PortalAccess.objects.filter(party=party, account=account).exists():
        raise AlreadyOpen()
    access = PortalAccess.objects.create(party=party, account=account, is_pending=True)
    _tell(
        events.PORTAL_ACCESS_OPENED,
        access,
        actor,
        clock,
        {"access_id": str(access.id), "by_letter": not email, "email": email, "name": name},
    )
    return _issue(access, actor, clock)


@transaction.atomic
def create_portal_access(
    *, actor: Actor, party_id: UUID, account: Account, clock: Clock = SYSTEM_CLOCK
) -> PortalAccess:
    """Give an existing account its key at once, without an activation: for set-up and demonstrations.

    :raises AlreadyOpen: when it has it.
    """
    require_writer(actor)
    party = lock_party(actor, party_id)
    access, is_new = PortalAccess.objects.get_or_create(party=party, account=account)
    if not is_new:
        raise AlreadyOpen()
    data = {"access_id": str(access.id), "by_letter": False, "email": account.email, "name": account.name}
    _tell(events.PORTAL_ACCESS_OPENED, access, actor, clock, data)
    return access


@transaction.atomic
def resend_activation(*, actor: Actor, access_id: UUID, clock: Clock = SYSTEM_CLOCK) -> IssuedLink | IssuedLetter:
    """A new link or letter; the former is void. A person without e-mail may get a letter again after
    activation, which is their only way back after a lost password.

    :raises AlreadyActivated: for a person with an e-mail who has accepted.
    """
    require_writer(actor)
    access = _access(actor, access_id)
    if not access.is_active:
        raise NotFound()
    if access.account.email and not access.is_pending:
        raise AlreadyActivated()
    return _issue(access, actor, clock)


@transaction.atomic
def close_portal_access(*, actor: Actor, access_id: UUID, clock: Clock = SYSTEM_CLOCK) -> PortalAccess:
    """Take the key back; the person's sessions end and their links are void."""
    require_writer(actor)
    access = _access(actor, access_id)
    if access.is_active:
        access.is_active = False
        access.save(update_fields=["is_active"])
        void_activations(access, clock)
        end_sessions(access.account_id)
        _tell(events.PORTAL_ACCESS_CLOSED, access, actor, clock, {"access_id": str(access.id)})
    return access


@transaction.atomic
def reopen_portal_access(*, actor: Actor, access_id: UUID, clock: Clock = SYSTEM_CLOCK) -> PortalAccess:
    """Give a closed access back, as it was: activated or still waiting."""
    require_writer(actor)
    access = _access(actor, access_id)
    if not access.is_active:
        access.is_active = True
        access.save(update_fields=["is_active"])
        _tell(events.PORTAL_ACCESS_REOPENED, access, actor, clock, {"access_id": str(access.id)})
    return access


def _issue(access: PortalAccess, actor: Actor, clock: Clock) -> IssuedLink | IssuedLetter:
    if access.account.email:
        return issue_link(target=access, actor=actor.reference, clock=clock)
    return issue_letter(access=access, actor=actor.reference, clock=clock)


def _access(actor: Actor, access_id: UUID) -> PortalAccess:
    access = (
        PortalAccess.objects.select_for_update(of=("self",))
        .select_related("party__organisation", "account")
        .filter(id=access_id, party__organisation_id=actor.organisation_id)
        .first()
    )
    if access is None:
        raise NotFound()
    return access


def _tell(kind: EventType, access: PortalAccess, actor: Actor, clock: Clock, data: dict[str, object]) -> None:
    record(
        kind,
        organisation_id=access.party.organisation_id,
        subject=("party", access.party_id),
        actor=actor.reference,
        data=data,
        clock=clock,
    )
