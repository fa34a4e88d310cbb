"""What is noted of a document, as a person types and reads it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation

from django.utils.translation import get_language


def spell_value(type_: str, value: str) -> str:
    """A value in canonical form as a person types it; what is not in canonical form as it is."""
    try:
        if type_ == "date":
            return f"{date.fromisoformat(value):%d/%m/%Y}"
        if type_ == "amount" and not (get_language() or "").startswith("en"):
            return f"{Decimal(value):,.2f}".replace(",", "\u202f").replace(".", ",")
    except (ValueError, InvalidOperation):
        return value
    return value
