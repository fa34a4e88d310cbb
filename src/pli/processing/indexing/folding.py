"""Text made comparable: accents, case, spaces and punctuation aside."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_LIGATURES = str.maketrans({"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "ß": "ss", "°": " ", "º": " ", "№": "n"})


@lru_cache(maxsize=50_000)
def fold(text: str) -> str:
    """Small letters and digits only: « N° d’élève : » is ``ndeleve``."""
    if text.isascii():
        return "".join(letter for letter in text.lower() if letter.isalnum())
    plain = unicodedata.normalize("NFKD", text.translate(_LIGATURES)).casefold()
    return "".join(letter for letter in plain if letter.isalnum())


def fold_words(text: str) -> list[str]:
    """Each word folded, empty ones left out: « N° Facture » is ``["n", "facture"]``."""
    return [folded for word in text.split() if (folded := fold(word))]
