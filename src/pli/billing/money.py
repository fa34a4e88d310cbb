"""Amounts: euros as ``Decimal`` with four places, exact in the ledger; cents on what people pay."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

EXACT = Decimal("0.0001")
CENT = Decimal("0.01")
ZERO = Decimal("0.0000")
CURRENCY = "EUR"
# What one entry may move: no typing error makes a fortune.
LARGEST = Decimal("1000000")


def exact(amount: Decimal) -> Decimal:
    """To a hundredth of a cent, halves away from zero."""
    return amount.quantize(EXACT, ROUND_HALF_UP)


def to_cents(amount: Decimal) -> Decimal:
    """To the cent, halves away from zero: what is written on an invoice."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def vat_of(net: Decimal, rate: Decimal) -> Decimal:
    """The VAT on an amount, for a rate in percent."""
    return exact(net * rate / 100)


def spell(amount: Decimal, language: str = "fr", *, places: int = 2) -> str:
    """An amount as people read it: ``1 234,50 €`` in French, ``€1,234.50`` in English; more places only if needed."""
    shown = amount.quantize(CENT) if amount == amount.quantize(CENT) or places == 2 else amount.normalize()
    text = f"{abs(shown):,f}"
    # A true minus sign, so that no spreadsheet or reader takes it for a hyphen.
    minus = "\u2212" if shown < 0 else ""
    if language == "en":
        return f"{minus}€{text}"
    return f"{minus}{text.replace(',', chr(0x202F)).replace('.', ',')}\u00a0€"
