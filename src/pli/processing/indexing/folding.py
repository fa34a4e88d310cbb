"""Text made comparable: accents, case, spaces and punctuation aside."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_LIGATURES = str.maketrans({"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "ß": "ss", "°": " ", "º": " ", "№": "n"})
_NEITHER = re.compile(r"[\W_]+")
"""What is neither letter nor figure (``str.isalnum``)."""


@lru_cache(maxsize=50_000)
def fold(text: str) -> str:
    """Small letters and digits only: « N° d’élève : » is ``ndeleve``."""
    return fold_anew(text)


def fold_anew(text: str) -> str:
    """As :func:`fold`, for a text that is not likely to come again: nothing is remembered of it."""
    if text.isascii():
        return _NEITHER.sub("", text.lower())
    return _NEITHER.sub("", unicodedata.normalize("NFKD", text.translate(_LIGATURES)).casefold())


def fold_words(text: str) -> list[str]:
    """Each word folded, empty ones left out: « N° Facture » is ``["n", "facture"]``."""
    return [folded for word in text.split() if (folded := fold(word))]
