"""Booking: one entry at a time per organisation, balanced, numbered without gaps, never changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from pli.billing import events
from pli.billing.alerts import tell_crossings
from pli.billing.errors import AlreadySettled, AmountRefused
from pli.billing.models import Book, Entry, EntryKind, Line, PrepaidAccount, Usage
from pli.billing.money import LARGEST, ZERO, exact
from pli.billing.operators import require_operator
from pli.journal.api import record
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.errors import NotFound
from pli.kit.ids import new_readable_number
from pli.parties.api import Actor


@dataclass(frozen=True)
class Booking:
    """An entry about to be booked. ``lines``: what each book moves, debits positive; they sum to zero."""

    kind: EntryKind
    key: str
    lines: Mapping[Book, Decimal]
    actor: str
    occurred_at: datetime
    net: Decimal = ZERO
    vat: Decimal = ZERO
    vat_rate: Decimal = ZERO
    meter: str = ""
    quantity: int = 0
    unit_price: Decimal = ZERO
    usage: Usage | None = None
    reverses: Entry | None = None
    cause: tuple[str, UUID] | None = None
    reason: str = ""


def open_account(organisation_id: UUID, *, clock: Clock = SYSTEM_CLOCK) -> PrepaidAccount:
    """The organisation's account, opened on first use."""
    account = PrepaidAccount.objects.filter(organisation_id=organisation_id).first()
    if account is None:
        reference = new_readable_number("CP")[:12]
        account, _ = PrepaidAccount.objects.get_or_create(
            organisation_id=organisation_id,
            defaults={"transfer_reference": reference, "created_at": clock.now()},
        )
    return account


def lock_account(organisation_id: UUID, *, clock: Clock = SYSTEM_CLOCK) -> PrepaidAccount:
    """The account, held until the caller's transaction ends: one booking at a time."""
    open_account(organisation_id, clock=clock)
    return PrepaidAccount.objects.select_for_update().get(organisation_id=organisation_id)


def balance_of(organisation_id: UUID) -> Decimal:
    """What is left: the balance the last entry left."""
    last = Entry.objects.filter(organisation_id=organisation_id).order_by("-number")
    found = last.values_list("balance_after", flat=True).first()
    return ZERO if found is None else found


@transaction.atomic
def book(organisation_id: UUID, booking: Booking, *, clock: Clock = SYSTEM_CLOCK) -> tuple[Entry, bool]:
    """Book an entry; True when it is new. The same key in the same organisation is the same entry.

    :raises ValueError: when its lines do not sum to zero.
    """
    if sum(booking.lines.values()) != 0 or len(booking.lines) < 2:
        raise ValueError("an entry's lines sum to zero")
    account = lock_account(organisation_id, clock=clock)
    already = Entry.objects.filter(organisation_id=organisation_id, key=booking.key).first()
    if already:
        return already, False
    last = Entry.objects.filter(organisation_id=organisation_id).order_by("-number").first()
    amount = -booking.lines.get(Book.PREPAID, ZERO)
    before = last.balance_after if last else ZERO
    entry = Entry.objects.create(
        organisation_id=organisation_id, number=(last.number if last else 0) + 1, kind=booking.kind, key=booking.key,
        amount=amount, net=booking.net, vat=booking.vat, vat_rate=booking.vat_rate, meter=booking.meter,
        quantity=booking.quantity, unit_price=booking.unit_price, usage=booking.usage, reverses=booking.reverses,
        cause_type=booking.cause[0] if booking.cause else "", cause_id=booking.cause[1] if booking.cause else None,
        reason=booking.reason[:300], created_by=booking.actor, occurred_at=booking.occurred_at,
        booked_at=clock.now(), line_count=len(booking.lines), balance_after=before + amount,
    )  # fmt: skip
    Line.objects.bulk_create(Line(entry=entry, book=name, amount=value) for name, value in booking.lines.items())
    _tell(entry, clock)
    tell_crossings(account, entry, clock=clock)
    return entry, True


def _tell(entry: Entry, clock: Clock) -> None:
    data = {
        "entry_id": entry.id, "number": entry.number, "kind": entry.kind, "amount": entry.amount, "net": entry.net,
        "vat": entry.vat, "balance": entry.balance_after, "meter": entry.meter,
        "cause": f"{entry.cause_type}:{entry.cause_id}" if entry.cause_id else "",
    }  # fmt: skip
    record(
        events.ENTRY_BOOKED,
        organisation_id=entry.organisation_id,
        subject=("account", entry.organisation_id),
        actor=entry.created_by,
        data=data | ({"reason": entry.reason} if entry.reason else {}),
        clock=clock,
    )


def read_amount(amount: Decimal) -> Decimal:
    """An amount that may be booked.

    :raises AmountRefused: for nothing, a fraction of a cent, or more than a million.
    """
    if not amount.is_finite() or amount == 0 or abs(amount) > LARGEST:
        raise AmountRefused(reason="le montant va de 0,01 € à 1 000 000 €.")
    if amount != amount.quantize(Decimal("0.01")):
        raise AmountRefused(reason="le montant s’arrête au centime.")
    return exact(amount)


def credit_by_hand(
    actor: Actor, organisation_id: UUID, amount: Decimal, *, reason: str, key: str, clock: Clock = SYSTEM_CLOCK
) -> Entry:
    """Add money to an account, or with a negative amount take it back. The same ``key`` credits once.

    :raises NotFound, NotAllowed: unless an administrator of the installation asks.
    :raises AmountRefused: for an amount that can't be booked, or no reason.
    """
    require_operator(actor)
    value = read_amount(amount)
    said = " ".join(reason.replace("\x00", " ").split())
    if not said:
        raise AmountRefused(reason="le motif manque : il est inscrit au compte.")
    booking = Booking(
        EntryKind.BY_HAND, f"by-hand:{key}"[:160], {Book.BY_HAND: value, Book.PREPAID: -value}, actor.reference,
        clock.now(), reason=said,
    )  # fmt: skip
    entry, is_new = book(organisation_id, booking, clock=clock)
    if not is_new and (entry.amount, entry.reason) != (value, said[:300]):
        raise AlreadySettled
    return entry


@transaction.atomic
def reverse_charge(actor: Actor, entry_id: UUID, *, reason: str, clock: Clock = SYSTEM_CLOCK) -> Entry:
    """Give a charge back, VAT included, by an entry that mirrors it; the usage is not charged again.

    :raises NotFound, NotAllowed: unless an administrator of the installation asks, about a charge.
    :raises AmountRefused: without a reason; :raises AlreadySettled: when it was given back before.
    """
    require_operator(actor)
    charge = Entry.objects.filter(id=entry_id, kind=EntryKind.CHARGE).first()
    if charge is None:
        raise NotFound
    said = " ".join(reason.replace("\x00", " ").split())
    if not said:
        raise AmountRefused(reason="le motif manque : il est inscrit au compte.")
    booking = Booking(
        EntryKind.REVERSAL, f"reversal:{charge.id}", {Book(line.book): -line.amount for line in charge.lines.all()},
        actor.reference, clock.now(), net=-charge.net, vat=-charge.vat, vat_rate=charge.vat_rate, meter=charge.meter,
        quantity=-charge.quantity, unit_price=charge.unit_price, reverses=charge, reason=said,
    )  # fmt: skip
    entry, is_new = book(charge.organisation_id, booking, clock=clock)
    if not is_new:
        raise AlreadySettled
    return entry
