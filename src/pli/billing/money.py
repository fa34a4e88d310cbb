"""Amounts: euros as ``Decimal`` with four places, exact in the ledger; cents on what people pay."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from pli.kit.money import CENT, spell, to_cents

__all__ = ["CENT", "CURRENCY", "EXACT", "LARGEST", "ZERO", "exact", "spell", "to_cents", "vat_of"]
EXACT = Decimal("0.0001")
ZERO = Decimal("0.0000")
CURRENCY = "EUR"
# What one entry may move: no typing error makes a fortune.
LARGEST = Decimal("1000000")


def exact(amount: Decimal) -> Decimal:
    """To a hundredth of a cent, halves away from zero."""
    return amount.quantize(EXACT, ROUND_HALF_UP)


def vat_of(net: Decimal, rate: Decimal) -> Decimal:
    """The VAT on an amount, for a rate in percent."""
    return exact(net * rate / 100)
