"""Amounts in euros as people pay and read them; no float ever."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


def to_cents(amount: Decimal) -> Decimal:
    """To the cent, halves away from zero: what is written on an invoice."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def spell(amount: Decimal, language: str = "fr", *, places: int = 2) -> str:
    """An amount as people read it: ``1 234,50 €`` in French, ``€1,234.50`` in English; more places only if needed."""
    shown = amount.quantize(CENT) if amount == amount.quantize(CENT) or places == 2 else amount.normalize()
    # A true minus sign, so that no spreadsheet or reader takes it for a hyphen.
    minus = "\u2212" if shown < 0 else ""
    text = spell_number(abs(shown), language)
    return f"{minus}€{text}" if language == "en" else f"{minus}{text}\u00a0€"


def spell_number(number: Decimal, language: str = "fr") -> str:
    """A number as people read it: ``1 234,5`` in French, ``1,234.5`` in English; its places as they are."""
    text = f"{number:,f}"
    return text if language == "en" else text.replace(",", chr(0x202F)).replace(".", ",")


def plain(number: Decimal) -> str:
    """A number as machines read it, without the zeros that say nothing: ``12.5``, ``100``."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
