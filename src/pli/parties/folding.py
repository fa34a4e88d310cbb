"""Words made comparable: no accents, no capitals, single spaces."""

from __future__ import annotations

import unicodedata


def fold(text: str) -> str:
    """``text`` as a search compares it: « Élan  DUPONT » and « elan dupont » are one."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(plain.casefold().split())
