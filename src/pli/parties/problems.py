"""What can be wrong with what is typed or imported: a code, a reason, a cure; stored by code, said in any language."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

# code → (what is wrong, what to do)
_SENTENCES = {
    "required": (_("Ce champ est obligatoire."), _("Remplissez-le.")),
    "too_long": (_("Plus de %(limit)s caractères."), _("Raccourcissez-le.")),
    "unreadable": (_("Caractères illisibles."), _("Retapez la valeur.")),
    "code_taken": (_("Le code « %(value)s » est déjà pris."), _("Choisissez un autre code.")),
    "code_repeated": (
        _("Le code « %(value)s » est déjà à la ligne %(line)s de ce fichier."),
        _("Ne gardez qu’une ligne par code."),
    ),
    "siren": (_("« %(value)s » n’est pas un numéro SIREN."), _("Donnez ses 9 chiffres, tels qu’à l’Insee.")),
    "siret": (_("« %(value)s » n’est pas un numéro SIRET."), _("Donnez ses 14 chiffres, tels qu’à l’Insee.")),
    "siret_of_other_siren": (
        _("Ce SIRET n’appartient pas au SIREN %(siren)s."),
        _("Le SIRET commence par les 9 chiffres du SIREN : corrigez l’un des deux."),
    ),
    "vat_number": (
        _("« %(value)s » n’est pas un numéro de TVA intracommunautaire."),
        _("Il commence par les deux lettres du pays, comme FR83404833048."),
    ),
    "vat_of_other_siren": (
        _("Ce numéro de TVA ne porte pas le SIREN %(siren)s."),
        _("C’est normal pour un groupe de TVA ; sinon, corrigez l’un des deux."),
    ),
    "iban": (_("« %(value)s » n’est pas un IBAN."), _("Recopiez-le en entier, tel que sur le RIB.")),
    "too_many_ibans": (_("Plus de %(limit)s IBAN."), _("Gardez ceux qui servent.")),
    "email": (_("« %(value)s » n’est pas une adresse e-mail."), _("Une adresse ressemble à nom@entreprise.fr.")),
    "mobile": (
        _("« %(value)s » n’est pas un numéro de téléphone."),
        _("Donnez un numéro comme 06 12 34 56 78, ou avec l’indicatif du pays : +32 470 12 34 56."),
    ),
    "not_mobile": (_("« %(value)s » n’est pas un mobile : il ne reçoit pas de SMS."), _("Donnez un numéro de mobile.")),
    "colour": (_("« %(value)s » n’est pas une couleur."), _("Écrivez-la comme #1f3a8a.")),
    "language": (_("La langue « %(value)s » n’est pas connue."), _("Écrivez fr ou en.")),
    "consent": (
        _("« %(value)s » ne dit pas si l’envoi électronique est accepté."),
        _("Écrivez accepté, refusé ou demandé."),
    ),
    "date": (_("« %(value)s » n’est pas une date."), _("Écrivez-la jour/mois/année, comme 31/12/2026.")),
    "date_in_future": (_("La date %(value)s n’est pas encore venue."), _("Corrigez la date.")),
    "country": (_("Le pays « %(value)s » n’est pas connu."), _("Donnez son code à deux lettres, comme FR ou BE.")),
    "postcode": (_("« %(value)s » n’est pas un code postal français."), _("Donnez ses 5 chiffres.")),
    "city_missing": (_("L’adresse n’a pas de ville."), _("Ajoutez le code postal et la ville.")),
    "too_many_lines": (
        _("L’adresse dépasse six lignes (norme NF Z10-011)."),
        _("Réunissez deux lignes, ou retirez la moins utile."),
    ),
    "line_too_long": (
        _("La ligne « %(value)s » dépasse 38 caractères (norme NF Z10-011) : elle pourrait être coupée."),
        _("Abrégez-la."),
    ),
}


@dataclass(frozen=True)
class Problem:
    """One thing wrong with one field. ``details`` fill the sentence."""

    field: str
    code: str
    details: Mapping[str, str] = dataclasses.field(default_factory=dict)

    @property
    def reason(self) -> str:
        """What is wrong, in the reader's language."""
        return str(_SENTENCES[self.code][0]) % dict(self.details)

    @property
    def cure(self) -> str:
        """What to do about it, in the reader's language."""
        return str(_SENTENCES[self.code][1]) % dict(self.details)

    def stored(self) -> list[object]:
        """As kept in a JSON column; :func:`restore_problem` reads it back."""
        return [self.field, self.code, dict(self.details)]


def restore_problem(stored: list[object]) -> Problem:
    """The problem that :meth:`Problem.stored` wrote."""
    name, code, details = stored
    if not isinstance(details, dict):
        raise TypeError("details")
    return Problem(str(name), str(code), {str(key): str(value) for key, value in details.items()})


def problem_codes() -> frozenset[str]:
    """Every code there is a sentence for."""
    return frozenset(_SENTENCES)
