"""Whose number it is: SIREN, SIRET, VAT number or IBAN, found by its check digits wherever it stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pli.processing.indexing.rules import facts_in
from pli.processing.indexing.sheet import MANY_DIGITS, Line, Sheet
from pli.processing.plugs import Fact

OF_IDENTIFIER = 0.85
"""A number whose check digit holds, found anywhere, the organisation's own left out."""


def read_identifier(sheets: Sequence[Sheet], type_: str, refused: set[str]) -> Fact | None:
    """The one valid number of this type that is not the organisation's; less sure when there are several."""
    found = _found(type_, refused, ((sheet, line) for sheet in sheets for line in sheet.lines_for(type_)))
    if not found:
        found = _found(type_, refused, ((sheet, line) for sheet in sheets for line in _broken_lines(sheet)))
    if not found:
        return None
    first = next(iter(found.values()))
    if len(found) > 1:
        return Fact(first.value, round(first.confidence * 0.6, 3), first.source, first.page, first.box)
    return first


def _found(type_: str, refused: set[str], lines: Iterator[tuple[Sheet, Line]]) -> dict[str, Fact]:
    found: dict[str, Fact] = {}
    for sheet, line in lines:
        for fact in facts_in(line.words, type_, way=OF_IDENTIFIER, source="form", sheet=sheet):
            if fact.value not in refused and not (type_ == "siret" and fact.value[:9] in refused):
                found.setdefault(fact.value, fact)
    return found


def _broken_lines(sheet: Sheet) -> Iterator[Line]:
    """The end of a line with the beginning of the next: a legal notice breaks where it must."""
    for line, following in zip(sheet.lines, sheet.lines[1:], strict=False):
        if not (_has_digit(line.words[-1].text) and _has_digit(following.words[0].text)):
            continue
        joined = Line((*line.words[-8:], *following.words[:6]), line.top, following.bottom)
        if MANY_DIGITS.search(joined.text):
            yield joined


def _has_digit(text: str) -> bool:
    return any(letter.isdigit() for letter in text)
