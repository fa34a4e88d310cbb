"""Meters: what was used becomes a usage, once, and what it costs becomes an entry, once.

The free share (« none below 10 in any 30 sliding days »), exactly: a usage at instant *t* is free when at most
``free_count`` usages of its meter, itself included, happened in the window (*t* − ``free_days``, *t*], those of the
same instant in the order of their keys. Usages count whether they were charged or free. What comes late is put in its
place: those after it in its window are judged again, so the charges do not depend on the order events arrive in.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from pli.billing.ledger import Booking, book, lock_account
from pli.billing.models import Book, Entry, EntryKind, Meter, Usage
from pli.billing.money import exact, vat_of
from pli.billing.prices import Terms, terms_on
from pli.kit.clock import SYSTEM_CLOCK, Clock, paris_day

LONGEST_WINDOW = timedelta(days=366)


@transaction.atomic
def meter_usage(
    organisation_id: UUID,
    meter: Meter,
    key: str,
    *,
    occurred_at: datetime,
    cause: tuple[str, UUID],
    quantity: int = 1,
    clock: Clock = SYSTEM_CLOCK,
) -> Usage:
    """Note one thing used and charge what it costs. The same ``key`` of the same meter is noted and charged once."""
    lock_account(organisation_id, clock=clock)
    usage, is_new = Usage.objects.get_or_create(
        organisation_id=organisation_id,
        meter=meter,
        key=key[:120],
        defaults={
            "quantity": quantity,
            "cause_type": cause[0],
            "cause_id": cause[1],
            "occurred_at": occurred_at,
            "noted_at": clock.now(),
        },
    )
    if is_new:
        for one in _to_judge(usage):
            terms = terms_on(organisation_id, meter, paris_day(one.occurred_at))
            if terms.amount and not _is_free(one, terms):
                _charge(one, terms, clock)
    return usage


@transaction.atomic
def meter_where_counted(
    organisation_id: UUID,
    meter: Meter,
    key: str,
    *,
    occurred_at: datetime,
    cause: tuple[str, UUID],
    quantity: int = 1,
    clock: Clock = SYSTEM_CLOCK,
) -> Usage | None:
    """As ``meter_usage``; None, and nothing noted, where whoever runs the installation has switched counting off."""
    if not lock_account(organisation_id, clock=clock).is_metered:
        return None
    return meter_usage(
        organisation_id, meter, key, occurred_at=occurred_at, cause=cause, quantity=quantity, clock=clock
    )


def _to_judge(usage: Usage) -> list[Usage]:
    """The usage, and those it comes before that were free until now."""
    later = Q(occurred_at__gt=usage.occurred_at) | Q(occurred_at=usage.occurred_at, key__gte=usage.key)
    return list(
        Usage.objects.filter(
            later,
            organisation_id=usage.organisation_id,
            meter=usage.meter,
            entry=None,
            occurred_at__lt=usage.occurred_at + LONGEST_WINDOW,
        ).order_by("occurred_at", "key")
    )


def _is_free(usage: Usage, terms: Terms) -> bool:
    if not terms.free_count:
        return False
    before = Q(occurred_at__lt=usage.occurred_at) | Q(occurred_at=usage.occurred_at, key__lte=usage.key)
    rank = Usage.objects.filter(
        before,
        organisation_id=usage.organisation_id,
        meter=usage.meter,
        occurred_at__gt=usage.occurred_at - timedelta(days=terms.free_days),
    ).count()
    return rank <= terms.free_count


def _charge(usage: Usage, terms: Terms, clock: Clock) -> Entry:
    net = exact(terms.amount * usage.quantity)
    vat = vat_of(net, terms.vat_rate)
    lines = {Book.PREPAID: net + vat, Book.REVENUE: -net}
    if vat:
        lines[Book.VAT] = -vat
    booking = Booking(
        EntryKind.CHARGE, f"usage:{usage.id}", lines, "system:billing", usage.occurred_at, net=net, vat=vat,
        vat_rate=terms.vat_rate, meter=usage.meter, quantity=usage.quantity, unit_price=terms.amount, usage=usage,
        cause=(usage.cause_type, usage.cause_id),
    )  # fmt: skip
    entry, _ = book(usage.organisation_id, booking, clock=clock)
    return entry
