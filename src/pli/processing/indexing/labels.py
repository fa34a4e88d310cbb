"""The labels French papers usually carry, by what a field is about; and those of suppliers next door."""

from __future__ import annotations

import re

from pli.processing.indexing.folding import fold, fold_words
from pli.processing.plugs import FieldSpec

_NUMBER = {
    "invoice": ("N° de facture", "N° de la facture", "Numéro de facture", "Numéro de la facture", "Facture n°",
                "N° facture", "Facture numéro", "Numéro facture", "Référence de la facture", "Référence facture",
                "Réf. facture", "Avoir n°", "N° d’avoir", "N° avoir", "Numéro d’avoir", "Note d’honoraires n°",
                "Invoice number", "Invoice no", "Invoice #", "Credit note number", "Credit note no",
                "Rechnungsnummer", "Rechnungsnr", "Rechnungs-Nr", "Rechnung Nr", "Rechnung Nummer", "Beleg-Nr",
                "Factuurnummer", "Número de factura", "Factura n°", "Fattura n", "Numero fattura",
                "Facture", "Avoir", "Invoice", "Rechnung"),
    "quote": ("N° de devis", "Numéro de devis", "Devis n°", "N° devis", "Devis", "Quote number"),
    "delivery-note": ("N° de bon", "Bon de livraison n°", "N° de bon de livraison", "N° BL", "BL n°",
                      "Bon de livraison", "N° de livraison", "Delivery note"),
    "contract": ("N° de contrat", "Contrat n°", "Référence du contrat", "Contrat"),
}  # fmt: skip
_ANY_NUMBER = ("Pièce n°", "N° de pièce", "Note n°", "Numéro", "N°", "Numero doc", "Référence", "Réf.")
_DUE = ("Date d’échéance", "Échéance", "Date limite de paiement", "Date limite de règlement", "À régler avant le",
        "À payer avant le", "Payable avant le", "Payable jusqu’au", "Payable le", "Au plus tard le", "Soit avant le",
        "Prélevé le", "Prélèvement le", "Date d’exigibilité", "Due date", "Date due", "Payment due", "Due on",
        "Fälligkeitsdatum", "Fällig am", "Zahlungsziel", "Vervaldatum", "Scadenza", "Vencimiento")  # fmt: skip
_DATE = {
    "invoice": ("Date de facture", "Date de la facture", "Date facture", "Date de facturation", "Date facturation",
                "Date d’émission", "Facture du", "Date de pièce", "Date de l’avoir", "Avoir du", "Invoice date",
                "Date of issue", "Issue date", "Rechnungsdatum", "Belegdatum", "Factuurdatum", "Factuur datum",
                "Fecha de factura", "Data fattura", "Data doc"),
    "quote": ("Date du devis", "Devis du", "Date d’émission", "Quote date"),
    "delivery-note": ("Date de livraison", "Date du bon", "Bon du", "Delivery date"),
}  # fmt: skip
_ANY_DATE = ("Date", "Fait le", "Le", "Du")
_START = ("Date d’effet", "Prise d’effet", "À compter du", "Début")
_GROSS = ("Total TTC", "Montant TTC", "Net à payer TTC", "Montant total TTC", "Total facture TTC", "Total T.T.C.",
          "Total toutes taxes comprises", "Montant total à payer", "Total à payer TTC", "Total de la facture",
          "Total à payer", "Net à payer", "Montant à payer", "Net à régler", "Somme à payer", "Montant dû",
          "Montant de la facture", "Montant total", "Total général", "Montant total brut", "Total EUR",
          "Total amount due", "Amount due", "Total due",
          "Grand total", "Total including tax", "Total incl. VAT", "Total to pay", "Total amount", "Gesamtbetrag",
          "Rechnungsbetrag", "Rechnungssumme brutto", "Bruttosumme", "Endsumme", "Zahlbetrag", "Factuur totaal",
          "Totaal", "Totale documento", "Solde à payer", "Reste à payer", "TTC", "Total")  # fmt: skip
_NET = ("Total HT", "Total net HT", "Total hors taxes", "Total hors taxe", "Total hors TVA", "Montant total HT",
        "Montant HT", "Sous-total HT", "Net HT", "Base HT", "Total H.T.", "Montant total net", "Base imposable",
        "Prix HT", "Total excluding tax", "Total excl. VAT", "Taxable amount", "Nettosumme", "Nettobetrag",
        "Rechnungssumme netto", "Rechnungssumme ohne USt", "Exclusief BTW", "Totale imponibile", "Subtotal",
        "Sous-total", "HT")  # fmt: skip
_TAX = ("Total TVA", "Montant TVA", "Montant de la TVA", "Total taxes", "Montant taxe", "Taxe sur la valeur ajoutée",
        "TVA", "T.V.A.", "Taxes", "VAT amount", "Value added tax", "VAT", "Sales tax", "Tax", "MwSt", "Mehrwertsteuer",
        "USt", "Steuerbetrag", "BTW", "IVA")  # fmt: skip
_PERIOD = ("Période de paie", "Période du", "Période", "Mois de", "Paie du mois de")
_VAGUE = frozenset(
    fold(label)
    for label in ("Le", "Du", "Total", "N°", "HT", "TVA", "TTC", "Facture", "Devis", "Date", "Numéro", "Référence",
                  "Réf.", "Avoir", "Invoice", "Rechnung", "Note n°", "VAT", "Tax", "Taxes", "Subtotal", "Sous-total",
                  "Totaal", "BTW", "IVA", "USt", "MwSt", "Numero doc", "Data doc")
)  # fmt: skip
_TELLS_DATE = frozenset(["facture", "facturation", "invoice", "emission", "issue", "devis", "quote", "bon", "piece",
                         "document", "avoir"])  # fmt: skip
_PARTED = re.compile(r"[_'’-]")
_TELLS_GROSS = ("total", "ttc", "gross", "apayer", "montantdu", "amount", "montant")


def usual_labels(field: FieldSpec, kind: str) -> tuple[str, ...]:
    """Labels to look for, the most telling first: the field's own, then the usual ones."""
    about = fold(f"{field.name} {field.label}")
    return tuple(dict.fromkeys((field.label, *_usual(field, about, kind))))


def is_vague(label: str) -> bool:
    """Whether this label says little by itself: it counts only where it stands alone, and is less sure."""
    return fold(label) in _VAGUE


def role_of(field: FieldSpec) -> str:
    """Which of an invoice's sums an amount is: ``gross``, ``net``, ``tax``; empty for any other amount."""
    about = fold(f"{field.name} {field.label}")
    if field.type != "amount":
        return ""
    if "netapayer" in about or "incl" in about:
        return "gross"
    if about.endswith("ht") or any(word in about for word in ("htva", "excl", "horstaxe", "horstva")):
        return "net"
    if any(word in about for word in ("tva", "tax", "vat")):
        return "tax"
    if "net" in about:
        return "net"
    return "gross" if any(word in about for word in _TELLS_GROSS) else ""


def day_of(field: FieldSpec) -> str:
    """Which day a date is: ``document`` (it was written), ``due``, ``start``; empty for any other (of a visit, of an
    end): the document's would be a wrong value."""
    about = fold(f"{field.name} {field.label}")
    if "echeance" in about or "due" in about:
        return "due"
    if "effet" in about or "start" in about:
        return "start"
    words = set(fold_words(_PARTED.sub(" ", f"{field.name} {field.label}")))
    return "document" if words == {"date"} or not _TELLS_DATE.isdisjoint(words) else ""


def labels_of_role(role: str) -> tuple[str, ...]:
    """The usual labels of that sum."""
    return {"gross": _GROSS, "net": _NET, "tax": _TAX}.get(role, ())


def _usual(field: FieldSpec, about: str, kind: str) -> tuple[str, ...]:
    if field.type == "date":
        days = {"due": _DUE, "start": _START, "document": (*_DATE.get(kind, ()), *_ANY_DATE)}
        return days.get(day_of(field), ())
    if "period" in about:
        return _PERIOD
    if field.type == "text" and is_number(field_about=about):
        return (*_NUMBER.get(kind, ()), *_ANY_NUMBER)
    return ()


def is_number(*, field_about: str) -> bool:
    """Whether a text field holds a document's number or reference."""
    return field_about.startswith(("number", "reference", "numero", "ref")) or "number" in field_about
