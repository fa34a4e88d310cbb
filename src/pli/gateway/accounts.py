"""Log-ins at the gateway: made, given a new password, allowed more or less, and recognised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from email_validator import EmailNotValidError, validate_email

from pli.gateway import events
from pli.gateway.errors import AddressRefused
from pli.gateway.models import MailAccount
from pli.gateway.options import SenderOptions, write_options
from pli.journal.api import EventType, record
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.errors import NotFound
from pli.kit.passwords import is_secret, new_login, new_secret
from pli.parties.api import Actor, Member, Role, StaffActor

MOST_ADDRESSES = 20


@dataclass(frozen=True)
class Sender:
    """Who logged in at the gateway."""

    organisation_id: UUID
    account_id: UUID | None
    addresses: frozenset[str] = field(default_factory=frozenset)
    """What they may write in MAIL FROM, in small letters."""
    takes_large: bool = False
    device_id: UUID | None = None
    """A source of scans instead of a person: it may write to itself alone."""


def own_account(actor: StaffActor) -> MailAccount | None:
    """The actor's own log-in, if they have one."""
    return _all().filter(member_id=actor.member_id).first()


def accounts_for(actor: Actor) -> QuerySet[MailAccount]:
    """The organisation's log-ins, for its administrators."""
    if not isinstance(actor, StaffActor) or actor.role not in (Role.ADMIN, Role.AUDITOR):
        return MailAccount.objects.none()
    return _all().filter(organisation_id=actor.organisation_id)


@transaction.atomic
def make_account(actor: StaffActor, *, clock: Clock = SYSTEM_CLOCK) -> tuple[MailAccount, str]:
    """The actor's own log-in, or a new password for it; the password is never shown again.

    :raises NotAllowed: for an auditor, who sends nothing.
    """
    actor.require_writer()
    secret, digest = new_secret()
    member = Member.objects.select_for_update(of=("self",)).select_related("account").get(id=actor.member_id)
    account = _all().filter(member=member).first()
    now = clock.now()
    if account is None:
        name = member.account.name or member.account.email.partition("@")[0]
        account = MailAccount.objects.create(
            organisation_id=actor.organisation_id, member=member, login=new_login(name), secret_digest=digest,
            options=write_options(SenderOptions()), created_at=now, changed_at=now,
        )  # fmt: skip
        _tell(events.ACCOUNT_CREATED, account, actor, clock, member_id=str(member.id))
        return account, secret
    account.secret_digest, account.changed_at = digest, now
    account.save(update_fields=["secret_digest", "changed_at"])
    _tell(events.ACCOUNT_SECRET_RENEWED, account, actor, clock)
    return account, secret


@transaction.atomic
def change_options(actor: StaffActor, options: SenderOptions, *, clock: Clock = SYSTEM_CLOCK) -> MailAccount:
    """The actor's own habits.

    :raises NotFound: when they have no log-in yet; :raises NotAllowed: for an auditor.
    """
    actor.require_writer()
    account = MailAccount.objects.select_for_update().filter(member_id=actor.member_id).first()
    if account is None:
        raise NotFound
    account.options = write_options(options)
    return _save(account, actor, clock)


@transaction.atomic
def change_account(
    actor: StaffActor,
    account_id: UUID,
    *,
    addresses: Sequence[str],
    takes_large: bool,
    is_active: bool,
    clock: Clock = SYSTEM_CLOCK,
) -> MailAccount:
    """What a log-in may do.

    :raises NotFound: for another organisation's; :raises NotAllowed: unless an administrator asks.
    :raises AddressRefused: for what is no address.
    """
    found = MailAccount.objects.select_for_update().filter(organisation_id=actor.organisation_id, id=account_id).first()
    if found is None:
        raise NotFound
    actor.require(Role.ADMIN)
    found.addresses = [_checked(address) for address in addresses if address.strip()][:MOST_ADDRESSES]
    found.takes_large, found.is_active = takes_large, is_active
    return _save(found, actor, clock)


def recognise(login: str, secret: str) -> Sender | None:
    """Who this log-in and password are; wrong, unknown and switched off are all None."""
    account = _all().filter(login=login[:40]).first() if "\0" not in login else None
    is_right = is_secret(secret, account.secret_digest if account else "")
    return sender_of(account) if account and is_right and is_sending(account) else None


def sender_of(account: MailAccount) -> Sender:
    """What a log-in allows."""
    own = (account.member.account.email, *account.addresses)
    addresses = frozenset(address.lower() for address in own if address)
    return Sender(account.organisation_id, account.id, addresses, takes_large=account.takes_large)


def is_sending(account: MailAccount) -> bool:
    """Whether it sends: switched on, and its member still in the team and allowed to write."""
    member = account.member
    return account.is_active and member.is_active and member.account.is_active and member.role != Role.AUDITOR


def actor_of(account: MailAccount) -> StaffActor:
    """The member in whose name the gateway acts."""
    member = account.member
    return StaffActor(account.organisation_id, member.account_id, member.id, Role(member.role))


def find_by_address(address: str) -> Sender | None:
    """The one log-in that may write as ``address``, for a mail server that vouches for it; else None."""
    wanted = address.lower()
    own = _all().filter(member__account__email__iexact=wanted)
    others = _all().filter(addresses__contains=[wanted])
    found = {one.id: one for one in [*own[:3], *others[:3]] if is_sending(one)}
    return sender_of(next(iter(found.values()))) if len(found) == 1 else None


def is_large_taken() -> bool:
    """Whether somebody here may send up to 1 GB: the size announced before anybody has logged in."""
    return MailAccount.objects.filter(is_active=True, takes_large=True).exists()


def _checked(address: str) -> str:
    try:
        return validate_email(address.strip(), check_deliverability=False, test_environment=True).normalized.lower()
    except EmailNotValidError:
        raise AddressRefused(address=address.strip()[:200]) from None


def _save(account: MailAccount, actor: StaffActor, clock: Clock) -> MailAccount:
    account.changed_at = clock.now()
    account.save()
    _tell(
        events.ACCOUNT_CHANGED, account, actor, clock, is_active=account.is_active, takes_large=account.takes_large,
        options=account.options, addresses=account.addresses,
    )  # fmt: skip
    return account


def _tell(kind: EventType, account: MailAccount, actor: StaffActor, clock: Clock, **data: Any) -> None:
    record(
        kind, organisation_id=account.organisation_id, subject=("mail_account", account.id), actor=actor.reference,
        data=data, clock=clock,
    )  # fmt: skip


def _all() -> QuerySet[MailAccount]:
    return MailAccount.objects.select_related("organisation", "member__account")
