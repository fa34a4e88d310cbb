"""The rules of EN 16931 that an invoice made here could break, by the names the norm gives them, in French.

This is not the whole schematron: that one judges every invoice once it is written
(:mod:`pli.processing.invoices.schematron`). These come first because they name, in the reader's words, what is missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal

from pli.kit.errors import Phrase
from pli.processing.invoices.invoice import Invoice, Trader
from pli.processing.invoices.table import rounded

_COUNTRY = re.compile(r"[A-Z]{2}")


def broken_rules(invoice: Invoice) -> list[Phrase]:
    """Each rule broken, with a French sentence: « BR-CO-15 : … ». Empty when the invoice may be written."""
    return _told((*_header(invoice), *_lines(invoice), *_totals(invoice)))


def missing_data(invoice: Invoice) -> list[Phrase]:
    """The same of what stands above the lines alone: for an invoice whose figures are not known."""
    return _told(_header(invoice))


def _told(found: Iterable[tuple[str, Phrase]]) -> list[Phrase]:
    return [Phrase("%(rule)s : %(what)s", rule=code, what=sentence) for code, sentence in found]


def _header(invoice: Invoice) -> Iterator[tuple[str, Phrase]]:
    if not invoice.number:
        yield "BR-02", Phrase("le numéro de facture manque")
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", invoice.date):
        yield "BR-03", Phrase("la date de facture manque")
    if not re.fullmatch(r"[A-Z]{3}", invoice.currency):
        yield "BR-05", Phrase("la devise manque")
    yield from _seller(invoice.seller)
    yield from _buyer(invoice.buyer)
    if not (invoice.seller.siren or invoice.seller.vat):
        yield "BR-CO-26", Phrase("le numéro SIREN ou de TVA du vendeur manque")
    if not invoice.seller.vat and any(part.category in ("S", "Z") for part in invoice.vat_parts):
        yield "BR-S-02", Phrase("le numéro de TVA du vendeur manque")
    if (invoice.due or 0) > 0 and not (invoice.due_date or invoice.terms):
        yield "BR-CO-25", Phrase("la date d’échéance ou les conditions de paiement manquent")


def _seller(trader: Trader) -> Iterator[tuple[str, Phrase]]:
    if not trader.name:
        yield "BR-06", Phrase("le nom du vendeur manque")
    if not _COUNTRY.fullmatch(trader.country):
        yield "BR-09", Phrase("le pays du vendeur manque")
    if trader.vat and not _COUNTRY.match(trader.vat):
        yield "BR-CO-09", Phrase("le numéro de TVA du vendeur ne commence pas par un code de pays")


def _buyer(trader: Trader) -> Iterator[tuple[str, Phrase]]:
    if not trader.name:
        yield "BR-07", Phrase("le nom de l’acheteur manque")
    if not _COUNTRY.fullmatch(trader.country):
        yield "BR-11", Phrase("le pays de l’acheteur manque")
    if trader.vat and not _COUNTRY.match(trader.vat):
        yield "BR-CO-09", Phrase("le numéro de TVA de l’acheteur ne commence pas par un code de pays")


def _lines(invoice: Invoice) -> Iterator[tuple[str, Phrase]]:
    if not invoice.lines:
        yield "BR-16", Phrase("la facture n’a pas de ligne")
    for line in invoice.lines:
        if not line.label:
            yield "BR-25", Phrase("une ligne n’a pas de désignation")
        if line.price < 0:
            yield "BR-27", Phrase("un prix unitaire est négatif")
        if rounded(line.net) != line.net:
            yield "BR-DEC-23", Phrase("le montant d’une ligne a plus de deux décimales")


def _totals(invoice: Invoice) -> Iterator[tuple[str, Phrase]]:
    net, tax, gross = (
        amount if amount is not None else Decimal(0) for amount in (invoice.net, invoice.tax, invoice.gross)
    )
    if sum((line.net for line in invoice.lines), Decimal(0)) != net:
        yield "BR-CO-10", Phrase("la somme des lignes n’est pas le total hors taxes")
    if sum((part.tax for part in invoice.vat_parts), Decimal(0)) != tax:
        yield "BR-CO-14", Phrase("la somme des TVA n’est pas la TVA totale")
    if net + tax != gross:
        yield "BR-CO-15", Phrase("hors taxes et TVA ne font pas le total toutes taxes comprises")
    if not invoice.vat_parts:
        yield "BR-CO-18", Phrase("la ventilation de la TVA manque")
    for part in invoice.vat_parts:
        based = sum((line.net for line in invoice.lines if line.vat_rate == part.rate), Decimal(0))
        if based != part.base:
            yield "BR-S-08", Phrase("la base d’un taux de TVA n’est pas la somme de ses lignes")
        if rounded(part.base * part.rate / 100) != part.tax:
            yield "BR-CO-17", Phrase("une TVA n’est pas son taux appliqué à sa base")
        if part.category == "S" and part.rate <= 0:
            yield "BR-S-05", Phrase("un taux de TVA normal est nul")
