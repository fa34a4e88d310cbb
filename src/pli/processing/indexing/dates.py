"""Dates as they are written in French papers (and in English ones)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from pli.processing.indexing.folding import fold
from pli.processing.indexing.found import FIGURES, LIKE_FIGURES, Found

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "janvier janv jan january", "fevrier fevr fev feb february", "mars mar march", "avril avr apr april",
            "mai may", "juin jun june", "juillet juil jul july", "aout aug august", "septembre sept sep september",
            "octobre oct october", "novembre nov november", "decembre dec december",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_MONTH = r"([^\W\d_]{3,9})\.?"
_ISO = re.compile(r"(?<!\d)(\d{4})-(\d{2})-(\d{2})(?!\d)")
_WORDS = re.compile(rf"(?<![\d,.])(\d{{1,2}})(?: ?er)? ?(?:-|/|\.)? ?{_MONTH} ?(?:-|/)? ?(\d{{4}}|\d{{2}})(?!\d)", re.I)
_ENGLISH = re.compile(rf"\b{_MONTH} (\d{{1,2}})(?:st|nd|rd|th)?, ?(\d{{4}})(?!\d)", re.I)
_FIGURES = re.compile(r"(?<![\w/.,-])(\d{1,2}) ?([/.-]) ?(\d{1,2}) ?\2 ?(\d{4}|\d{2})(?![\d/]|[.,-]\d)")
_SPACED = re.compile(r"(?<!\d)(\d{2}) (\d{2}) (\d{4})(?!\d)")
_DOUBTFUL = re.compile(
    rf"(?<![\w/.,-])([\d{LIKE_FIGURES}]{{1,2}})([/.-])([\d{LIKE_FIGURES}]{{1,2}})\2([\d{LIKE_FIGURES}]{{4}})(?![\w/])"
)
_LONG_AGO, _FAR = 1900, 2100


def find_dates(text: str, is_recognised: bool) -> Iterator[Found]:  # noqa: FBT001 - the form of every finder
    """Each date in ``text`` as ISO; figures are day, month, year; a year of two figures is 1980 to 2079."""
    found = [*_certain(text), *(_doubtful(text) if is_recognised else ())]
    end = -1
    for one in sorted(found, key=lambda one: (one.start, -one.certainty)):
        if one.start >= end:
            yield one
            end = one.end


def _certain(text: str) -> Iterator[Found]:
    for match in _ISO.finditer(text):
        yield from _checked(match, match[1], match[2], match[3], 1.0)
    for match in _WORDS.finditer(text):
        if (month := _MONTHS.get(fold(match[2]))) is not None:
            yield from _checked(match, match[3], str(month), match[1], 1.0)
    for match in _ENGLISH.finditer(text):
        if (month := _MONTHS.get(fold(match[1]))) is not None:
            yield from _checked(match, match[3], str(month), match[2], 1.0)
    for match in _FIGURES.finditer(text):
        yield from _checked(match, match[4], match[3], match[1], 1.0)
    for match in _SPACED.finditer(text):
        yield from _checked(match, match[3], match[2], match[1], 0.8)


def _doubtful(text: str) -> Iterator[Found]:
    for match in _DOUBTFUL.finditer(text):
        day, month, year = (match[number].translate(FIGURES) for number in (1, 3, 4))
        if sum(letter.isdigit() for letter in match.group()) >= 3:
            yield from _checked(match, year, month, day, 0.7)


def _checked(match: re.Match[str], year: str, month: str, day: str, certainty: float) -> Iterator[Found]:
    full = int(year)
    if len(year) == 2:
        full += 2000 if full < 80 else 1900
        certainty *= 0.9
    if not _LONG_AGO <= full <= _FAR:
        return
    try:
        value = date(full, int(month), int(day)).isoformat()
    except ValueError:
        return
    yield Found(value, certainty, match.start(), match.end())
