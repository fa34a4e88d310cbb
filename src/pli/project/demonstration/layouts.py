"""Reading rules and layouts of the demonstration, and papers that show them at work. Plain data: who keeps it decides.

Boxes are shares of the page as seen. The supplier's and the employee's papers are composed like their own software
would print them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from pli.pdf.api import typeset

OWN_INVOICE_RULES: tuple[dict[str, Any], ...] = (
    {"field": "number", "how": "anchor", "anchor": "Facture", "side": "below"},
    {"field": "date", "how": "pattern", "pattern": r"Nantes, le (\d\d/\d\d/\d{4})"},
    {"field": "total", "how": "anchor", "anchor": "Total TTC", "page": -1},
)
"""For the run of invoices the company prints itself."""

LAYOUTS: tuple[dict[str, Any], ...] = (
    {
        "name": "Papeterie de l’Ouest, factures", "kind": "invoice", "party_code": "F001",
        "keywords": ["Papeterie de l’Ouest", "N° de facture"],
        "rules": [
            {"field": "number", "how": "anchor", "anchor": "N° de facture"},
            {"field": "date", "how": "anchor", "anchor": "Date de facture"},
            {"field": "total", "how": "anchor", "anchor": "Total TTC", "page": -1},
        ],
    },
    {
        "name": "Papeterie de l’Ouest, bons de livraison", "kind": "delivery-note", "party_code": "F001",
        "keywords": ["Papeterie de l’Ouest", "Bon de livraison"],
        "rules": [
            {"field": "number", "how": "anchor", "anchor": "N° de bon"},
            {"field": "date", "how": "anchor", "anchor": "Livré le"},
        ],
    },
    {
        "name": "Bulletins de paie", "kind": "payslip", "party_code": "",
        "keywords": ["Bulletin de paie", "Net à payer"],
        "rules": [{"field": "period", "how": "anchor", "anchor": "Période"}],
    },
)  # fmt: skip

_STATIONER = {
    "name": "Papeterie de l’Ouest",
    "lines": ["Fournitures de bureau", "ZA du Cormier, 49300 Cholet", "factures@papeterie.example"],
    "footer": "Papeterie de l’Ouest SARL au capital de 15 000 € · TVA FR83 552100554",
}
_LOCKSMITH = {
    "name": "Serrurerie Bertin",
    "lines": ["Dépannage, portes et coffres", "5 rue Crébillon, 44000 Nantes"],
    "footer": "Dispensé d’immatriculation en dehors du répertoire des métiers",
}
_MERCIER = {
    "name": "Atelier Mercier",
    "lines": ["Chauffage, climatisation, entretien", "17 boulevard de Chantenay, 44100 Nantes"],
    "footer": "À conserver sans limitation de durée",
}
_BUYER = ("Atelier Mercier", "17 boulevard de Chantenay", "44100 Nantes")


def make_supplier_invoice(number: str, day: date) -> bytes:
    """An invoice the demonstration company receives."""
    lines = (("Ramettes A4 80 g, carton de 5", 6, "21.90"), ("Cartouche noire 305", 2, "34.50"), ("Port", 1, "9.00"))
    opening = [f"N° de facture : {number}", f"Date de facture : {day:%d/%m/%Y}", "Règlement à trente jours."]
    return _compose(_STATIONER, "Facture", number, _BUYER, opening, lines)


def make_stranger_invoice(number: str, day: date) -> bytes:
    """An invoice of somebody the address book does not know yet."""
    lines = (("Remplacement d’un cylindre", 1, "148.00"), ("Déplacement", 1, "45.00"))
    opening = [f"Facture n° {number}", f"Fait à Nantes, le {day:%d/%m/%Y}", "À régler à réception."]
    return _compose(_LOCKSMITH, "Facture", number, _BUYER, opening, lines)


def make_delivery_note(number: str, day: date) -> bytes:
    """A delivery note the demonstration company receives."""
    opening = [f"N° de bon : {number}", f"Livré le {day:%d/%m/%Y}", "Six cartons, reçus en bon état. Signature :"]
    return _compose(_STATIONER, "Bon de livraison", number, _BUYER, opening, ())


def make_payslip(code: str, name: str, period: str) -> bytes:
    """A payslip the demonstration company gives; ``period`` as printed, e.g. « mars 2026 »."""
    opening = [f"Période : {period}", f"Matricule : {code}", "Emploi : technicien, 39 heures par semaine",
               "Salaire brut 2 684,00 €", "Net à payer avant impôt 2 104,33 €"]  # fmt: skip
    return _compose(_MERCIER, "Bulletin de paie", period, (name,), opening, ())


def _compose(
    company: dict[str, Any], heading: str, reference: str, client: Sequence[str], opening: Sequence[str],
    lines: Sequence[tuple[str, int, str]],
) -> bytes:  # fmt: skip
    net = sum((quantity * Decimal(price) for _, quantity, price in lines), Decimal(0))
    tax = (net * Decimal("0.20")).quantize(Decimal("0.01"))
    totals = [("Total HT", net, False), ("TVA 20 %", tax, False), ("Total TTC", net + tax, True)] if lines else []
    data = {
        "title": f"{heading} {reference}", "heading": heading, "reference": reference, "company": company,
        "client": list(client), "place_and_date": "", "opening": list(opening),
        "lines": [
            {"label": label, "quantity": str(quantity), "price": _euros(Decimal(price)),
             "total": _euros(quantity * Decimal(price))} for label, quantity, price in lines
        ],
        "totals": [{"label": label, "value": _euros(value), "strong": strong} for label, value, strong in totals],
        "articles": [], "signature": None,
    }  # fmt: skip
    return typeset("business_paper", data)


def _euros(amount: Decimal) -> str:
    return f"{amount:,.2f}".replace(",", "\u202f").replace(".", ",") + "\u00a0€"
