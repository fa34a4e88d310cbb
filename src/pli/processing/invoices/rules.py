"""The rules of EN 16931 that an invoice made here could break, by the names the norm gives them.

This is not the whole schematron: that one runs in the tests, over whatever the maker can make, and on demand
(:mod:`pli.processing.invoices.schematron`). A step runs where no processor of XSLT 2 can.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from pli.processing.invoices.invoice import Invoice, Trader
from pli.processing.invoices.table import rounded


def broken_rules(invoice: Invoice) -> list[str]:
    """Each rule broken, with a French sentence: « BR-CO-15 : … ». Empty when the invoice may be written."""
    return [f"{code} : {sentence}" for code, sentence in (*_header(invoice), *_lines(invoice), *_totals(invoice))]


def _header(invoice: Invoice) -> Iterator[tuple[str, str]]:
    if not invoice.number:
        yield "BR-02", "le numéro de facture manque"
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", invoice.date):
        yield "BR-03", "la date de facture manque"
    if not re.fullmatch(r"[A-Z]{3}", invoice.currency):
        yield "BR-05", "la devise manque"
    yield from _trader(invoice.seller, name="BR-06", country="BR-09", who="du vendeur")
    yield from _trader(invoice.buyer, name="BR-07", country="BR-11", who="de l’acheteur")
    if not (invoice.seller.siren or invoice.seller.vat):
        yield "BR-CO-26", "le numéro SIREN ou de TVA du vendeur manque"
    if not invoice.seller.vat and any(part.category in ("S", "Z") for part in invoice.vat_parts):
        yield "BR-S-02", "le numéro de TVA du vendeur manque"
    if (invoice.due or 0) > 0 and not invoice.due_date:
        yield "BR-CO-25", "la date d’échéance manque"


def _trader(trader: Trader, *, name: str, country: str, who: str) -> Iterator[tuple[str, str]]:
    if not trader.name:
        yield name, f"le nom {who} manque"
    if not re.fullmatch(r"[A-Z]{2}", trader.country):
        yield country, f"le pays {who} manque"
    if trader.vat and not re.match(r"[A-Z]{2}", trader.vat):
        yield "BR-CO-09", f"le numéro de TVA {who} ne commence pas par un code de pays"


def _lines(invoice: Invoice) -> Iterator[tuple[str, str]]:
    if not invoice.lines:
        yield "BR-16", "la facture n’a pas de ligne"
    for line in invoice.lines:
        if not line.label:
            yield "BR-25", "une ligne n’a pas de désignation"
        if line.price < 0:
            yield "BR-27", "un prix unitaire est négatif"
        if rounded(line.net) != line.net:
            yield "BR-DEC-23", "le montant d’une ligne a plus de deux décimales"


def _totals(invoice: Invoice) -> Iterator[tuple[str, str]]:
    net, tax, gross = (
        amount if amount is not None else Decimal(0) for amount in (invoice.net, invoice.tax, invoice.gross)
    )
    if sum((line.net for line in invoice.lines), Decimal(0)) != net:
        yield "BR-CO-10", "la somme des lignes n’est pas le total hors taxes"
    if sum((part.tax for part in invoice.vat_parts), Decimal(0)) != tax:
        yield "BR-CO-14", "la somme des TVA n’est pas la TVA totale"
    if net + tax != gross:
        yield "BR-CO-15", "hors taxes et TVA ne font pas le total toutes taxes comprises"
    if not invoice.vat_parts:
        yield "BR-CO-18", "la ventilation de la TVA manque"
    for part in invoice.vat_parts:
        based = sum((line.net for line in invoice.lines if line.vat_rate == part.rate), Decimal(0))
        if based != part.base:
            yield "BR-S-08", "la base d’un taux de TVA n’est pas la somme de ses lignes"
        if rounded(part.base * part.rate / 100) != part.tax:
            yield "BR-CO-17", "une TVA n’est pas son taux appliqué à sa base"
        if part.category == "S" and part.rate <= 0:
            yield "BR-S-05", "un taux de TVA normal est nul"
