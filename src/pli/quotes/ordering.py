"""What the client of a quote orders: lines written when it leaves, a choice kept with the signature."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from pli.quotes.models import Quote, QuoteLine
from pli.quotes.offers import Choice, OfferedLine, write_order


def write_lines(quote: Quote, lines: Sequence[OfferedLine]) -> None:
    """Keep what a quote offers; checked before."""
    QuoteLine.objects.bulk_create(
        QuoteLine(
            quote=quote, position=position, label=" ".join(line.label.replace("\x00", "").split()),
            unit_price=line.unit_price, vat_rate=line.vat_rate, usual=line.usual, minimum=line.minimum,
            maximum=line.maximum, is_optional=line.is_optional, group=" ".join(line.group.split()),
        )
        for position, line in enumerate(lines, start=1)
    )  # fmt: skip


def offered_lines(quote: Quote) -> list[OfferedLine]:
    """What a quote offers, in order; empty when there is nothing to choose."""
    return [
        OfferedLine(
            one.label, one.unit_price, one.vat_rate, one.usual, one.minimum, one.maximum, one.is_optional, one.group
        )
        for one in quote.lines.order_by("position")
    ]


def quote_signed_by(ceremony_id: UUID) -> Quote | None:
    """The quote that a request for signature is about, if it is about one."""
    return Quote.objects.filter(ceremony_id=ceremony_id).first()


def keep_order(quote: Quote, lines: Sequence[OfferedLine], choice: Choice) -> None:
    """Write what the client ordered; the caller holds the transaction of their signature, which comes once."""
    order = write_order(lines, choice)
    Quote.objects.filter(id=quote.id, order__isnull=True).update(order=order, amount=order["total"])
