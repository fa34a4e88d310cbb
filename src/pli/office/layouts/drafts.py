"""A layout being drawn: what its form holds, changed by its buttons, before anything is saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from django.http import QueryDict
from django.utils.translation import gettext as _

from pli.kit.errors import fill_sentence
from pli.office.recipes.options import Choices, Known, OptionField, draw_options, read_options
from pli.office.recipes.words import RULE_NEEDS
from pli.processing.api import FieldRule, Layout, LayoutWishes, RuleProblem, clean_keywords

MOST_OTHERS = 5


@dataclass(frozen=True)
class DraftRule:
    """One way to read one value. ``key`` stays with it while it moves."""

    key: int
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Draft:
    """All that the form says. ``party``: as typed; ``others``: tickets of other PDFs it is tried on."""

    name: str = ""
    kind: str = "invoice"
    party: str = ""
    keywords: tuple[str, ...] = ()
    is_active: bool = True
    sample: str = ""
    others: tuple[str, ...] = ()
    rules: tuple[DraftRule, ...] = ()

    def wishes(self, party_id: UUID | None, sample: str = "") -> LayoutWishes:
        """For the services; ``sample``: the SHA-256."""
        return LayoutWishes(
            name=self.name,
            kind=self.kind,
            party_id=party_id,
            keywords=self.keywords,
            rules=[said_by(rule.values) for rule in self.rules],
            is_active=self.is_active,
            sample=sample,
        )


def said_by(values: Mapping[str, Any]) -> dict[str, Any]:
    """A rule without what its way of reading has no use for: a zone drawn before another way was chosen."""
    how = str(values.get("how", ""))
    return {name: value for name, value in values.items() if how in RULE_NEEDS.get(name, (how,))}


@dataclass(frozen=True)
class Card:
    """A rule as the editor shows it."""

    key: int
    number: int
    title: str
    fields: Sequence[OptionField]
    problems: Sequence[str]
    needs_box: bool
    is_first: bool
    is_last: bool

    @property
    def moves(self) -> list[tuple[str, str, bool]]:
        """Its buttons: (verb, icon, whether it would do nothing)."""
        return [("up", "arrow-up", self.is_first), ("down", "arrow-down", self.is_last), ("remove", "trash", False)]


def draft_of(layout: Layout, party: str, sample: str) -> Draft:
    """A layout, opened."""
    return Draft(
        name=layout.name,
        kind=layout.kind,
        party=party,
        keywords=tuple(layout.keywords),
        is_active=layout.is_active,
        sample=sample,
        rules=tuple(DraftRule(at, dict(rule)) for at, rule in enumerate(layout.rules)),
    )


def read_draft(data: QueryDict) -> Draft:
    """What was posted."""
    keys = [int(typed) for typed in data.getlist("rule")[:100] if typed.isdigit()]
    words = [*data.getlist("keyword"), *data.get("keyword_more", "").split(",")]
    return Draft(
        name=data.get("name", "").strip()[:80],
        kind=data.get("kind", "")[:40],
        party=data.get("party", "")[:200],
        keywords=tuple(clean_keywords(words)),
        is_active="is_active" in data,
        sample=data.get("sample", "")[:500],
        others=tuple(one[:500] for one in data.getlist("other")[-MOST_OTHERS:]),
        rules=tuple(DraftRule(key, _without_none(read_options(FieldRule, data, f"r{key}"))) for key in keys),
    )


def _without_none(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def act(draft: Draft, action: str, fields: Choices) -> Draft:
    """The draft after one of its buttons: ``add`` (a zone for the first value that has no rule yet), ``add-label`` (by
    a label beside it), ``up|down|remove:<key>``."""
    verb, _colon, key = action.partition(":")
    rules = list(draft.rules)
    if verb in ("add", "add-label"):
        taken = {rule.values.get("field") for rule in rules}
        free = next((name for name, _label in fields if name not in taken), fields[0][0] if fields else "")
        new = max((rule.key for rule in rules), default=-1) + 1
        rules.append(DraftRule(new, {"field": free, "how": "zone" if verb == "add" else "anchor", "page": 1}))
    place = next((at for at, rule in enumerate(rules) if str(rule.key) == key), None)
    if place is not None and verb == "remove":
        del rules[place]
    elif place is not None and verb in ("up", "down"):
        other = place + (1 if verb == "down" else -1)
        if 0 <= other < len(rules):
            rules[place], rules[other] = rules[other], rules[place]
    return replace(draft, rules=tuple(rules[:100]))


def draw_cards(draft: Draft, fields: Choices, problems: Sequence[RuleProblem]) -> list[Card]:
    """The rules as cards, each with what is wrong with it."""
    known, labels = Known(fields=fields), dict(fields)
    cards = []
    for at, rule in enumerate(draft.rules):
        shown = draw_options(FieldRule, rule.values, prefix=f"r{rule.key}", slug="layout", known=known, errors={})
        title = str(labels.get(str(rule.values.get("field")), _("Valeur à choisir")))
        # Several boxes may stand on the page: each is named by what it reads.
        named = [replace(one, label=f"{one.label} · {title}") if one.control == "box" else one for one in shown]
        cards.append(
            Card(
                key=rule.key,
                number=at + 1,
                title=title,
                fields=named,
                problems=say_problems(problems, at),
                needs_box=rule.values.get("how") in ("zone", "block") and not rule.values.get("box"),
                is_first=at == 0,
                is_last=at == len(draft.rules) - 1,
            )
        )
    return cards


def say_problems(problems: Sequence[RuleProblem], position: int) -> list[str]:
    """What is wrong with one rule (-1: with the layout itself), in the reader's language."""
    return [fill_sentence(one.reason.msgid, one.reason.places, _) for one in problems if one.position == position]
