"""Invoices and statements as files: PDF by typst, workbooks where text is text and amounts are numbers."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from pli.billing.models import Entry, EntryKind, Invoice, Meter
from pli.billing.money import spell
from pli.kit.clock import PARIS
from pli.parties.api import Organisation, escape_cell
from pli.pdf.api import AccountPaper, draw_account_paper

# A statement on paper beyond this is a book; the workbook takes all of it.
PRINTED_ENTRIES = 2000
Cell = str | Decimal


def spell_day(day: date) -> str:
    """A day as France writes it."""
    return f"{day:%d/%m/%Y}"


def describe_entry(entry: Entry) -> str:
    """What an entry is about, in the language in force."""
    kind = str(EntryKind(entry.kind).label)
    if entry.meter:
        what = str(Meter(entry.meter).label)
        said = what if entry.kind == EntryKind.CHARGE else f"{kind} : {what}"
    else:
        said = kind
    detail = entry.usage.key if entry.usage_id and entry.usage else entry.reason
    return f"{said} — {detail}" if detail else said


def draw_invoice(invoice: Invoice) -> bytes:
    """The invoice as PDF/A-2b; the same invoice gives the same bytes."""
    language = _language(invoice.buyer.get("language", "fr"))
    with translation.override(language):
        paper = _invoice_paper(invoice, language)
    return draw_account_paper(paper, made_at=invoice.issued_at)


def _language(wanted: str) -> str:
    return "en" if wanted == "en" else "fr"


def _invoice_paper(invoice: Invoice, language: str) -> AccountPaper:

    def money(amount: Decimal | str) -> str:
        return spell(Decimal(amount), language)

    seller, buyer = invoice.seller, invoice.buyer
    is_credit = invoice.total < 0
    rates = ", ".join(f"{_rate(one)}\u00a0%" for one in sorted({row["vat_rate"] for row in invoice.rows}, key=Decimal))
    rows = [
        (
            str(Meter(row["meter"]).label),
            str(row["quantity"]),
            spell(Decimal(row["unit_price"]), language, places=3),
            f"{_rate(row['vat_rate'])}\u00a0%",
            money(row["net"]),
        )
        for row in invoice.rows
    ]
    notes = [
        _("Payé par le compte prépayé : %(amount)s.") % {"amount": money(invoice.total - invoice.due)},
        _("Reste à payer : %(amount)s.") % {"amount": money(invoice.due)},
        f"IBAN {seller['iban']}" if invoice.due and seller.get("iban") else "",
        seller.get("terms", ""),
    ]
    return AccountPaper(
        language=language,
        title=_("Avoir") if is_credit else _("Facture"),
        reference=invoice.number,
        seller=_identity(seller),
        buyer_label=_("Client"),
        buyer=_identity(buyer),
        facts=(
            (_("Date"), spell_day(invoice.issued_at.astimezone(PARIS).date())),
            (_("Période"), f"{invoice.month:%m/%Y}"),
            (_("Opérations"), _("Prestations de services")),
        ),
        columns=((_("Désignation"), False), (_("Quantité"), True), (_("Prix unitaire HT"), True), (_("TVA"), True),
                 (_("Total HT"), True)),
        rows=rows,
        totals=(
            (_("Total HT"), money(invoice.net), False),
            (_("TVA %(rates)s") % {"rates": rates}, money(invoice.vat), False),
            (_("Total TTC"), money(invoice.total), True),
        ),
        notes=[note for note in notes if note],
        page_word=_("Page"),
    )  # fmt: skip


def _rate(rate: str) -> str:
    shown = f"{Decimal(rate):f}".rstrip("0").rstrip(".") if "." in rate else rate
    return shown.replace(".", ",")


def _identity(who: dict[str, Any]) -> list[str]:
    lines = [who.get("name", ""), *str(who.get("address", "")).split("\n")]
    lines += [f"SIREN {who['siren']}" if who.get("siren") else "", who.get("legal", "")]
    lines.append(f"{_('N° de TVA')} {who['vat_number']}" if who.get("vat_number") else "")
    return [line for line in lines if line]


def write_invoice_workbook(invoice: Invoice) -> bytes:
    """The invoice's lines and totals as a workbook."""
    with translation.override(_language(invoice.buyer.get("language", "fr"))):
        head = [_("Facture"), _("Période"), _("Désignation"), _("Quantité"), _("Prix unitaire HT"), _("TVA (%)"),
                _("Total HT")]  # fmt: skip
        rows: list[Sequence[Cell]] = [
            (
                invoice.number, f"{invoice.month:%m/%Y}", str(Meter(row["meter"]).label), Decimal(row["quantity"]),
                Decimal(row["unit_price"]), Decimal(row["vat_rate"]), Decimal(row["net"]),
            )
            for row in invoice.rows
        ]  # fmt: skip
        empty = ("", "", "", "", "")
        rows += [
            (*empty, _("Total HT"), invoice.net),
            (*empty, _("TVA"), invoice.vat),
            (*empty, _("Total TTC"), invoice.total),
        ]  # fmt: skip
        return write_table(invoice.number, head, rows, made_at=invoice.issued_at)


def draw_statement(
    organisation: Organisation, entries: Sequence[Entry], *, period: str, balance: Decimal, made_at: datetime
) -> bytes:
    """Entries as a statement in PDF, in the language in force."""
    language = _language(translation.get_language() or "fr")
    return draw_account_paper(
        AccountPaper(
            language=language,
            title=_("Relevé de compte"),
            reference=period,
            seller=(),
            buyer_label=_("Compte prépayé"),
            buyer=[organisation.name],
            facts=((_("Édité le"), f"{made_at.astimezone(PARIS):%d/%m/%Y %H:%M}"),),
            columns=((_("N°"), True), (_("Date"), True), (_("Opération"), False), (_("Montant TTC"), True),
                     (_("Solde"), True)),
            rows=[
                (
                    str(one.number), spell_day(one.booked_at.astimezone(PARIS).date()), describe_entry(one)[:160],
                    spell(one.amount, language, places=4), spell(one.balance_after, language, places=4),
                )
                for one in entries
            ],
            totals=((_("Solde"), spell(balance, language), True),),
            page_word=_("Page"),
        ),
        made_at=made_at,
    )  # fmt: skip


def write_statement_workbook(entries: Iterable[Entry], *, made_at: datetime) -> bytes:
    """Entries as a workbook, in the language in force."""
    head = [_("N°"), _("Date"), _("Genre"), _("Opération"), _("Quantité"), _("Prix unitaire HT"), _("Montant HT"),
            _("TVA"), _("Montant TTC"), _("Solde")]  # fmt: skip
    rows = (
        (
            Decimal(one.number), f"{one.booked_at.astimezone(PARIS):%d/%m/%Y %H:%M:%S}", str(EntryKind(one.kind).label),
            describe_entry(one), Decimal(one.quantity) if one.meter else "", one.unit_price if one.meter else "",
            -one.net if one.meter else "", -one.vat if one.meter else "", one.amount, one.balance_after,
        )
        for one in entries
    )  # fmt: skip
    return write_table(_("Relevé de compte"), head, rows, made_at=made_at)


def write_table(sheet: str, head: Sequence[str], rows: Iterable[Sequence[Cell]], *, made_at: datetime) -> bytes:
    """One table: what a person wrote is never a formula, amounts are numbers."""
    import xlsxwriter  # A second to load, for a few exports a day.

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with tempfile.TemporaryDirectory(prefix="pli-account-") as folder:
        target = Path(folder) / "table.xlsx"
        with xlsxwriter.Workbook(str(target), options) as workbook:
            workbook.set_properties({"created": made_at.replace(tzinfo=None)})
            page = workbook.add_worksheet(sheet[:31])
            bold = workbook.add_format({"bold": True})
            page.freeze_panes(1, 0)
            page.set_column(0, len(head) - 1, 18)
            for column, title in enumerate(head):
                page.write_string(0, column, escape_cell(title), bold)
            for number, row in enumerate(rows, 1):
                for column, value in enumerate(row):
                    if isinstance(value, Decimal):
                        page.write_number(number, column, float(value))
                    elif value:
                        page.write_string(number, column, escape_cell(value)[:32_000])
        return target.read_bytes()
