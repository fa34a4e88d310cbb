"""Which column says what: guessed from French and English headers, corrected by the user."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext_lazy as _

from pli.parties.errors import UnableToMapColumns
from pli.parties.folding import fold

# field → (label on screen and header of exports, other headers it is known by)
_FIELDS = {
    "code": (_("Code"), "code client|code salarie|code fournisseur|code tiers|compte|matricule|numero client|n client"
             "|reference|ref|id|identifiant|customer code|account|number|employee number|client code|supplier code"),
    "name": (_("Nom"), "raison sociale|nom complet|societe|entreprise|client|fournisseur|salarie|denomination|libelle"
             "|intitule|name|company|company name|full name|customer|supplier|employee"),
    "siren": (_("SIREN"), "numero siren|n siren|no siren"),
    "siret": (_("SIRET"), "numero siret|n siret|no siret"),
    "vat_number": (_("N° de TVA"), "tva|numero de tva|numero tva|tva intracommunautaire|tva intra|n tva|vat|vat number"
                   "|vat id|n tva intracommunautaire|numero de tva intracommunautaire"),
    "ibans": (_("IBAN"), "ibans|numero iban|n iban|compte bancaire|coordonnees bancaires|rib|bank account"
              "|bank accounts"),
    "email": (_("E-mail"), "mail|courriel|e mail principal|adresse e mail|adresse mail|adresse email|email"
              "|email address|main email"),
    "email_quotes": (_("E-mail des devis"), "mail devis|courriel devis|email devis|e mail devis|quote email"
                     "|quotes email"),
    "email_invoices": (_("E-mail des factures"), "mail factures|mail facturation|courriel factures|email factures"
                       "|email facturation|e mail facturation|e mail factures|invoice email|invoices email"
                       "|billing email"),
    "email_reminders": (_("E-mail des relances"), "mail relances|courriel relances|email relances|e mail relances"
                        "|reminder email|reminders email"),
    "mobile": (_("Mobile"), "telephone mobile|tel mobile|portable|telephone portable|tel portable|gsm|mobile phone"
               "|cell phone|sms|numero de mobile|telephone|tel|phone"),
    "language": (_("Langue"), "language|lang"),
    "line_1": (_("Adresse 1"), "adresse|adresse ligne 1|rue|voie|address|address 1|address line 1|street"),
    "line_2": (_("Adresse 2"), "complement|complement d adresse|complement adresse|adresse ligne 2|address 2"
               "|address line 2"),
    "line_3": (_("Adresse 3"), "adresse ligne 3|address 3|address line 3|lieu dit"),
    "line_4": (_("Adresse 4"), "adresse ligne 4|address 4|address line 4"),
    "postcode": (_("Code postal"), "cp|codepostal|postcode|postal code|zip|zip code"),
    "city": (_("Ville"), "commune|localite|city|town"),
    "country": (_("Pays"), "code pays|country|country code"),
    "consent": (_("Envoi électronique"), "consentement|consentement electronique|accord electronique|demat"
                "|dematerialisation|consent|electronic consent|electronic sending"),
    "consent_date": (_("Date du consentement"), "date consentement|date accord|consent date"),
    "contact_name": (_("Contact"), "nom du contact|nom contact|interlocuteur|contact name|signataire"),
    "contact_email": (_("E-mail du contact"), "mail contact|email contact|courriel contact|e mail contact"
                      "|mail du contact|email du contact|contact email"),
    "contact_mobile": (_("Mobile du contact"), "mobile contact|portable contact|tel contact|telephone contact"
                       "|telephone du contact|contact mobile|contact phone"),
}  # fmt: skip
IMPORT_FIELDS = tuple(_FIELDS)


def field_label(name: str) -> str:
    """The field's name on screen, in the reader's language."""
    return str(_FIELDS[name][0])


def guess_columns(headers: Sequence[str]) -> dict[str, int]:
    """Field → position, from the headers; each column serves once, and a field takes the first that fits."""
    known: dict[str, str] = {}
    for name, (label, others) in _FIELDS.items():
        for word in (name, str(label), *others.split("|")):
            known.setdefault(_plain(word), name)
    # The French labels of exports are known whatever language this is read in.
    from django.utils import translation

    for language in ("fr", "en"):
        with translation.override(language):
            for name, (label, _others) in _FIELDS.items():
                known.setdefault(_plain(str(label)), name)
    guess: dict[str, int] = {}
    for position, header in enumerate(headers):
        field = known.get(_plain(header))
        if field is not None:
            guess.setdefault(field, position)
    return guess


def check_columns(mapping: Mapping[str, int], width: int) -> dict[str, int]:
    """The mapping, if it can serve. :raises UnableToMapColumns:"""
    kept = {name: position for name, position in mapping.items() if name in _FIELDS}
    positions = list(kept.values())
    if (
        not {"code", "name"} <= kept.keys()
        or len(set(positions)) != len(positions)
        or any(not 0 <= position < width for position in positions)
    ):
        raise UnableToMapColumns()
    return kept


def _plain(header: str) -> str:
    return " ".join("".join(c if c.isalnum() else " " for c in fold(header.replace("°", " "))).split())
