"""Layouts: how papers of one look are recognised, and all they say read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pli.processing.indexing.folding import fold
from pli.processing.indexing.rules import apply_rule
from pli.processing.indexing.sheet import Sheet
from pli.processing.plugs import Fact, FieldRule, LayoutSpec

SURE = 0.7
"""A value read with at least this confidence needs no second rule."""


def recognise_layout(
    layouts: Sequence[LayoutSpec], sheet: Sheet, *, kind: str = "", party_id: str | None = None
) -> LayoutSpec | None:
    """The layout all of whose keywords are on the first page; of several the one that asks for most.

    A layout of another kind, or of another party than the one already known, is passed over. One without keywords is
    taken only when it is the known party's.
    """
    best, weight = None, -1
    for layout in layouts:
        if kind and layout.kind and layout.kind != kind:
            continue
        if party_id and layout.party_id and layout.party_id != party_id:
            continue
        is_its_own = bool(party_id) and layout.party_id == party_id
        if not layout.keywords and not is_its_own:
            continue
        asked = sum(len(fold(keyword)) for keyword in layout.keywords) + is_its_own
        if asked > weight and all(sheet.says(keyword) for keyword in layout.keywords):
            best, weight = layout, asked
    return best


def apply_rules(rules: Sequence[FieldRule], sheets: Sequence[Sheet], types: Mapping[str, str]) -> dict[str, Fact]:
    """What the rules read. Several rules for one field are tried in turn until one is sure; the surest stays.

    :param types: the type of each field the kind has; rules for others are passed over.
    """
    facts: dict[str, Fact] = {}
    for rule in rules:
        type_ = types.get(rule.field)
        former = facts.get(rule.field)
        if type_ is None or (former is not None and former.confidence >= SURE):
            continue
        fact = apply_rule(rule, sheets, type_)
        if fact is not None and (former is None or fact.confidence > former.confidence):
            facts[rule.field] = fact
    return facts
