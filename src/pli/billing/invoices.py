"""Invoices: what a month's entries sold, numbered without gaps, made once, never changed.

An invoice takes every sale booked before its month's end that no earlier invoice took: a charge that came late goes
into the next one, and none is in two. What an invoice rounds to the cent is booked, so that the ledger and the invoice
agree to the last hundredth of a cent.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Max

from pli.billing import events
from pli.billing.choices import seller
from pli.billing.errors import SellerUnknown
from pli.billing.ledger import Booking, balance_of, book, lock_account
from pli.billing.models import Book, Entry, EntryKind, Invoice, PrepaidAccount, Seller
from pli.billing.money import ZERO, to_cents
from pli.billing.papers import draw_invoice, write_invoice_workbook
from pli.documents.api import keep_blob, store_bytes
from pli.journal.api import record
from pli.kit.clock import PARIS, SYSTEM_CLOCK, Clock, paris_day
from pli.parties.api import Organisation

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class InvoiceRow:
    """One line: amounts as text, exact."""

    meter: str
    quantity: int
    unit_price: str
    net: str
    vat_rate: str


@dataclass(frozen=True)
class _Totals:
    net: Decimal
    vat: Decimal
    exact: Decimal

    @property
    def total(self) -> Decimal:
        return self.net + self.vat


def issue_due_invoices(*, clock: Clock = SYSTEM_CLOCK) -> list[Invoice]:
    """Invoice the month before this one (Europe/Paris) to every organisation that used something and has not got it.

    Without a seller nothing is made: the sales wait.
    """
    if not _is_known(seller()):
        return []
    month = _month_before(paris_day(clock.now()))
    done = Invoice.objects.filter(month=month).values("organisation_id")
    waiting = PrepaidAccount.objects.exclude(pk__in=done).order_by("created_at", "pk").values_list("pk", flat=True)
    made = [issue_invoice(one, month, clock=clock) for one in waiting]
    return [one for one in made if one]


def _month_before(day: date) -> date:
    return (
        day.replace(year=day.year - 1, month=12, day=1) if day.month == 1 else day.replace(month=day.month - 1, day=1)
    )


def _is_known(who: Seller) -> bool:
    return bool(who.name and who.address and who.siren)


@transaction.atomic
def issue_invoice(organisation_id: UUID, month: date, *, clock: Clock = SYSTEM_CLOCK) -> Invoice | None:
    """Invoice a month that is over; None when nothing was sold. The same month again is the same invoice.

    :raises SellerUnknown: until the installation says who sells; :raises ValueError: for a month that is not over.
    """
    month = month.replace(day=1)
    end = _month_end(month)
    if clock.now() < end:
        raise ValueError("this month is not over")
    # Always in this order: the account, then the series. Nothing else holds both.
    account = lock_account(organisation_id, clock=clock)
    already = Invoice.objects.filter(organisation_id=organisation_id, month=month).first()
    if already:
        return already
    sold = _sales(organisation_id, end)
    if not sold:
        return None
    who = seller()
    if not _is_known(who):
        raise SellerUnknown
    rows, totals = _rows(sold), _totals(sold)
    _book_rounding(account, sold[-1], totals, clock)
    invoice = _draft(account, month, who, rows, totals, sold[-1].number, clock)
    _keep_files(invoice)
    invoice.save(force_insert=True)
    _tell(invoice, clock)
    return invoice


def _month_end(month: date) -> datetime:
    following = (
        month.replace(year=month.year + 1, month=1) if month.month == 12 else month.replace(month=month.month + 1)
    )
    return datetime.combine(following, time(), tzinfo=PARIS)


def _sales(organisation_id: UUID, end: datetime) -> list[Entry]:
    last = Invoice.objects.filter(organisation_id=organisation_id).aggregate(last=Max("last_entry"))["last"] or 0
    return list(
        Entry.objects.filter(
            organisation_id=organisation_id, number__gt=last, booked_at__lt=end,
            kind__in=(EntryKind.CHARGE, EntryKind.REVERSAL),
        ).order_by("number")
    )  # fmt: skip


def _rows(sold: list[Entry]) -> list[InvoiceRow]:
    sums: dict[tuple[str, Decimal, Decimal], list[Any]] = defaultdict(lambda: [0, ZERO])
    for one in sold:
        kept = sums[one.meter, one.unit_price, one.vat_rate]
        kept[0] += one.quantity
        kept[1] += one.net
    return [
        InvoiceRow(meter, count, str(price), str(net), str(rate))
        for (meter, price, rate), (count, net) in sorted(sums.items())
        if count or net
    ]


def _totals(sold: list[Entry]) -> _Totals:
    """VAT is counted once on each rate's whole base, then rounded: as an invoice is read."""
    bases: dict[Decimal, Decimal] = defaultdict(lambda: ZERO)
    for one in sold:
        bases[one.vat_rate] += one.net
    net = sum((to_cents(base) for base in bases.values()), ZERO)
    vat = sum((to_cents(to_cents(base) * rate / 100) for rate, base in bases.items()), ZERO)
    return _Totals(to_cents(net), to_cents(vat), sum((one.net + one.vat for one in sold), ZERO))


def _book_rounding(account: PrepaidAccount, last: Entry, totals: _Totals, clock: Clock) -> None:
    difference = totals.total - totals.exact
    if difference:
        booking = Booking(
            EntryKind.ROUNDING, f"rounding:{last.id}", {Book.PREPAID: difference, Book.ROUNDING: -difference},
            "system:billing", clock.now(),
        )  # fmt: skip
        book(account.organisation_id, booking, clock=clock)


def _draft(
    account: PrepaidAccount,
    month: date,
    who: Seller,
    rows: list[InvoiceRow],
    totals: _Totals,
    last_entry: int,
    clock: Clock,
) -> Invoice:
    now = clock.now()
    series = paris_day(now).year
    owed = max(ZERO, min(totals.total, -balance_of(account.organisation_id)))
    return Invoice(
        organisation_id=account.organisation_id, series=series, sequence=_next_sequence(series), month=month,
        last_entry=last_entry, issued_at=now, seller=_seller_facts(who),
        buyer=_buyer_facts(account), rows=[asdict(row) for row in rows], net=totals.net, vat=totals.vat,
        total=totals.total, due=to_cents(owed),
    )  # fmt: skip


def _next_sequence(series: int) -> int:
    """The next number of the year, without gaps: one writer at a time until its transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 5))", [f"invoice:{series}"])
    last = Invoice.objects.filter(series=series).aggregate(last=Max("sequence"))["last"]
    return (last or 0) + 1


def _seller_facts(who: Seller) -> dict[str, str]:
    names = ("name", "address", "siren", "vat_number", "legal", "iban", "terms")
    return {name: getattr(who, name) for name in names}


def _buyer_facts(account: PrepaidAccount) -> dict[str, str]:
    organisation = Organisation.objects.get(id=account.organisation_id)
    chosen = account.buyer
    return {
        "name": chosen.get("name") or organisation.name,
        "address": chosen.get("address", ""),
        "vat_number": chosen.get("vat_number", ""),
        "siren": organisation.siren,
        "language": organisation.language,
    }


def _keep_files(invoice: Invoice) -> None:
    for kind, media_type, content in (
        ("pdf", "application/pdf", draw_invoice(invoice)),
        ("xlsx", XLSX, write_invoice_workbook(invoice)),
    ):
        stored = store_bytes([content])
        keep_blob(stored, media_type)
        setattr(invoice, f"{kind}_sha256", stored.sha256)


def _tell(invoice: Invoice, clock: Clock) -> None:
    names = ("number", "month", "net", "vat", "total", "due", "pdf_sha256", "xlsx_sha256")
    record(
        events.INVOICE_ISSUED,
        organisation_id=invoice.organisation_id,
        subject=("invoice", invoice.id),
        actor="system:billing",
        data={"invoice_id": invoice.id} | {name: getattr(invoice, name) for name in names},
        clock=clock,
    )
