"""What the tags of one subject ask together: one plan, or the reason why they can't be obeyed together."""

from __future__ import annotations

from dataclasses import fields, replace
from itertools import combinations

from pli.gateway.errors import TagRefused
from pli.gateway.options import SenderOptions
from pli.gateway.plugs import Letter, Plan
from pli.gateway.subjects import Subject, tag_of
from pli.kit.errors import Phrase

_NOTHING = Plan()


def plan_all(subject: Subject, letter: Letter, options: SenderOptions) -> Plan:
    """The plan of all tags, each asked by itself. Which one stands first in the subject changes nothing.

    :raises TagRefused: when one can't be obeyed, or two contradict each other.
    """
    _require_harmony([one.slug for one in subject.tags])
    together = _NOTHING
    for one in subject.tags:
        together = _join(together, tag_of(one.slug).plan(letter, one.argument, options))
    return together


def _require_harmony(slugs: list[str]) -> None:
    for first, second in combinations(slugs, 2):
        if first == second:
            raise TagRefused(reason=Phrase("le mot *%(word)s y est écrit plusieurs fois.", word=first))
        if second in tag_of(first).excludes or first in tag_of(second).excludes:
            raise TagRefused(
                reason=Phrase(
                    "les mots *%(first)s et *%(second)s se contredisent : gardez l’un des deux.",
                    first=first,
                    second=second,
                )
            )


def _join(one: Plan, other: Plan) -> Plan:
    """Both plans in one; tags that each decide the same thing can't both be right."""
    changes = {}
    for field in fields(Plan):
        mine, theirs, nothing = (getattr(plan, field.name) for plan in (one, other, _NOTHING))
        if theirs == nothing:
            continue
        if mine not in (nothing, theirs):
            raise TagRefused(reason=Phrase("ses mots-clés se contredisent."))
        changes[field.name] = theirs
    return replace(one, **changes)
