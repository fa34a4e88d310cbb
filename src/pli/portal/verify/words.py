"""A verdict in sentences a person understands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from pli.portal.verify.vocabulary import ADDITIONS, CHANGES, REASONS
from pli.trust.api import PdfVerdict, SignatureVerdict


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
    return _("Raison : %(reason)s.") % {"reason": reason_words(code) or _("inconnue")}


def reason_words(code: str) -> str:
    """Why a signature or a file was not accepted, in words."""
    return str(REASONS.get(code, code))


def addition_words(signature: SignatureVerdict) -> list[str]:
    """What was added after a signature as the rules allow, in words."""
    return [str(ADDITIONS.get(addition, addition)) for addition in signature.later]


def change_words(signature: SignatureVerdict) -> list[str]:
    """What changed after a signature, in words; a code without words is shown as it is."""
    return [str(CHANGES.get(change, change)) for change in signature.changes]


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
