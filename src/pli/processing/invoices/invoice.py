"""An invoice as data. Amounts are in its currency, dates ISO; a text that is not known is empty."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

CREDIT_NOTES = frozenset(("381", "396", "261", "262", "296", "308", "420", "458", "502", "503", "532", "81", "83"))


@dataclass(frozen=True)
class Trader:
    """Seller or buyer."""

    name: str = ""
    siren: str = ""
    siret: str = ""
    vat: str = ""
    email: str = ""
    country: str = ""
    city: str = ""
    postcode: str = ""
    street: str = ""


@dataclass(frozen=True)
class InvoiceLine:
    """One line: ``net`` is ``quantity`` × ``price``, rounded to cents."""

    label: str
    quantity: Decimal
    price: Decimal
    net: Decimal
    vat_rate: Decimal
    unit: str = "C62"


@dataclass(frozen=True)
class VatPart:
    """What is taxed at one rate, and the tax."""

    rate: Decimal
    base: Decimal
    tax: Decimal
    category: str = "S"


@dataclass(frozen=True)
class Invoice:
    """What an invoice says. ``gross`` is ``net`` + ``tax``; ``due`` is what remains to be paid."""

    number: str
    date: str
    seller: Trader
    buyer: Trader
    gross: Decimal | None = None
    net: Decimal | None = None
    tax: Decimal | None = None
    due: Decimal | None = None
    currency: str = "EUR"
    type_code: str = "380"
    due_date: str = ""
    terms: str = ""
    """When and how it is to be paid, in words (BT-20)."""
    iban: str = ""
    order: str = ""
    profile: str = ""
    """The guideline the file claims to follow, e.g. ``urn:cen.eu:en16931:2017``."""
    lines: tuple[InvoiceLine, ...] = ()
    vat_parts: tuple[VatPart, ...] = ()
