"""Invoices to write and judge."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from pli.processing.invoices.invoice import Invoice, InvoiceLine, Trader, VatPart
from pli.processing.invoices.table import rounded

SELLER = Trader("Atelier Mercier", siren="732829320", vat="FR44732829320", country="FR", city="Nantes",
                postcode="44100", street="17 boulevard de Chantenay")  # fmt: skip
BUYER = Trader("Syndic « Les Glycines » & Cie <SARL>", siren="552100554", vat="FR83552100554", country="FR")


def invoice_of(*rows: tuple[str, str, str, str], **changes: object) -> Invoice:
    """An invoice of rows (label, quantity, price, rate), its totals worked out."""
    lines = tuple(
        InvoiceLine(
            label, Decimal(quantity), Decimal(price), rounded(Decimal(quantity) * Decimal(price)), Decimal(rate)
        )
        for label, quantity, price, rate in rows
    )
    parts = []
    for rate in sorted({line.vat_rate for line in lines}):
        base = sum((line.net for line in lines if line.vat_rate == rate), Decimal(0))
        parts.append(VatPart(rate, base, rounded(base * rate / 100), "S" if rate else "Z"))
    net, tax = sum((part.base for part in parts), Decimal(0)), sum((part.tax for part in parts), Decimal(0))
    made = Invoice(
        "F2026-00417", "2026-03-03", SELLER, BUYER, gross=net + tax, net=net, tax=tax, due=net + tax,
        due_date="2026-04-02", iban="FR7630006000011234567890189", order="BC-77", lines=lines, vat_parts=tuple(parts),
    )  # fmt: skip
    return replace(made, **changes)


ORDINARY = invoice_of(
    ("Entretien", "1", "640", "20"), ("Filtre G4", "4", "18.00", "20"), ("Déplacement", "1", "45", "20")
)
MIXED = invoice_of(("Livre", "3", "12.337", "5.5"), ("Pose", "1.5", "80", "20"), ("Export", "1", "10", "0"))
