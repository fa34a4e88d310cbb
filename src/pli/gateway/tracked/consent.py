"""What a recipient agrees to when they receive a tracked sending; a change of words is a new version."""

from __future__ import annotations

CONSENT_VERSION = "2026-11"
_TEXTS = {
    "fr": "J’accepte de recevoir cet envoi par voie électronique. La date, l’heure et l’adresse d’où je l’ouvre sont"
    " conservées et communiquées à son expéditeur.",
    "en": "I agree to receive this sending electronically. The date, the time and the address I open it from are kept"
    " and told to its sender.",
}
NOT_REGISTERED = {
    "fr": "Cet envoi n’est pas une lettre recommandée électronique au sens de l’article L100 du CPCE.",
    "en": "This sending is not an electronic registered letter within the meaning of article L100 of the French postal"
    " and electronic communications code (CPCE).",
}


def consent_text(language: str) -> str:
    """The sentence in this language."""
    return _TEXTS["en" if language.startswith("en") else "fr"]


def not_registered(language: str) -> str:
    """What the law asks not to be mistaken for."""
    return NOT_REGISTERED["en" if language.startswith("en") else "fr"]
