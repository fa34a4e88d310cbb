"""The invoice a page says, complete enough for EN 16931; or why it can't be made."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from pli.processing.indexing.sheet import Sheet
from pli.processing.indexing.values import find_values
from pli.processing.invoices.invoice import Invoice, Trader
from pli.processing.invoices.rules import broken_rules
from pli.processing.invoices.table import NotProved, read_table
from pli.processing.plugs import Fact, FieldSpec, PartySpec

_SURE = 0.7
_ADDRESS = re.compile(r"^(?P<street>.*?)[,\n]\s*(?P<postcode>\d{5})\s+(?P<city>[^,\n]+)$", re.S)


class UnableToMake(ValueError):
    """The data for an invoice of profile EN 16931 is not all there; its text says what is missing, in French."""


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
    organisation's VAT number is taken from its settings or from its own page. A due date that is nowhere is the
    invoice's date: payable at once.

    :raises UnableToMake: with all that is missing.
    """
    if buyer is None:
        raise UnableToMake("le client n’est pas reconnu")
    try:
        lines, part, gross = read_table(sheets)
    except NotProved as reason:
        raise UnableToMake(str(reason)) from None
    day = _fact(fields, facts, "date", due=False)
    total = _fact(fields, facts, "amount", due=False)
    if total and total != str(gross):
        raise UnableToMake("le montant indexé n’est pas le total lu sur la page")
    invoice = Invoice(
        number=_fact(fields, facts, "text", due=False),
        date=day,
        seller=_seller(sheets, own),
        buyer=Trader(name=buyer.name, siren=buyer.siren, vat=buyer.vat, country=_country(buyer.vat)),
        gross=gross,
        net=part.base,
        tax=part.tax,
        due=gross,
        due_date=_fact(fields, facts, "date", due=True) or day,
        iban=own.get("iban", ""),
        lines=lines,
        vat_parts=(part,),
    )
    problems = broken_rules(invoice)
    if problems:
        raise UnableToMake(" ; ".join(problems))
    return invoice


def _seller(sheets: Sequence[Sheet], own: Mapping[str, str]) -> Trader:
    siren = own.get("siren", "").replace(" ", "")
    vat = own.get("vat", "").replace(" ", "").upper() or _vat_on(sheets, siren)
    address = _ADDRESS.match(own.get("address", "").strip())
    return Trader(
        name=own.get("name", ""),
        siren=siren,
        vat=vat,
        country=_country(vat),
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


def _country(vat: str) -> str:
    """Of the VAT number; France for who has none: the parties of a French company."""
    return "GR" if vat.startswith("EL") else vat[:2] or "FR"


def _fact(fields: Sequence[FieldSpec], facts: Mapping[str, Fact], type_: str, *, due: bool) -> str:
    """The first sure fact of this type that is about the due date, or is not."""
    for field in fields:
        about = f"{field.name} {field.label}".lower()
        is_due = "due" in about or "échéance" in about
        fact = facts.get(field.name)
        if field.type == type_ and is_due == due and fact is not None and fact.confidence >= _SURE:
            return fact.value
    return ""
