"""A verdict in sentences a person understands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pli.trust.api import PdfVerdict, SignatureVerdict

_CHANGES = {
    "page_content_changed": gettext_lazy("le contenu d’une page a été changé"),
    "page_added": gettext_lazy("une page a été ajoutée"),
    "page_removed": gettext_lazy("une page a été retirée"),
    "annotation_added": gettext_lazy("quelque chose a été posé sur une page"),
    "annotation_changed": gettext_lazy("une annotation a été changée"),
    "appearance_changed": gettext_lazy("l’apparence d’un champ ou d’une signature a été changée"),
    "form_value_changed": gettext_lazy("un champ de formulaire a été changé"),
    "trailing_data": gettext_lazy("des données ont été ajoutées à la fin du fichier"),
}
_REASONS = {
    "not_a_pdf": gettext_lazy("ce fichier n’est pas un PDF"),
    "encrypted": gettext_lazy("ce fichier est protégé par un mot de passe"),
    "unreadable": gettext_lazy("ce fichier est abîmé et n’a pas pu être lu"),
    "too_large": gettext_lazy("ce fichier est trop gros ou trop complexe pour être vérifié"),
    "timeout": gettext_lazy("la vérification prend trop de temps ; elle a été interrompue"),
    "modified_after_signing": gettext_lazy("il a été modifié après signature"),
    "digest_mismatch": gettext_lazy("son contenu ne correspond plus à sa signature"),
    "untrusted": gettext_lazy("l’autorité qui a délivré le certificat n’est pas connue de ce serveur"),
}


@dataclass(frozen=True)
class Sentence:
    """The one sentence of the verdict, its tone and its explanation."""

    tone: str
    icon: str
    title: str
    text: str


def sentence_of(verdict: PdfVerdict) -> Sentence:
    """What to tell a person first."""
    if verdict.verdict == "NO_SIGNATURE":
        return Sentence(
            "waiting", "info-circle", _("Ce PDF ne porte aucune signature."), _("Il n’y a donc rien à vérifier.")
        )
    if verdict.verdict == "TOTAL_PASSED":
        return Sentence(
            "signed",
            "rosette-discount-check",
            _("Ce document est signé, et il est intact depuis."),
            _("Chaque signature est valable et rien n’a été changé après."),
        )
    if verdict.modified_after_signing:
        return Sentence(
            "refused",
            "alert-circle",
            _("Ce document a été modifié après signature."),
            _("Fiez-vous seulement à la version signée, que vous pouvez télécharger ci-dessous."),
        )
    if verdict.verdict == "INDETERMINATE":
        return Sentence(
            "waiting",
            "info-circle",
            _("Ce document est intact, mais son signataire n’a pas pu être reconnu avec certitude."),
            _reason(verdict.reason),
        )
    return Sentence("refused", "circle-x", _("Ce document n’est pas fiable."), _reason(verdict.reason))


def _reason(code: str) -> str:
    words = _REASONS.get(code)
    return _("Raison : %(reason)s.") % {"reason": words or code or _("inconnue")}


def change_words(signature: SignatureVerdict) -> list[str]:
    """What changed after a signature, in words; a code without words is shown as it is."""
    return [str(_CHANGES.get(change, change)) for change in signature.changes]


def facts_of(signature: SignatureVerdict) -> Sequence[tuple[str, str]]:
    """What is known of one signature."""
    rows = [
        (_("Signé par"), signature.claimed_name or signature.signer_name),
        (_("Certificat"), f"{signature.signer_name} — {signature.issuer_name}"),
        (_("Niveau"), signature.level),
        (_("Algorithme"), signature.algorithm),
        (_("Horodaté par"), signature.timestamp_authority),
        (_("Motif"), signature.stated_reason),
        (_("Empreinte du certificat"), signature.certificate_fingerprint),
    ]
    return [(word, value) for word, value in rows if value]
