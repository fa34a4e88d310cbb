"""Numbers that carry their own proof: SIREN, SIRET, VAT, IBAN. Letters read for figures are put right when the check
digit then holds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import combinations

from stdnum import iban
from stdnum.eu import vat
from stdnum.exceptions import ValidationError
from stdnum.fr import siren, siret

from pli.processing.indexing.found import FIGURES, LIKE_FIGURES, Found

_LIKE = rf"[\d{LIKE_FIGURES}]"
_COUNTRIES = "AT|BE|BG|CY|CZ|DE|DK|EE|EL|ES|FI|HR|HU|IE|IT|LT|LU|LV|MT|NL|PL|PT|RO|SE|SI|SK"
_NOT_ABROAD = rf"(?<!\b(?:{_COUNTRIES}))(?<!\b(?:{_COUNTRIES}) )"
"""Nine figures behind a country's letters are of that country's VAT number."""
_SIREN = re.compile(rf"{_NOT_ABROAD}(?<!\d)(?<!\d[ .])\d{{3}}[ .]?\d{{3}}[ .]?\d{{3}}(?![ .]?\d)")
_SIRET = re.compile(r"(?<!\d)(?<!\d[ .])\d{3}[ .]?\d{3}[ .]?\d{3}[ .]?\d{2}[ .]?\d{3}(?!\d)")
_SIREN_DOUBTFUL = re.compile(rf"(?<!\w)(?<!\d[ .]){_LIKE}{{3}}[ .]?{_LIKE}{{3}}[ .]?{_LIKE}{{3}}(?!\w)")
_SIRET_DOUBTFUL = re.compile(rf"(?<!\w){_LIKE}{{3}}[ .]?{_LIKE}{{3}}[ .]?{_LIKE}{{3}}[ .]?{_LIKE}{{5}}(?!\w)")
_VAT_FR = re.compile(rf"\bF[ ]?R[ ]?([0-9A-Z]{{2}})[ ]?((?:{_LIKE}[ .]?){{8}}{_LIKE})(?!\w)", re.I)
_VAT_OTHER = re.compile(r"\b(AT|BE|BG|CY|CZ|DE|DK|EE|EL|ES|FI|HR|HU|IE|IT|LT|LU|LV|MT|NL|PL|PT|RO|SE|SI|SK)[ ]?"
                        r"(?=([0-9A-Z](?:[ .-]?[0-9A-Z]){6,13}))")  # fmt: skip
_FEWEST_VAT = 7
_IBAN = re.compile(r"\b([A-Z]{2}|[A-Z][l1I]|F[RP])[ ]?([0-9OoIlSBZ]{2})((?:[ ]?[0-9A-Za-z]){11,30})")
_LENGTHS = {"FR": 27, "MC": 27, "BE": 16, "DE": 22, "ES": 24, "IT": 27, "LU": 20, "CH": 21, "NL": 18, "PT": 25,
            "GB": 22, "IE": 22, "AT": 20, "PL": 28}  # fmt: skip
_FR_BANK = slice(0, 14)
"""Of a French IBAN after its country: check, bank and branch are figures; the account may hold letters."""
_LEFT_RIGHT = {"0": "O", "1": "I", "5": "S", "8": "B", "2": "Z", "6": "G"}
_SURE, _MENDED_97, _MENDED_LUHN = 1.0, 0.9, 0.75


def find_sirens(text: str, is_recognised: bool) -> Iterator[Found]:  # noqa: FBT001 - the form of every finder
    """Each valid SIREN; also the one inside a valid SIRET or French VAT number."""
    # Next to every line has none: three looks, before anything is validated.
    if not (is_recognised or _SIREN.search(text) or _SIRET.search(text) or _VAT_FR.search(text)):
        return
    found = [
        *_numbers(_SIREN, text, siren.validate),
        *(one._replace(value=one.value[:9]) for one in find_sirets(text, is_recognised)),
        *(one._replace(value=one.value[4:]) for one in _french_vat(text) if one.value[4:].isdigit()),
    ]
    if not found and is_recognised:
        found = list(_mended(_SIREN_DOUBTFUL, text, siren.validate))
    yield from _apart(found)


def find_sirets(text: str, is_recognised: bool) -> Iterator[Found]:  # noqa: FBT001
    """Each valid SIRET (14 figures)."""
    found = list(_numbers(_SIRET, text, siret.validate))
    if not found and is_recognised:
        found = list(_mended(_SIRET_DOUBTFUL, text, siret.validate))
    yield from _apart(found)


def find_vat_numbers(text: str, _is_recognised: bool) -> Iterator[Found]:  # noqa: FBT001
    """Each valid VAT number of a member state."""
    found = list(_french_vat(text))
    for match in _VAT_OTHER.finditer(text):
        found += _foreign_vat(match, text)
    yield from _apart(found)


def find_ibans(text: str, is_recognised: bool) -> Iterator[Found]:  # noqa: FBT001
    """Each IBAN whose check holds."""
    found = []
    for match in _IBAN.finditer(text):
        country = match.group(1).upper()
        country = "FR" if country in ("FP", "F1") else country
        raw = country + re.sub(r"\s", "", match.group(2) + match.group(3))
        raw = raw[: _LENGTHS.get(country, len(raw))]
        value = _valid(iban.validate, raw.upper())
        certainty = _SURE
        if value is None:
            value, certainty = _mend_iban(raw), _MENDED_97 if is_recognised else 0.8
        if value:
            found.append(Found(value, certainty, match.start(), match.end()))
    yield from _apart(found)


def _numbers(pattern: re.Pattern[str], text: str, validate: Callable[[str], str]) -> Iterator[Found]:
    for match in pattern.finditer(text):
        value = _valid(validate, re.sub(r"\D", "", match.group()))
        if value:
            yield Found(value, _SURE, match.start(), match.end())


def _mended(pattern: re.Pattern[str], text: str, validate: Callable[[str], str]) -> Iterator[Found]:
    """Luhn's digit misses one error in ten: at most two letters are put right, and it stays doubtful."""
    for match in pattern.finditer(text):
        raw = re.sub(r"[ .]", "", match.group())
        if sum(not letter.isdigit() for letter in raw) > 2:
            continue
        value = _valid(validate, raw.translate(FIGURES))
        if value:
            yield Found(value, _MENDED_LUHN, match.start(), match.end())


def _foreign_vat(match: re.Match[str], text: str) -> Iterator[Found]:
    """The longest beginning that holds: other words may follow on the line (« BE 0428.759.497 RPM Bruxelles »)."""
    raw, start = match.group(2), match.start(2)
    for end in range(len(raw), _FEWEST_VAT - 1, -1):
        if text[start + end : start + end + 1].isalnum():
            continue
        value = _valid(vat.validate, match.group(1) + re.sub(r"[ .-]", "", raw[:end]))
        if value:
            yield Found(value, _SURE, match.start(), start + end)
            return


def _french_vat(text: str) -> Iterator[Found]:
    for match in _VAT_FR.finditer(text):
        key, number = match.group(1).upper(), re.sub(r"[ .]", "", match.group(2))
        for tried, certainty in (
            (key + number, _SURE),
            (key + number.translate(FIGURES), _MENDED_97),
            (key.translate(FIGURES) + number.translate(FIGURES), _MENDED_97),
        ):
            value = _valid(vat.validate, f"FR{tried}") if tried[2:].isdigit() else None
            if value:
                yield Found(value, certainty, match.start(), match.end())
                break


def _mend_iban(raw: str) -> str | None:
    """The one IBAN that differs from ``raw`` by letters and figures that look alike; None when none or several do."""
    country, rest = raw[:2], raw[2:]
    if country not in ("FR", "MC") or len(raw) != _LENGTHS["FR"]:
        return _valid(iban.validate, country + rest[:2].translate(FIGURES) + rest[2:].upper())
    start = rest[_FR_BANK].translate(FIGURES)
    account, key = rest[14:23], rest[23:].translate(FIGURES)
    doubtful = [place for place, letter in enumerate(account) if not letter.isdigit() or letter in _LEFT_RIGHT]
    candidates = set()
    for count in (0, 1, 2):
        for places in combinations(doubtful, count):
            changed = "".join(_other(letter) if place in places else letter for place, letter in enumerate(account))
            value = _valid(iban.validate, country + start + changed.upper() + key)
            if value:
                candidates.add(value)
        if candidates:
            break
    everything = _valid(iban.validate, country + start + account.translate(FIGURES) + key)
    if everything:
        return everything
    return candidates.pop() if len(candidates) == 1 else None


def _other(letter: str) -> str:
    return _LEFT_RIGHT.get(letter, letter) if letter.isdigit() else letter.translate(FIGURES)


def _valid(validate: Callable[[str], str], value: str) -> str | None:
    try:
        return str(validate(value))
    except (ValidationError, ValueError):
        return None


def _apart(found: list[Found]) -> Iterator[Found]:
    end = -1
    for one in sorted(found, key=lambda one: (one.start, -one.end, -one.certainty)):
        if one.start >= end:
            yield one
            end = one.end
