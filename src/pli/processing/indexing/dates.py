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
            "janvier janv jan january januar januari gennaio enero", "fevrier fevr fev feb february februar februari "
            "febbraio febrero", "mars mar march marz maart marzo", "avril avr apr april aprile abril",
            "mai may mei maggio mayo", "juin jun june juni giugno junio", "juillet juil jul july juli luglio julio",
            "aout aug august augustus agosto", "septembre sept sep september settembre septiembre",
            "octobre oct october oktober ottobre octubre", "novembre nov november noviembre",
            "decembre dec december dezember dez dicembre diciembre",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_MONTH = r"([^\W\d_]{3,9})\.?"
_ISO = re.compile(r"(?<![\d/-])(\d{4})([-/])(\d{2})\2(\d{2})(?![\d/-])")
_WORDS = re.compile(rf"(?<![\d,.])(\d{{1,2}})(?: ?er)? ?(?:-|/|\.)? ?{_MONTH} ?(?:-|/)? ?(\d{{4}}|\d{{2}})(?!\d)", re.I)
_ENGLISH = re.compile(rf"\b{_MONTH} (\d{{1,2}})(?:st|nd|rd|th)? ?, ?(\d{{4}})(?!\d)", re.I)
_FIGURES = re.compile(r"(?<![\w/.,-])(\d{1,2}) ?([/.-]) ?(\d{1,2}) ?\2 ?(\d{4}|\d{2})(?![\d/]|[.,-]\d)")
_SPACED = re.compile(r"(?<!\d)(\d{2}) (\d{2}) (\d{4})(?!\d)")
_DOUBTFUL = re.compile(
    rf"(?<![\w/.,-])([\d{LIKE_FIGURES}]{{1,2}})([/.-])([\d{LIKE_FIGURES}]{{1,2}})\2([\d{LIKE_FIGURES}]{{4}})(?![\w/])"
)
_MONTH_FIRST = re.compile(r"(?<![\w/.,-])(\d{1,2})([/-])(\d{1,2})\2(?:\d{4}|\d{2})(?![\d/]|[.,-]\d)")
_LONG_AGO, _FAR = 1900, 2100


def find_dates(text: str, is_recognised: bool) -> Iterator[Found]:  # noqa: FBT001 - the form of every finder
    """Each date in ``text`` as ISO; figures are day, month, year; a year of two figures is 1980 to 2079."""
    found = [*_certain(text), *(_doubtful(text) if is_recognised else ())]
    end = -1
    for one in sorted(found, key=lambda one: (one.start, -one.certainty)):
        if one.start >= end:
            yield one
            end = one.end


def is_month_first(text: str) -> bool:
    """Whether a page writes its dates as Americans do: one can be read no other way, and none as Europeans do."""
    dates = [(int(match[1]), int(match[3])) for match in _MONTH_FIRST.finditer(text)]
    return any(second > 12 >= first for first, second in dates) and all(first <= 12 for first, _ in dates)


def _certain(text: str) -> Iterator[Found]:
    for match in _ISO.finditer(text):
        yield from _checked(match, match[1], match[3], match[4], 1.0)
    for match in _WORDS.finditer(text):
        if (month := _MONTHS.get(fold(match[2]))) is not None:
            yield from _checked(match, match[3], str(month), match[1], 1.0)
    for match in _ENGLISH.finditer(text):
        if (month := _MONTHS.get(fold(match[1]))) is not None:
            yield from _checked(match, match[3], str(month), match[2], 1.0)
    for match in _FIGURES.finditer(text):
        if int(match[3]) > 12 >= int(match[1]) and match[2] == "/":
            # 03/20/2026 can only be 20 March, as Americans write it.
            yield from _checked(match, match[4], match[1], match[3], 0.8)
        else:
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
