"""Totals proved by their parts: what stands on the page twice, once as a sum, was read right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from pli.processing.indexing.sheet import Sheet
from pli.processing.indexing.values import find_values
from pli.processing.plugs import Fact

OF_PROOF = 0.9
_MOST_AMOUNTS = 80


def prove_totals(facts: Mapping[str, Fact], types: Mapping[str, str], sheets: Sequence[Sheet]) -> dict[str, Fact]:
    """Amounts, surer where two others on their page add up to them (net and tax make the total).

    On a recognised page an amount whose comma was lost (« 1 23456 ») is put right when its hundredth is such a sum.
    """
    proved = dict(facts)
    for name, fact in facts.items():
        if types.get(name) != "amount" or fact.confidence >= OF_PROOF:
            continue
        sheet = next((sheet for sheet in sheets if sheet.page.number == fact.page), None)
        if sheet is None:
            continue
        amounts = _amounts_of(sheet)
        value = Decimal(fact.value)
        if _is_sum(value, amounts):
            proved[name] = replace(fact, confidence=OF_PROOF)
        elif sheet.page.is_recognised and value == value.to_integral() and _is_sum(value / 100, amounts):
            proved[name] = replace(fact, value=str((value / 100).quantize(Decimal("0.01"))), confidence=OF_PROOF)
    return proved


def _amounts_of(sheet: Sheet) -> set[Decimal]:
    amounts: set[Decimal] = set()
    for line in sheet.lines:
        amounts.update(Decimal(found.value) for found in find_values("amount", line.text) if found.certainty == 1)
        if len(amounts) > _MOST_AMOUNTS:
            return set()
    return amounts


def _is_sum(total: Decimal, amounts: set[Decimal]) -> bool:
    parts = {amount for amount in amounts if 0 < amount < total}
    return any(total - part in parts for part in parts)
