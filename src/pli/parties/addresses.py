"""Postal addresses as the French post reads them (NF Z10-011): at most six lines of 38 characters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from pli.parties.models import Address
from pli.parties.problems import Problem

MAX_LINES = 6
MAX_WIDTH = 38
ADDRESS_FIELDS = ("line_1", "line_2", "line_3", "line_4", "postcode", "city", "country")
_NOT_COUNTRIES = {"ZZ", "EU", "EZ", "UN"}


@dataclass(frozen=True)
class AddressBlock:
    """The lines to print, name first, and what a machine may stumble on."""

    lines: tuple[str, ...]
    warnings: tuple[Problem, ...] = field(default=())


def _territories(language: str) -> Mapping[str, str]:
    from babel import Locale

    names: Mapping[str, str] = Locale(language).territories
    return names


@cache
def _countries() -> frozenset[str]:
    """Two-letter codes of what has a postal service of its own (CLDR lists regions and unions too)."""
    codes = {code for code in map(str, _territories("fr")) if len(code) == 2 and code.isalpha()}
    return frozenset(codes - _NOT_COUNTRIES)


def clean_address(values: Mapping[str, str]) -> tuple[dict[str, str], list[Problem]]:
    """The fields of an address, tidied, and what is wrong with them. All empty is no address, and no problem."""
    tidy = {name: " ".join(values.get(name, "").split()) for name in ADDRESS_FIELDS}
    problems: list[Problem] = []
    lines = [tidy[f"line_{n}"] for n in range(1, 5) if tidy[f"line_{n}"]]
    for n in range(1, 5):
        tidy[f"line_{n}"] = lines[n - 1] if n <= len(lines) else ""
    if not any(tidy[name] for name in ADDRESS_FIELDS if name != "country"):
        return dict.fromkeys(ADDRESS_FIELDS, ""), []
    tidy["country"], country_problem = _clean_country(tidy["country"])
    if country_problem:
        problems.append(country_problem)
    problems += _check_city(tidy)
    limits = {"postcode": 12, "city": 60, **{f"line_{n}": 120 for n in range(1, 5)}}
    problems += [
        Problem(name, "too_long", {"limit": str(limit)}) for name, limit in limits.items() if len(tidy[name]) > limit
    ]
    return tidy, problems


def _clean_country(value: str) -> tuple[str, Problem | None]:
    """A two-letter code (ISO 3166-1) from a code or from a French or English name; France when silent."""
    if not value:
        return "FR", None
    if value.upper() in _countries():
        return value.upper(), None
    for language in ("fr", "en"):
        for code, name in _territories(language).items():
            if code in _countries() and name.casefold() == value.casefold():
                return code, None
    return value, Problem("country", "country", {"value": value})


def _check_city(tidy: dict[str, str]) -> list[Problem]:
    if not tidy["city"]:
        return [Problem("city", "city_missing")]
    if tidy["country"] == "FR":
        # Spreadsheets drop the leading zero of 01000 Bourg-en-Bresse.
        digits = tidy["postcode"].replace(" ", "")
        tidy["postcode"] = digits.zfill(5) if digits.isascii() and digits.isdigit() and len(digits) >= 4 else digits
        if not re.fullmatch(r"[0-9]{5}", tidy["postcode"]):
            return [Problem("postcode", "postcode", {"value": tidy["postcode"]})]
    return []


def block_of(name: str, address: Address) -> AddressBlock:
    """The printable block: left-aligned, no punctuation from the fourth line from the end down,
    last three lines in capitals, last one ``CP VILLE`` (and the country under it when abroad)."""
    foot = " ".join(part for part in (address.postcode, address.city) if part)
    lines = [line for line in (name, *address.lines, foot) if line]
    lines[-3:] = [_as_post_reads(line) for line in lines[-3:]]
    if len(lines) > 3:
        lines[3] = re.sub(r"[.,;:!?]", "", lines[3])
    warnings = [Problem("line_1", "line_too_long", {"value": line}) for line in lines if len(line) > MAX_WIDTH]
    if len(lines) > MAX_LINES:
        warnings.append(Problem("line_4", "too_many_lines"))
    if address.country != "FR":
        lines.append(str(_territories("fr").get(address.country, address.country)).upper())
    return AddressBlock(tuple(lines), tuple(warnings))


def _as_post_reads(line: str) -> str:
    return " ".join(re.sub(r"[.,;:!?/]", " ", line).upper().split())


def address_values(address: Address | None) -> dict[str, str]:
    """The fields of a stored address, as :func:`clean_address` gives them."""
    if address is None:
        return dict.fromkeys(ADDRESS_FIELDS, "")
    lines = [*address.lines, "", "", "", ""][:4]
    return {
        **{f"line_{n}": line for n, line in enumerate(lines, 1)},
        "postcode": address.postcode,
        "city": address.city,
        "country": address.country,
    }


def fill_address(address: Address, values: Mapping[str, str]) -> Address:
    """Put clean ``values`` into ``address``, unsaved."""
    address.lines = [values[f"line_{n}"] for n in range(1, 5) if values[f"line_{n}"]]
    address.postcode, address.city, address.country = values["postcode"], values["city"], values["country"] or "FR"
    return address
