"""Reading accounts: an organisation's own statement, and for whoever runs the installation, everybody's balance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery

from pli.billing.ledger import balance_of, open_account
from pli.billing.models import Entry, Invoice, Meter, PrepaidAccount, Usage, WhenEmpty
from pli.billing.money import ZERO
from pli.billing.operators import require_operator
from pli.kit.clock import PARIS, SYSTEM_CLOCK, Clock, paris_day
from pli.kit.errors import NotFound
from pli.parties.api import Actor, Organisation, Role, StaffActor

READERS = (Role.ADMIN, Role.MANAGER, Role.AUDITOR)


@dataclass(frozen=True)
class EntryFilter:
    """What a statement is narrowed by; days in Europe/Paris, both included."""

    text: str = ""
    kind: str = ""
    meter: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class AccountFacts:
    """An account as its owner sees it today."""

    account: PrepaidAccount
    balance: Decimal
    spent_this_month: Decimal
    signatures_30_days: int


def get_account(actor: Actor, *, clock: Clock = SYSTEM_CLOCK) -> AccountFacts:
    """The actor's organisation's account.

    :raises NotAllowed: for a role that does not see it.
    """
    _require_reader(actor)
    now = clock.now()
    mine = Entry.objects.filter(organisation_id=actor.organisation_id)
    first = datetime.combine(paris_day(now).replace(day=1), time(), tzinfo=PARIS)
    spent = sum(mine.filter(booked_at__gte=first).exclude(meter="").values_list("amount", flat=True), ZERO)
    signatures = Usage.objects.filter(
        organisation_id=actor.organisation_id, meter=Meter.SIGNATURE, occurred_at__gt=now - timedelta(days=30)
    )
    account = open_account(actor.organisation_id, clock=clock)
    return AccountFacts(account, balance_of(actor.organisation_id), -spent, signatures.count())


@dataclass(frozen=True)
class Shortage:
    """What an account lacks today."""

    balance: Decimal
    is_empty: bool
    refuses: bool


def shortage_of(actor: Actor) -> Shortage | None:
    """What somebody who may see the account is warned of on their first page; None while there is enough, where
    nothing is counted, and where an account that blocks nothing never had any money on it."""
    if not isinstance(actor, StaffActor) or actor.role not in READERS:
        return None
    account = PrepaidAccount.objects.filter(organisation_id=actor.organisation_id, is_metered=True).first()
    if account is None:
        return None
    refuses, balance = account.when_empty == WhenEmpty.REFUSE, balance_of(actor.organisation_id)
    if balance >= account.threshold and balance > 0:
        return None
    was_used = Entry.objects.filter(organisation_id=actor.organisation_id, amount__gt=0).exists()
    return Shortage(balance, balance <= 0, refuses) if refuses or was_used else None


def entries_for(actor: Actor, wanted: EntryFilter | None = None) -> QuerySet[Entry]:
    """The entries of the actor's organisation that match; the caller orders and pages them.

    :raises NotAllowed: for a role that does not see them.
    """
    _require_reader(actor)
    return narrow(Entry.objects.filter(organisation_id=actor.organisation_id), wanted or EntryFilter())


def narrow(found: QuerySet[Entry], wanted: EntryFilter) -> QuerySet[Entry]:
    """Those of ``found`` that match."""
    if wanted.kind:
        found = found.filter(kind=wanted.kind)
    if wanted.meter:
        found = found.filter(meter=wanted.meter)
    if wanted.since:
        found = found.filter(booked_at__gte=datetime.combine(wanted.since, time(), tzinfo=PARIS))
    if wanted.until:
        found = found.filter(booked_at__lt=datetime.combine(wanted.until + timedelta(days=1), time(), tzinfo=PARIS))
    for word in wanted.text.replace("\x00", " ").split()[:8]:
        found = found.filter(Q(reason__icontains=word) | Q(usage__key__icontains=word))
    return found


def invoices_for(actor: Actor) -> QuerySet[Invoice]:
    """The organisation's invoices, the newest first.

    :raises NotAllowed: for a role that does not see them.
    """
    _require_reader(actor)
    return Invoice.objects.filter(organisation_id=actor.organisation_id).order_by("-month", "-sequence")


def get_invoice(actor: Actor, invoice_id: UUID) -> Invoice:
    """:raises NotFound: when it does not exist for this actor; :raises NotAllowed: for a role that does not see it."""
    found = invoices_for(actor).filter(id=invoice_id).first()
    if found is None:
        raise NotFound
    return found


def _require_reader(actor: Actor) -> None:
    if not isinstance(actor, StaffActor):
        raise NotFound
    actor.require(*READERS)


@dataclass(frozen=True)
class OperatorLine:
    """An organisation's account as the installation's administrator sees it."""

    organisation: Organisation
    account: PrepaidAccount | None
    balance: Decimal


def accounts_for_operator(actor: Actor) -> list[OperatorLine]:
    """Every organisation with its balance, by name.

    :raises NotFound, NotAllowed: unless an administrator of the installation asks.
    """
    require_operator(actor)
    last = Entry.objects.filter(organisation=OuterRef("pk")).order_by("-number").values("balance_after")[:1]
    accounts = {one.organisation_id: one for one in PrepaidAccount.objects.all()}
    rows = Organisation.objects.annotate(left=Subquery(last)).order_by("name", "id")
    return [OperatorLine(one, accounts.get(one.id), one.left or ZERO) for one in rows]


def operator_entries(actor: Actor, organisation_id: UUID) -> QuerySet[Entry]:
    """One organisation's entries; the caller orders and pages them.

    :raises NotFound, NotAllowed: unless an administrator of the installation asks.
    """
    require_operator(actor)
    return Entry.objects.filter(organisation_id=organisation_id)


def charges_about(actor: Actor, cause_type: str, cause_id: UUID) -> list[Entry]:
    """What a ceremony, a message or a delivery cost, for somebody who has been let see it."""
    found = Entry.objects.filter(organisation_id=actor.organisation_id, cause_type=cause_type, cause_id=cause_id)
    return list(found.order_by("number"))
