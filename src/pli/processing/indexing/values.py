"""Typed values as they are printed on French papers, in the canonical forms of ``pli.documents.facts``.

A value comes with how certain its form makes it (0 to 1): a check digit that holds proves a number, a date with two
figures for its year is a little less sure, a plain text is never proved.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from pli.processing.indexing.amounts import find_amounts
from pli.processing.indexing.dates import find_dates
from pli.processing.indexing.found import Found
from pli.processing.indexing.identifiers import find_ibans, find_sirens, find_sirets, find_vat_numbers
from pli.processing.indexing.misshapen import MISSHAPEN_FINDERS
from pli.processing.indexing.patterns import plain_spaces

MOST_CHARACTERS = 2_000
_TEXT_CERTAINTY = 0.95
_INTEGER = re.compile(r"(?<![\d,.])[-+]?\d{1,3}(?: \d{3}){1,4}(?![\d,.]\d)|(?<![\d,.])[-+]?\d{1,15}(?![\d,.]\d)")
_LABEL_END = re.compile(r"^[\s:;,.°#=\-–—|]+|[\s:;|]+$")


def find_values(type_: str, text: str, *, is_recognised: bool = False) -> Iterator[Found]:
    """Every value of this type in ``text``, from left to right. ``is_recognised``: letters may stand for figures.

    For the type ``text`` the whole of it, without the punctuation that ends a label.
    """
    plain = plain_spaces(text[:MOST_CHARACTERS])
    finder = _FINDERS.get(type_)
    if finder is None:
        cleaned = clean_text(plain)
        if cleaned:
            yield Found(cleaned, _TEXT_CERTAINTY, 0, len(plain))
        return
    yield from finder(plain, is_recognised)


def read_value(type_: str, text: str, *, is_recognised: bool = False) -> Found | None:
    """The first value of this type in ``text``, the most certain first where several overlap."""
    return next(find_values(type_, text, is_recognised=is_recognised), None)


def clean_text(text: str) -> str:
    """One line without the colon, dash or bar that separates it from its label."""
    return _LABEL_END.sub("", " ".join(text.replace("\x00", "").split()))[:1000].strip()


def _find_integers(text: str, _is_recognised: bool) -> Iterator[Found]:  # noqa: FBT001 - the form of every finder
    for match in _INTEGER.finditer(text):
        yield Found(str(int(match.group().replace(" ", ""))), 0.9, match.start(), match.end())


_FINDERS: dict[str, Callable[[str, bool], Iterator[Found]]] = {
    "date": find_dates,
    "amount": find_amounts,
    "integer": _find_integers,
    "siren": find_sirens,
    "siret": find_sirets,
    "vat": find_vat_numbers,
    "iban": find_ibans,
}
_FINDERS |= MISSHAPEN_FINDERS
TYPED = frozenset(_FINDERS)
"""The types whose form can be told from plain words."""

__all__ = ["TYPED", "Found", "clean_text", "find_values", "read_value"]
