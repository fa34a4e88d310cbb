"""The prepaid account: balance, entries, prices, invoices; credits by hand for whoever runs the installation."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpResponse
from ninja import Query, Router, Schema, Status
from pydantic import Field, StringConstraints

from pli.api.schema import Limit, Page, Strict
from pli.api.security import ApiRequest, needs
from pli.billing.api import (
    Entry,
    EntryFilter,
    Invoice,
    credit_by_hand,
    describe_entry,
    entries_for,
    get_account,
    get_invoice,
    invoices_for,
    measure_when_stale,
    organisation_called,
    price_list,
    require_operator,
)
from pli.documents.api import existing_blob_path
from pli.kit.clock import SYSTEM_CLOCK, paris_day
from pli.kit.errors import NotFound

router = Router(tags=["billing"])
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Kind = Literal["BY_HAND", "TRANSFER", "PAYMENT", "REFUND", "CHARGE", "REVERSAL", "ROUNDING"]
Sold = Literal["SIGNATURE", "SMS", "LETTER", "TRACKED"]
_AMOUNT = "EUR, VAT included, four places"


class AccountOut(Schema):
    balance: str = Field(description=_AMOUNT)
    currency: Literal["EUR"] = "EUR"
    threshold: str = Field(description="under it the administrators are told")
    is_metered: bool = Field(description="false: nothing is counted, charged or blocked")
    when_empty: Literal["GO_ON", "REFUSE"] = Field(description="what becomes of new sendings at zero")
    transfer_reference: str = Field(description="what a bank transfer carries to be credited")
    spent_this_month: str
    signatures_30_days: int
    stored_bytes: int = Field(description="signed files and proofs left out")
    quota_bytes: int | None


class EntryOut(Schema):
    id: UUID
    number: int = Field(description="the account's running number, without gaps")
    kind: Kind
    meter: Sold | Literal[""]
    text: str
    amount: str = Field(description=f"what the balance gained; {_AMOUNT}")
    net: str = Field(description="sold, without VAT")
    vat: str
    quantity: int
    unit_price: str
    balance_after: str
    cause_type: str = Field(description="ceremony, delivery, money…; empty for a credit by hand")
    cause_id: UUID | None
    occurred_at: datetime
    booked_at: datetime


class EntryQuery(Schema):
    kind: Kind | None = None
    meter: Sold | None = None
    since: date | None = Field(None, description="first day, Europe/Paris")
    until: date | None = Field(None, description="last day, Europe/Paris")
    after: Annotated[int, Field(ge=0, le=2**62, description="the `next` of the page before")] = 0
    limit: Limit = 50


class PriceOut(Schema):
    meter: Sold
    amount: str = Field(description="EUR a unit, without VAT")
    vat_rate: str = Field(description="percent")
    free_count: int = Field(description="the first so many of any `free_days` sliding days are free")
    free_days: int
    since: date | None = Field(description="null: Pli's own price")


class PriceList(Schema):
    items: list[PriceOut]


class InvoiceOut(Schema):
    id: UUID
    number: str
    month: date
    issued_at: datetime
    net: str
    vat: str
    total: str
    due: str = Field(description="what the account did not cover when it was made")


class InvoiceList(Schema):
    items: list[InvoiceOut]


class CreditIn(Strict):
    organisation: Annotated[str, StringConstraints(min_length=1, max_length=60)] = Field(description="its short name")
    amount: Annotated[Decimal, Field(max_digits=12, decimal_places=2)] = Field(description="EUR; negative takes back")
    reason: Annotated[str, StringConstraints(min_length=1, max_length=300)] = Field(description="kept for ever")
    key: Annotated[str, StringConstraints(min_length=1, max_length=100)] = Field(
        description="the same key credits once"
    )


def _entry(one: Entry) -> dict[str, Any]:
    names = ("id", "number", "kind", "meter", "quantity", "cause_type", "cause_id", "occurred_at", "booked_at")
    amounts = ("amount", "net", "vat", "unit_price", "balance_after")
    told = {name: getattr(one, name) for name in names} | {name: str(getattr(one, name)) for name in amounts}
    return told | {"text": describe_entry(one)}


def _invoice(one: Invoice) -> dict[str, Any]:
    told = {name: getattr(one, name) for name in ("id", "number", "month", "issued_at")}
    return told | {name: str(getattr(one, name)) for name in ("net", "vat", "total", "due")}


@router.get("/billing/account", response=AccountOut, summary="The account", **needs("billing:read"))
def account(request: ApiRequest) -> Any:
    """Balance, space used, and what happens at zero."""
    facts = get_account(request.auth.actor)
    chosen = measure_when_stale(facts.account)
    return {
        "balance": str(facts.balance),
        "threshold": str(chosen.threshold),
        "is_metered": chosen.is_metered,
        "when_empty": chosen.when_empty,
        "transfer_reference": chosen.transfer_reference,
        "spent_this_month": str(facts.spent_this_month),
        "signatures_30_days": facts.signatures_30_days,
        "stored_bytes": chosen.stored_bytes,
        "quota_bytes": chosen.quota_bytes,
    }


@router.get("/billing/entries", response=Page[EntryOut], summary="The statement", **needs("billing:read"))
def entries(request: ApiRequest, query: Query[EntryQuery]) -> Any:
    """Newest first; an entry never changes."""
    wanted = EntryFilter("", query.kind or "", query.meter or "", query.since, query.until)
    found = entries_for(request.auth.actor, wanted).select_related("usage").order_by("-number")
    if query.after:
        found = found.filter(number__lt=query.after)
    rows = list(found[: query.limit + 1])
    shown = rows[: query.limit]
    return {
        "items": [_entry(one) for one in shown],
        "next": str(shown[-1].number) if len(rows) > len(shown) else None,
    }


@router.get("/billing/prices", response=PriceList, summary="The price list", **needs("billing:read"))
def prices(request: ApiRequest) -> Any:
    """What each thing costs today."""
    get_account(request.auth.actor)
    lines = price_list(request.auth.actor.organisation_id, paris_day(SYSTEM_CLOCK.now()))
    return {
        "items": [
            {
                "meter": line.meter.value, "amount": str(line.terms.amount), "vat_rate": str(line.terms.vat_rate),
                "free_count": line.terms.free_count, "free_days": line.terms.free_days, "since": line.since,
            }
            for line in lines
        ]
    }  # fmt: skip


@router.get("/billing/invoices", response=InvoiceList, summary="The invoices", **needs("billing:read"))
def invoices(request: ApiRequest) -> Any:
    """The newest first, ten years of them."""
    return {"items": [_invoice(one) for one in invoices_for(request.auth.actor)[:120]]}


@router.get("/billing/invoices/{invoice_id}/{form}", summary="An invoice's file", **needs("billing:read"))
def invoice_file(request: ApiRequest, invoice_id: UUID, form: str) -> HttpResponse:
    """`form`: pdf or xlsx, as they were made."""
    invoice = get_invoice(request.auth.actor, invoice_id)
    files = {"pdf": (invoice.pdf_sha256, "application/pdf"), "xlsx": (invoice.xlsx_sha256, XLSX)}
    if form not in files:
        raise NotFound
    sha256, media_type = files[form]
    response = HttpResponse(existing_blob_path(sha256).read_bytes(), content_type=media_type)
    response["Content-Disposition"] = f'attachment; filename="{invoice.number}.{form}"'
    return response


@router.post(
    "/billing/credits", response={201: EntryOut}, summary="Credit an account by hand", **needs("billing:write")
)
def credit(request: ApiRequest, body: CreditIn) -> Any:
    """For the administrators of the organisation that runs this installation; to everybody else it does not exist."""
    require_operator(request.auth.actor)
    organisation = organisation_called(body.organisation)
    entry = credit_by_hand(request.auth.actor, organisation.id, body.amount, reason=body.reason, key=f"api:{body.key}")
    return Status(201, _entry(entry))
