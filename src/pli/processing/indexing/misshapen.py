"""What has the look of a value of its type and can be none: a 31 February, an IBAN whose check does not hold.

Left out, it would be as if the paper did not say it. It is read under a type of its own (:func:`misshapen`), so that
rules and labels find it where they would have found the value, and a person is asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from pli.processing.indexing.dates import find_dates
from pli.processing.indexing.found import Found
from pli.processing.indexing.identifiers import find_ibans, find_sirens, find_sirets, find_vat_numbers

_ZEROS = re.compile(r"[0\W]+")
Finder = Callable[[str, bool], Iterator[Found]]
_SHAPES: dict[str, tuple[re.Pattern[str], Finder]] = {
    "date": (re.compile(r"(?<![\w/.,-])\d{1,2} ?([/.-]) ?\d{1,2} ?\1 ?(?:\d{4}|\d{2})(?![\d/]|[.,-]\d)"), find_dates),
    "iban": (re.compile(r"\b[A-Z]{2}\d{2}(?: ?[0-9A-Z]){11,30}\b"), find_ibans),
    "vat": (re.compile(r"\bFR ?[0-9A-Z]{2} ?\d{3} ?\d{3} ?\d{3}(?!\d)"), find_vat_numbers),
    "siren": (re.compile(r"(?<![\d.])\d{3}[ .]?\d{3}[ .]?\d{3}(?![ .]?\d)"), find_sirens),
    "siret": (re.compile(r"(?<![\d.])\d{3}[ .]?\d{3}[ .]?\d{3}[ .]?\d{2}[ .]?\d{3}(?!\d)"), find_sirets),
}


def misshapen(type_: str) -> str:
    """The type under which what only looks like a ``type_`` is read; empty where looks tell nothing."""
    return f"misshapen-{type_}" if type_ in _SHAPES else ""


def _finder_of(type_: str) -> Finder:
    shape, find_valid = _SHAPES[type_]

    def find(text: str, is_recognised: bool) -> Iterator[Found]:  # noqa: FBT001 - the form of every finder
        # Zeros alone stand for nothing: forms print them where nobody filled anything in.
        looks = [match for match in shape.finditer(text) if not _ZEROS.fullmatch(match.group())]
        valid = list(find_valid(text, is_recognised)) if looks else []
        for match in looks:
            if not any(one.start < match.end() and match.start() < one.end for one in valid):
                yield Found(match.group(), 1.0, match.start(), match.end())

    return find


MISSHAPEN_FINDERS: dict[str, Finder] = {misshapen(type_): _finder_of(type_) for type_ in _SHAPES}
