"""Totals proved by their parts: what stands on the page twice, once as a sum, was read right."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from pli.processing.indexing.sheet import Sheet
from pli.processing.indexing.values import find_values
from pli.processing.plugs import Fact

OF_PROOF = 0.9
_MOST_AMOUNTS = 150
_LEAST_RATE, _MOST_RATE = Decimal("0.02"), Decimal("0.28")
"""Of what is taxed: no less than 2.1 % unless part of it has no tax, and no country of the Union takes more than 27."""


def prove_totals(facts: Mapping[str, Fact], names: Collection[str], sheets: Sequence[Sheet]) -> dict[str, Fact]:
    """The totals ``names``, surer where two others on their page add up to them (net and tax make the total).

    On a recognised page an amount whose comma was lost (« 1 23456 ») is put right when its hundredth is such a sum.
    """
    proved = dict(facts)
    for name, fact in facts.items():
        if name not in names or fact.confidence >= OF_PROOF:
            continue
        sheet = next((sheet for sheet in sheets if sheet.page.number == fact.page), None)
        if sheet is None:
            continue
        amounts = amounts_of(sheet)
        value = Decimal(fact.value)
        if is_sum(abs(value), amounts):
            proved[name] = replace(fact, confidence=OF_PROOF)
        elif sheet.page.is_recognised and value == value.to_integral() and is_sum(abs(value) / 100, amounts):
            proved[name] = replace(fact, value=str((value / 100).quantize(Decimal("0.01"))), confidence=OF_PROOF)
    return proved


def amounts_of(sheet: Sheet) -> set[Decimal]:
    """Every amount with its cents that the page tells, without its sign; none when there are too many to prove any."""
    amounts: set[Decimal] = set()
    for line in sheet.lines:
        amounts.update(abs(Decimal(found.value)) for found in find_values("amount", line.text) if found.certainty == 1)
        if len(amounts) > _MOST_AMOUNTS:
            return set()
    return amounts


def is_tax_of(tax: Decimal, net: Decimal) -> bool:
    """Whether ``tax`` can be the tax of ``net``: of its sign, and of a size that taxes have."""
    return net != 0 and _LEAST_RATE <= tax / net <= _MOST_RATE


def is_sum(total: Decimal, amounts: set[Decimal]) -> bool:
    """Whether it is what one amount makes with its tax. Any two that add up prove nothing: 45 and 45 make 90."""
    return any(net < total and total - net in amounts and is_tax_of(total - net, net) for net in amounts)
