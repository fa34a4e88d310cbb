"""Amounts of money as they are printed in France, and as foreign suppliers print them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from pli.processing.indexing.found import FIGURES, LIKE_FIGURES, Found

_CURRENCY = r"(?:€|EUR\b|euros?\b|\$|USD\b|£|GBP\b|CHF\b)"
# Groups of three with one kind of separator, or figures without; then two decimals, or none, or up to four.
_NUMBER = r"\d{1,3}(?:(?P<sep>[ .,'’])\d{3})(?:(?P=sep)\d{3}){0,3}|\d{1,12}"
_AMOUNT = re.compile(
    rf"(?<![\w.,/])(?<!\w[-–])(?P<minus>[-–−(] ?)?(?:{_CURRENCY} ?)?(?P<whole>{_NUMBER})"
    r"(?: ?(?P<point>[.,]) ?(?P<cents>\d{1,4}))?"
    rf"(?P<behind> ?-(?!\d))?(?P<currency> ?{_CURRENCY})?(?![\d/%]|[.,]\d| ?%)(?P<letters>\w)?",
    re.I,
)
_LIKE = rf"[\d{LIKE_FIGURES}]"
_DOUBTFUL = re.compile(rf"(?<![\w.,/])({_LIKE}{{1,3}}(?: {_LIKE}{{3}})*),({_LIKE}{{2}})(?!\w| ?%)")
_LOST = re.compile(r"(?<![\w.,/-])\d{1,3}(?: \d{3})* \d{5}(?!\w|[.,/-]\d)")
_LARGEST = Decimal(10) ** 13


def find_amounts(text: str, is_recognised: bool) -> Iterator[Found]:  # noqa: FBT001 - the form of every finder
    """Each amount in ``text`` as a plain decimal with two figures behind the point; percentages are none."""
    end = -1
    lost = {match.start(): match for match in _LOST.finditer(text)} if is_recognised else {}
    for match in _AMOUNT.finditer(text):
        if match.start() < end:
            continue
        found = _without_comma(lost[match.start()]) if match.start() in lost else _read(match, is_recognised)
        if found is not None:
            end = found.end
            yield found
    if end < 0 and is_recognised:
        yield from _doubtful(text)


def _without_comma(match: re.Match[str]) -> Found | None:
    """« 1 23456 »: groups of three end in five figures where the comma was lost."""
    digits = match.group().replace(" ", "")
    return _canonical(Decimal(f"{digits[:-2]}.{digits[-2:]}"), 0.5, match)


def _read(match: re.Match[str], is_recognised: bool) -> Found | None:  # noqa: FBT001
    if match["letters"]:
        return None
    whole, point, cents = match["whole"], match["point"], match["cents"] or ""
    separator = match["sep"]
    certainty = 1.0 if len(cents) == 2 else 0.75
    if separator in (".", ",") and not cents and whole.count(separator) == 1:
        # « 1.234 »: thousands in France; a decimal point would have two figures behind it.
        certainty = 0.6
    if point and len(cents) == 3 and not separator and len(whole) <= 3:
        whole, cents, certainty = whole + cents, "", 0.6
    if match["currency"] and certainty < 1:
        certainty += 0.15
    if is_recognised and not cents:
        certainty *= 0.6  # A comma is the first thing a scan loses.
    digits = re.sub(r"\D", "", whole)
    number = Decimal(f"{digits}.{cents or '0'}")
    if match["minus"] or match["behind"]:
        number = -number
    return _canonical(number, certainty, match)


def _doubtful(text: str) -> Iterator[Found]:
    for match in _DOUBTFUL.finditer(text):
        if sum(letter.isdigit() for letter in match.group()) < 2:
            continue
        whole, cents = (match[number].replace(" ", "").translate(FIGURES) for number in (1, 2))
        if whole.isdigit() and cents.isdigit():
            found = _canonical(Decimal(f"{whole}.{cents}"), 0.6, match)
            if found is not None:
                yield found


def _canonical(number: Decimal, certainty: float, match: re.Match[str]) -> Found | None:
    if abs(number) >= _LARGEST:
        return None
    rounded = number.quantize(Decimal("0.01"))
    if rounded == 0:
        rounded = abs(rounded)
    return Found(str(rounded), certainty, match.start(), match.end())
