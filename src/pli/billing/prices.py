"""The price list: what each thing costs, for whom, from which day on. Prices are never changed, only followed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q

from pli.billing import events
from pli.billing.errors import AmountRefused
from pli.billing.models import Meter, Price
from pli.billing.money import LARGEST
from pli.billing.operators import require_operator
from pli.journal.api import record
from pli.kit.clock import SYSTEM_CLOCK, Clock, paris_day
from pli.parties.api import Actor


@dataclass(frozen=True)
class Terms:
    """What one unit costs: EUR without VAT, the VAT in percent, and how many of how many sliding days are free."""

    amount: Decimal
    vat_rate: Decimal = Decimal("20.00")
    free_count: int = 0
    free_days: int = 0


@dataclass(frozen=True)
class PriceLine:
    """A meter's terms in force on a day, and since when (None: Pli's own)."""

    meter: Meter
    terms: Terms
    since: date | None
    is_own: bool


# Pli's own list, until whoever runs the installation sets another.
DEFAULTS: dict[str, Terms] = {
    Meter.SIGNATURE: Terms(Decimal("1.0000"), free_count=10, free_days=30),
    Meter.SMS: Terms(Decimal("0.0800")),
    Meter.LETTER: Terms(Decimal("1.6000")),
    Meter.TRACKED: Terms(Decimal("0.9000")),
}


def terms_on(organisation_id: UUID, meter: str, day: date) -> Terms:
    """What a thing used that day costs: the organisation's own price, else everybody's, else Pli's."""
    return _line(organisation_id, Meter(meter), day).terms


def price_list(organisation_id: UUID, day: date) -> list[PriceLine]:
    """Every meter's terms on a day."""
    return [_line(organisation_id, meter, day) for meter in Meter]


def _line(organisation_id: UUID, meter: Meter, day: date) -> PriceLine:
    mine = Q(organisation_id=organisation_id) | Q(organisation=None)
    found = (
        Price.objects.filter(mine, meter=meter, effective_from__lte=day)
        .order_by(F("organisation_id").desc(nulls_last=True), "-effective_from", "-created_at", "-id")
        .first()
    )
    if found is None:
        return PriceLine(meter, DEFAULTS[meter], None, is_own=False)
    terms = Terms(found.amount, found.vat_rate, found.free_count, found.free_days)
    return PriceLine(meter, terms, found.effective_from, is_own=found.organisation_id is not None)


def coming_prices(organisation_id: UUID | None, day: date) -> list[Price]:
    """Prices already set that begin after a day: an organisation's and everybody's, or (None) all there are."""
    mine = Q(organisation_id=organisation_id) | Q(organisation=None) if organisation_id else Q()
    found = Price.objects.filter(mine, effective_from__gt=day).select_related("organisation")
    return list(found.order_by("effective_from", "created_at"))


@transaction.atomic
def set_price(
    actor: Actor,
    meter: str,
    terms: Terms,
    *,
    effective_from: date,
    organisation_id: UUID | None = None,
    clock: Clock = SYSTEM_CLOCK,
) -> Price:
    """Set a price from a day on; without an organisation, for all that have none of their own.

    What was used before keeps its price, so the first day is tomorrow at the earliest.

    :raises NotFound, NotAllowed: unless an administrator of the installation asks.
    :raises AmountRefused: for an amount, a rate, a free share or a day that can't be.
    """
    require_operator(actor)
    _check(meter, terms, effective_from, clock)
    price = Price.objects.create(
        organisation_id=organisation_id, meter=meter, amount=terms.amount, vat_rate=terms.vat_rate,
        free_count=terms.free_count, free_days=terms.free_days, effective_from=effective_from,
        created_at=clock.now(), created_by=actor.reference,
    )  # fmt: skip
    record(
        events.PRICE_SET,
        organisation_id=organisation_id or actor.organisation_id,
        subject=("price", price.id),
        actor=actor.reference,
        data={
            "meter": meter, "amount": price.amount, "vat_rate": price.vat_rate, "free_count": price.free_count,
            "free_days": price.free_days, "effective_from": price.effective_from, "for_all": organisation_id is None,
        },
        clock=clock,
    )  # fmt: skip
    return price


def _check(meter: str, terms: Terms, effective_from: date, clock: Clock) -> None:
    """:raises AmountRefused: naming the first thing wrong."""
    if meter not in Meter.values:
        raise AmountRefused(reason="cette consommation n’existe pas.")
    if not (terms.amount.is_finite() and 0 <= terms.amount <= LARGEST) or _places(terms.amount) > 3:
        raise AmountRefused(reason="le prix va de 0 à 1 000 000 €, au dixième de centime.")
    if not (terms.vat_rate.is_finite() and 0 <= terms.vat_rate <= 100) or _places(terms.vat_rate) > 2:
        raise AmountRefused(reason="le taux de TVA va de 0 à 100 %.")
    if (terms.free_count > 0) != (terms.free_days > 0) or terms.free_days > 366 or terms.free_count > 1_000_000:
        raise AmountRefused(reason="la franchise se dit en nombre et en jours (366 au plus), ou pas du tout.")
    if effective_from <= paris_day(clock.now()):
        raise AmountRefused(reason="un prix commence demain au plus tôt : ce qui est consommé garde son prix.")


def _places(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return -exponent if isinstance(exponent, int) and exponent < 0 else 0
