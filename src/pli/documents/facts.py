"""Typed facts: the index values a kind's documents carry, checked when written."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext_noop as _
from stdnum import iban
from stdnum.eu import vat
from stdnum.exceptions import ValidationError
from stdnum.fr import siren, siret

from pli.kit.errors import PliError


class FactsRefused(PliError):
    """Some facts are not what their kind says. ``errors``: field → French sentence."""

    code = "DOC-010"
    status = 422
    message = "Certaines métadonnées ne sont pas valables."
    remedy = "Corrigez les champs signalés."

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(fields=", ".join(errors))
        self.errors = dict(errors)


def _text(value: str) -> str:
    return value.replace("\x00", "")[:1000]


def _date(value: str) -> str:
    french = re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", value)
    if french:
        day, month, year = (int(part) for part in french.groups())
        return date(year, month, day).isoformat()
    return date.fromisoformat(value).isoformat()


def _amount(value: str) -> str:
    plain = re.sub(r"[\s\u00a0\u202f€]", "", value)
    if "," in plain:
        plain = plain.replace(".", "").replace(",", ".")
    number = Decimal(plain)
    if not number.is_finite() or abs(number) >= Decimal(10) ** 13:
        raise ValueError(value)
    return str(number.quantize(Decimal("0.01")))


_READERS: dict[str, tuple[Callable[[str], str], str]] = {
    "text": (_text, _("Texte attendu.")),
    "date": (_date, _("Date attendue, par exemple 31/12/2026.")),
    "amount": (_amount, _("Montant attendu, par exemple 1 250,00.")),
    "integer": (lambda value: str(int(value)), _("Nombre entier attendu.")),
    "siren": (siren.validate, _("Ce numéro SIREN n’est pas valable (9 chiffres).")),
    "siret": (siret.validate, _("Ce numéro SIRET n’est pas valable (14 chiffres).")),
    "vat": (vat.validate, _("Ce numéro de TVA n’est pas valable.")),
    "iban": (iban.validate, _("Cet IBAN n’est pas valable.")),
}
FIELD_TYPES = tuple(_READERS)


def check_facts(fields: Sequence[Mapping[str, Any]], given: Mapping[str, Any]) -> dict[str, str]:
    """The facts in canonical form (ISO dates, plain decimals), empty ones left out.

    :raises FactsRefused: naming every field that is wrong, missing or unknown.
    """
    errors: dict[str, str] = {}
    facts: dict[str, str] = {}
    by_name = {str(field["name"]): field for field in fields}
    for name in given.keys() - by_name.keys():
        errors[name] = _("Cette métadonnée n’existe pas pour cette nature de document.")
    for name, field in by_name.items():
        value = str(given.get(name) or "").strip()
        if not value:
            if field.get("required"):
                errors[name] = _("Cette métadonnée est obligatoire.")
            continue
        read, sentence = _READERS[str(field.get("type", "text"))]
        try:
            facts[name] = read(value)
        except (ValueError, InvalidOperation, ValidationError):
            errors[name] = sentence
    if errors:
        raise FactsRefused(errors)
    return facts
