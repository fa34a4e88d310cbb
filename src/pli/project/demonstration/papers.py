"""The papers of the demonstration: composed like a small company's software would print them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from pli.pdf.api import typeset

COMPANY = {
    "name": "Atelier Mercier",
    "lines": ["Chauffage, climatisation, entretien", "17 boulevard de Chantenay, 44100 Nantes", "02 40 00 00 00"],
    "footer": "Atelier Mercier SAS au capital de 40 000 € · SIREN 732 829 320 RCS Nantes · TVA FR44 732829320",
}
_ARTICLES = (
    ("Objet", "Le prestataire assure l’entretien annuel des installations de chauffage et de climatisation du client, "
     "désignées en annexe, dans les conditions du présent contrat."),
    ("Durée", "Le contrat prend effet à la date de sa signature pour une durée d’un an, renouvelable par tacite "
     "reconduction. Chaque partie peut y mettre fin avec un préavis de deux mois."),
    ("Visites", "Deux visites sont effectuées chaque année, au printemps et à l’automne, à une date convenue au moins "
     "quinze jours à l’avance. Un compte rendu est remis après chaque visite."),
    ("Dépannage", "Toute panne signalée un jour ouvré avant 16 heures donne lieu à une intervention le jour ouvré "
     "suivant. Les pièces sont facturées au tarif en vigueur, après accord du client au-delà de 150 € hors taxes."),
    ("Prix", "Le prix annuel est de 1 280,00 € hors taxes, payable à trente jours. Il est révisé chaque année selon "
     "l’indice du coût horaire du travail de la branche."),
    ("Responsabilité", "Le prestataire est assuré pour les dommages causés par ses interventions. Il n’est pas tenu "
     "des pannes dues à un défaut d’alimentation électrique ou à une intervention d’un tiers."),
    ("Données personnelles", "Les données des interlocuteurs du client sont traitées pour la seule exécution "
     "du contrat et conservées dix ans après son terme à titre de preuve."),
    ("Litiges", "Les parties recherchent d’abord un accord amiable. À défaut, le tribunal de commerce de Nantes est "
     "compétent."),
)  # fmt: skip


def make_contract(client: Sequence[str], reference: str, day: date) -> bytes:
    """A maintenance contract of a few pages, with a place for both signatures."""
    return _compose(
        "Contrat d’entretien", reference, client, day,
        opening=["Entre les soussignés, il a été convenu ce qui suit."],
        articles=[{"title": title, "paragraphs": [text, text]} for title, text in _ARTICLES],
        signature=["Pour l’Atelier Mercier", "Pour le client, lu et approuvé"],
    )  # fmt: skip


def make_quote(client: Sequence[str], reference: str, day: date) -> bytes:
    """A quote with four lines and its totals."""
    lines = [("Dépose de l’ancienne chaudière", 1, 340), ("Chaudière à condensation 24 kW", 1, 2890),
             ("Raccordement hydraulique et fumisterie", 1, 760), ("Mise en service et réglages", 2, 95)]  # fmt: skip
    return _compose(
        "Devis", reference, client, day, lines=lines, opening=["Nous vous remercions de votre demande. Cette offre est "
        "valable trente jours."], signature=["Atelier Mercier", "Bon pour accord, date et signature du client"],
    )  # fmt: skip


def make_invoice(client: Sequence[str], reference: str, day: date) -> bytes:
    """An invoice with three lines and its totals."""
    lines = [("Entretien annuel, visite d’automne", 1, 640), ("Filtre G4 500 × 500", 4, 18), ("Déplacement", 1, 45)]
    return _compose("Facture", reference, client, day, lines=lines, opening=["Payable à trente jours, sans escompte."])


def make_payslip_letter(client: Sequence[str], reference: str, day: date) -> bytes:
    """An amendment to an employment contract."""
    return _compose(
        "Avenant", reference, client, day, opening=["À compter du premier du mois prochain, votre temps de travail "
        "est porté à trente-neuf heures par semaine. Les autres clauses de votre contrat sont inchangées."],
        signature=["L’employeur", "Le salarié"],
    )  # fmt: skip


def _compose(
    heading: str, reference: str, client: Sequence[str], day: date, *, opening: Sequence[str],
    lines: Sequence[tuple[str, int, int]] = (), articles: Sequence[dict[str, Any]] = (),
    signature: Sequence[str] | None = None,
) -> bytes:  # fmt: skip
    subtotal = sum((Decimal(quantity * price) for _, quantity, price in lines), Decimal(0))
    vat = (subtotal * Decimal("0.20")).quantize(Decimal("0.01"))
    totals = [("Total HT", subtotal, False), ("TVA 20 %", vat, False), ("Total TTC", subtotal + vat, True)]
    data = {
        "title": f"{heading} {reference}", "heading": heading, "reference": reference, "company": COMPANY,
        "client": list(client), "place_and_date": f"Nantes, le {day:%d/%m/%Y}", "opening": list(opening),
        "lines": [
            {"label": label, "quantity": str(quantity), "price": _euros(Decimal(price)),
             "total": _euros(Decimal(quantity * price))} for label, quantity, price in lines
        ],
        "totals": [{"label": label, "value": _euros(value), "strong": strong} for label, value, strong in totals],
        "articles": list(articles), "signature": list(signature) if signature else None,
    }  # fmt: skip
    return typeset("business_paper", data)


def _euros(amount: Decimal) -> str:
    """``1 234,50 €`` with no-break spaces."""
    return f"{amount:,.2f}".replace(",", "\u202f").replace(".", ",") + "\u00a0€"
