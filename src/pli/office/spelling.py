"""Numbers, amounts and what somebody said, as a page writes them in its reader's language."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation
from urllib.parse import urlsplit

from django.utils.formats import date_format, number_format
from django.utils.translation import get_language

from pli.kit.money import plain, spell_number


def decimals(number: str) -> str:
    """A plain number as people read it, with the places that say something: ``12,5``."""
    return spell_number(Decimal(plain(Decimal(number))), get_language() or "fr")


def euros(amount: str | Decimal) -> str:
    """An amount kept as plain decimals, as people read it; what is no amount stays as it is."""
    try:
        exact = Decimal(amount)
        places = max(2, len(plain(exact).partition(".")[2]))
        shown = number_format(exact, decimal_pos=places, use_l10n=True, force_grouping=True)
    except InvalidOperation:
        return str(amount)
    return f"€{shown}" if get_language() == "en" else f"{shown}\u00a0€"


def fact(value: str, kind: str) -> str:
    """A value as its type is stored (``2026-11-12``, ``1200.00 USD``), as people read it; any other as it stands."""
    if kind == "date":
        try:
            return date_format(date.fromisoformat(value), "SHORT_DATE_FORMAT")
        except ValueError:
            return value
    number, _, currency = value.partition(" ")
    if kind != "amount" or currency not in ("", "EUR"):
        return value
    return euros(number)


def quoted(words: str) -> str:
    """What somebody said or named, between the quotation marks of the reader's language."""
    return f"“{words}”" if (get_language() or "").startswith("en") else f"«\u00a0{words}\u00a0»"


def is_only_here(address: str) -> bool:
    """Whether a host or an address names this very machine, where no other reaches it."""
    host = urlsplit(address if "://" in address else f"//{address}").hostname or ""
    return host == "localhost" or host.endswith(".localhost") or host.startswith("127.") or host == "::1"
