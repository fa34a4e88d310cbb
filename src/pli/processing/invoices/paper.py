"""An electronic invoice that comes as bare XML: what a readable page of it says, and its facts. A sandbox job.

Capture calls it by the name the settings give (``CAPTURE_INVOICE_READER``): rooms don't import each other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, BinaryIO

from pli.processing.invoices.facts import OF_INVOICE, facts_of
from pli.processing.invoices.invoice import CREDIT_NOTES, Invoice, Trader
from pli.processing.invoices.reading import read_invoice
from pli.processing.invoices.tree import MOST_BYTES, XmlRefused
from pli.processing.plugs import FieldSpec

MOST_LINES = 1_000
"""Shown on the page; the file has them all."""
_LONGEST = 300


def read_paper(
    files: Mapping[str, BinaryIO], *, fields: Sequence[Mapping[str, str]], own: Mapping[str, str]
) -> dict[str, Any]:
    """``{"paper": what to print, "facts": the values of ``fields``}``, or ``{"refused": a French sentence}``.

    ``fields``: name, label and type of each; ``own``: the organisation's identifiers. Amounts are in canonical form.
    """
    try:
        invoice = read_invoice(files["source"].read(MOST_BYTES + 1))
    except XmlRefused as refused:
        return {"refused": str(refused)}
    specs = [FieldSpec(one["name"], one["label"], one["type"]) for one in fields]
    facts = facts_of(invoice, specs, own)
    # Nobody is asked about a file that follows no recipe: what is doubtful is left for a person to type.
    sure = {name: fact.value for name, fact in facts.items() if fact.confidence >= OF_INVOICE}
    return {"paper": _paper(invoice), "facts": sure}


def _paper(invoice: Invoice) -> dict[str, Any]:
    return {
        "is_credit": invoice.type_code in CREDIT_NOTES,
        "number": invoice.number[:_LONGEST],
        "date": invoice.date,
        "due_date": invoice.due_date,
        "order": invoice.order[:_LONGEST],
        "profile": invoice.profile[:_LONGEST],
        "currency": invoice.currency[:8],
        "iban": invoice.iban,
        "seller": _trader(invoice.seller),
        "buyer": _trader(invoice.buyer),
        "lines": [
            {
                "label": line.label[:_LONGEST],
                "quantity": _plain(line.quantity),
                "price": _plain(line.price),
                "rate": _plain(line.vat_rate),
                "net": _cents(line.net),
            }
            for line in invoice.lines[:MOST_LINES]
        ],
        "more_lines": max(0, len(invoice.lines) - MOST_LINES),
        "totals": {name: _cents(getattr(invoice, name)) for name in ("net", "tax", "gross", "due")},
    }


def _trader(trader: Trader) -> list[str]:
    place = " ".join(part for part in (trader.postcode, trader.city, trader.country) if part)
    numbers = (("SIREN", trader.siren), ("SIRET", trader.siret), ("TVA", trader.vat))
    told = [trader.name, trader.street, place, *(f"{word} {number}" for word, number in numbers if number)]
    return [line[:_LONGEST] for line in told if line]


def _cents(amount: Decimal | None) -> str:
    return "" if amount is None else f"{amount:.2f}"


def _plain(number: Decimal) -> str:
    told = f"{number:.6f}"
    return told.rstrip("0").rstrip(".") if "." in told else told
