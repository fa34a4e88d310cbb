"""The invoice a page says, complete enough for EN 16931; or why it can't be made."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from pli.kit.errors import Phrase, listed
from pli.processing.indexing.sheet import Sheet
from pli.processing.indexing.values import find_values
from pli.processing.invoices.invoice import Invoice, Trader
from pli.processing.invoices.rules import broken_rules, missing_data
from pli.processing.invoices.table import NotProved, Table, read_table
from pli.processing.plugs import Fact, FieldSpec, PartySpec

_SURE = 0.7
_MOST_TERMS = 200
_PAYMENT = re.compile(r"\b(?:payable|paiement|r[èe]glement|payer)\b", re.I)
_WHEN = re.compile(r"\b(?:jours?|comptant|r[ée]ception|fin de mois|imm[ée]diat)\b", re.I)
_ANYBODY = Trader(name="?", country="FR")
"""Stands for a client who is not recognised, so that the other things missing are named beside it."""
_ADDRESS = re.compile(r"^(?P<street>.*?)[,\n]\s*(?P<postcode>\d{5})\s+(?P<city>[^,\n]+)$", re.S)


class UnableToMake(ValueError):
    """The data for an invoice of profile EN 16931 is not all there; ``reason`` names all that is missing."""

    def __init__(self, reasons: Sequence[Phrase]) -> None:
        self.reason = listed(reasons)
        super().__init__(self.reason)


def make_invoice(
    sheets: Sequence[Sheet],
    fields: Sequence[FieldSpec],
    facts: Mapping[str, Fact],
    *,
    own: Mapping[str, str],
    buyer: PartySpec | None,
) -> Invoice:
    """The organisation's own invoice to ``buyer``.

    Number and dates come from the facts; lines, tax and totals from the page, where they must prove each other. The
    organisation's VAT number is taken from its settings or from its own page; when it is due from the facts, else the
    page's own words on payment (BT-20). Nothing stands in for what is not known.

    :raises UnableToMake: with all that is missing.
    """
    problems = [] if buyer is not None else [Phrase("le client n’est pas reconnu")]
    table: Table | None = None
    try:
        table = read_table(sheets)
    except NotProved as error:
        problems.append(error.reason)
    invoice = Invoice(
        number=_needed(fields, facts, "text", problems),
        date=_needed(fields, facts, "date", problems),
        seller=_seller(sheets, own),
        buyer=_buyer(buyer) if buyer is not None else _ANYBODY,
        gross=table.gross if table else None,
        net=table.net if table else None,
        tax=table.tax if table else None,
        due=table.gross if table else Decimal(1),
        due_date=_fact(fields, facts, "date", due=True),
        terms=_terms(sheets),
        iban=own.get("iban", ""),
        lines=table.lines if table else (),
        vat_parts=table.parts if table else (),
    )
    total = _fact(fields, facts, "amount", due=False)
    if table and total and total != str(table.gross):
        problems.append(Phrase("le montant indexé n’est pas le total lu sur la page"))
    problems += broken_rules(invoice) if table else missing_data(invoice)
    if problems:
        raise UnableToMake(problems)
    return invoice


def _buyer(party: PartySpec) -> Trader:
    return Trader(
        name=party.name,
        siren=party.siren,
        vat=party.vat,
        country=party.country or _country(party.vat, party.siren),
        street=party.street,
        postcode=party.postcode,
        city=party.city,
    )


def _seller(sheets: Sequence[Sheet], own: Mapping[str, str]) -> Trader:
    siren = own.get("siren", "").replace(" ", "")
    vat = own.get("vat", "").replace(" ", "").upper() or _vat_on(sheets, siren)
    address = _ADDRESS.match(own.get("address", "").strip())
    return Trader(
        name=own.get("name", ""),
        siren=siren,
        vat=vat,
        country=own.get("country", "") or _country(vat, siren),
        street=" ".join(address["street"].split()) if address else "",
        postcode=address["postcode"] if address else "",
        city=" ".join(address["city"].split()) if address else "",
    )


def _vat_on(sheets: Sequence[Sheet], siren: str) -> str:
    """The VAT number on the page that belongs to ``siren``."""
    for sheet in sheets:
        for line in sheet.lines:
            for found in find_values("vat", line.text):
                if siren and found.value == f"FR{found.value[2:4]}{siren}":
                    return found.value
    return ""


def _country(vat: str, siren: str) -> str:
    """Where the VAT number is from; France for who is in its register. Nothing else is known."""
    if vat:
        return "GR" if vat.startswith("EL") else vat[:2]
    return "FR" if siren else ""


def _terms(sheets: Sequence[Sheet]) -> str:
    """What the page says of when it is to be paid, in its own words."""
    for sheet in sheets:
        for line in sheet.lines:
            said = " ".join(line.text.split())
            if len(said) <= _MOST_TERMS and _PAYMENT.search(said) and _WHEN.search(said):
                return said
    return ""


def _needed(fields: Sequence[FieldSpec], facts: Mapping[str, Fact], type_: str, problems: list[Phrase]) -> str:
    """The first fact of this type; one that is not sure is told in ``problems`` as it was read: it does not lack."""
    sure = _fact(fields, facts, type_, due=False)
    read = sure or _fact(fields, facts, type_, due=False, least=0)
    if read and not sure:
        problems.append(Phrase("« %(value)s » n’a pas été lu avec assez de certitude", value=_spelt(read, type_)))
    return read


def _spelt(value: str, type_: str) -> str:
    return f"{date.fromisoformat(value):%d/%m/%Y}" if type_ == "date" else value


def _fact(
    fields: Sequence[FieldSpec], facts: Mapping[str, Fact], type_: str, *, due: bool, least: float = _SURE
) -> str:
    """The first fact of this type, ``least`` sure, that is about the due date, or is not."""
    for field in fields:
        about = f"{field.name} {field.label}".lower()
        is_due = "due" in about or "échéance" in about
        fact = facts.get(field.name)
        if field.type == type_ and is_due == due and fact is not None and fact.confidence >= least:
            return fact.value
    return ""
