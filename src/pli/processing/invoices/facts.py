"""From an electronic invoice to the facts of its kind, and to its party."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from pli.processing.indexing.folding import fold
from pli.processing.indexing.labels import day_of, is_number, role_of
from pli.processing.indexing.parties_index import PartyIndex, name_words
from pli.processing.indexing.values import read_value
from pli.processing.invoices.invoice import Invoice, Trader
from pli.processing.plugs import Fact, FieldSpec

OF_INVOICE = 0.99
OF_DOUBT = 0.5
"""Sums that do not add up: one of them is wrong, and the file does not say which. A person is asked."""
_ROUNDING = Decimal(1)
"""What may be rounded off between the sums (BT-114): whole units, at most."""


def facts_of(invoice: Invoice, fields: Sequence[FieldSpec], own: Mapping[str, str]) -> dict[str, Fact]:
    """The values the invoice has for these fields, in canonical form. ``own``: the organisation's identifiers."""
    other = other_trader(invoice, own)
    of_sums = OF_INVOICE if _adds_up(invoice) else OF_DOUBT
    facts: dict[str, Fact] = {}
    for field in fields:
        raw = _value(invoice, other, field)
        if not raw:
            continue
        found = read_value(field.type, raw) if field.type not in ("text", "date") else None
        value = raw if field.type in ("text", "date") else found.value if found else ""
        if value:
            facts[field.name] = Fact(value, of_sums if field.type == "amount" else OF_INVOICE, "facturx")
    return facts


def other_trader(invoice: Invoice, own: Mapping[str, str]) -> Trader:
    """Who the organisation deals with: the seller, or the buyer of what it sold itself."""
    return invoice.buyer if _is_own(invoice.seller, own) else invoice.seller


def _is_own(trader: Trader, own: Mapping[str, str]) -> bool:
    if trader.siren and own.get("siren"):
        return trader.siren == own["siren"]
    if trader.vat and own.get("vat"):
        return trader.vat == own["vat"].replace(" ", "").upper()
    return bool(trader.name) and fold(trader.name) == fold(own.get("name", ""))


def _value(invoice: Invoice, other: Trader, field: FieldSpec) -> str:
    about = fold(f"{field.name} {field.label}")
    if field.type == "date":
        return {"due": invoice.due_date, "document": invoice.date}.get(day_of(field), "")
    if field.type == "amount":
        sums = {"gross": invoice.gross, "net": invoice.net, "tax": invoice.tax}
        return _told(sums.get(role_of(field)))
    if field.type in ("siren", "siret", "vat"):
        return str(getattr(other, field.type))
    if field.type == "iban":
        return invoice.iban
    if field.type == "text":
        if "commande" in about or "order" in about:
            return invoice.order
        if "devise" in about or "currency" in about:
            return invoice.currency
        if is_number(field_about=about):
            return invoice.number
    return ""


def _adds_up(invoice: Invoice) -> bool:
    if invoice.net is None or invoice.tax is None or invoice.gross is None:
        return True
    return abs(invoice.net + invoice.tax - invoice.gross) < _ROUNDING


def _told(amount: Decimal | None) -> str:
    return "" if amount is None else f"{amount:.2f}"


def party_of(invoice: Invoice, index: PartyIndex, own: Mapping[str, str]) -> str | None:
    """The id of the party the invoice is from or for, by SIREN, VAT number, IBAN, then by its exact name."""
    other = other_trader(invoice, own)
    for number in (other.siren, other.vat, invoice.iban if other is invoice.seller else ""):
        found = {party.id for party, _ in index.by_number.get(number, ())} if number else set()
        if len(found) == 1:
            return found.pop()
    words = name_words(other.name)
    if words:
        named = {party.id for party, name in index.by_word.get(max(words, key=len), ()) if name == words}
        if len(named) == 1:
            return named.pop()
    return None
