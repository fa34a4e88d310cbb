"""The labels French papers usually carry, by what a field is about."""

from __future__ import annotations

from pli.processing.indexing.folding import fold
from pli.processing.plugs import FieldSpec

_NUMBER = {
    "invoice": ("N° de facture", "Numéro de facture", "Facture n°", "N° facture", "Facture numéro", "Réf. facture",
                "Invoice number", "Invoice no", "Facture", "Avoir n°", "N° d’avoir"),
    "quote": ("N° de devis", "Numéro de devis", "Devis n°", "N° devis", "Devis", "Quote number"),
    "delivery-note": ("N° de bon", "Bon de livraison n°", "N° de bon de livraison", "N° BL", "BL n°",
                      "Bon de livraison", "N° de livraison", "Delivery note"),
    "contract": ("N° de contrat", "Contrat n°", "Référence du contrat", "Contrat"),
}  # fmt: skip
_ANY_NUMBER = ("Numéro", "Référence", "Réf.", "N°")
_DUE = ("Date d’échéance", "Échéance", "À régler avant le", "À payer avant le", "Payable le", "Due date")
_DATE = ("Date de facture", "Date facture", "Date de facturation", "Date d’émission", "Facture du", "Date du devis",
         "Date de livraison", "Date du bon", "Devis du", "Invoice date", "Date", "Fait le", "Le", "Du")  # fmt: skip
_START = ("Date d’effet", "Prise d’effet", "À compter du", "Début")
_GROSS = ("Total TTC", "Montant TTC", "Net à payer TTC", "Net à payer", "Total à payer", "Montant total TTC",
          "Montant à payer", "Montant dû", "Total général", "Total toutes taxes comprises", "Solde à payer",
          "Reste à payer", "Amount due", "Total due", "Grand total", "TTC", "Total")  # fmt: skip
_NET = ("Total HT", "Montant HT", "Total net HT", "Total hors taxes", "Sous-total HT", "Base HT", "Net HT", "HT")
_TAX = ("Total TVA", "Montant TVA", "TVA")
_PERIOD = ("Période de paie", "Période du", "Période", "Mois de", "Paie du mois de")


def usual_labels(field: FieldSpec, kind: str) -> tuple[str, ...]:
    """Labels to look for, the most telling first: the field's own, then the usual ones."""
    about = fold(f"{field.name} {field.label}")
    return tuple(dict.fromkeys((field.label, *_usual(field.type, about, kind))))


def _usual(type_: str, about: str, kind: str) -> tuple[str, ...]:
    if type_ == "date":
        if "echeance" in about or "due" in about:
            return _DUE
        return _START if "effet" in about or "start" in about else _DATE
    if type_ == "amount":
        if "tva" in about or "tax" in about or "vat" in about:
            return _TAX
        return _NET if about.endswith("ht") or "net" in about or "horstaxe" in about else _GROSS
    if "period" in about:
        return _PERIOD
    if type_ == "text" and is_number(field_about=about):
        return (*_NUMBER.get(kind, ()), *_ANY_NUMBER)
    return ()


def is_number(*, field_about: str) -> bool:
    """Whether a text field holds a document's number or reference."""
    return field_about.startswith(("number", "reference", "numero", "ref")) or "number" in field_about
