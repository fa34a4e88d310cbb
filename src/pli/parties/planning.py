"""What saving a party would change: the same plan for a form, an API call and a line of an import."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pli.parties.addresses import ADDRESS_FIELDS, address_values, clean_address
from pli.parties.models import Address, Party
from pli.parties.problems import Problem
from pli.parties.validation import PARTY_FIELDS, check_party

PARTY_AND_ADDRESS = (*PARTY_FIELDS, *ADDRESS_FIELDS)


@dataclass(frozen=True)
class Change:
    """One field that moves."""

    field: str
    old: str
    new: str


@dataclass(frozen=True)
class Plan:
    """Clean values to write, what they change, and what is wrong. Nothing is written while there are problems."""

    values: dict[str, str]
    changes: tuple[Change, ...]
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]


def current_values(party: Party, address: Address | None) -> dict[str, str]:
    """A stored party and its main address, flat."""
    return {**{name: str(getattr(party, name)) for name in PARTY_FIELDS}, **address_values(address)}


def plan_party(given: Mapping[str, str], current: Mapping[str, str] | None) -> Plan:
    """Check ``given`` (fields absent from it stay as they are) against ``current`` (None: a new party)."""
    base = dict(current) if current is not None else dict.fromkeys(PARTY_AND_ADDRESS, "")
    merged = {**base, **{name: value for name, value in given.items() if name in PARTY_AND_ADDRESS}}
    checked = check_party(merged)
    address, address_problems = clean_address(merged)
    values = {**checked.values, **address}
    # What was wrong before and is not touched now does not forbid to save the rest.
    touched = {name for name in values if current is None or values[name] != base[name] or name in given}
    if touched & {"siren", "siret"}:
        touched |= {"siren", "siret"}
    if touched & set(ADDRESS_FIELDS):
        touched |= set(ADDRESS_FIELDS)
    problems = tuple(p for p in (*checked.problems, *address_problems) if p.field in touched)
    changes = tuple(Change(name, base[name], values[name]) for name in PARTY_AND_ADDRESS if values[name] != base[name])
    return Plan(values, changes, problems, checked.warnings)
