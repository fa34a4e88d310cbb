"""A layout tried on the readings of a sample. Sandbox only: the text is a stranger's, and so are the patterns."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

from pli.processing.indexing.folding import fold
from pli.processing.indexing.layouts import apply_rules
from pli.processing.indexing.rules import apply_rule
from pli.processing.indexing.sheet import Sheet
from pli.processing.indexing.zones import zone_text
from pli.processing.plugs import FieldRule
from pli.processing.wire import read_reading, write_facts

MOST_SUGGESTED = 12
MOST_TEXT = 300
_NUMBERS = re.compile(
    r"\b(?:FR\d{2} ?\d{3} ?\d{3} ?\d{3}|FR\d{2}(?: ?[0-9A-Z]{4}){5} ?[0-9A-Z]{3}|\d{3} ?\d{3} ?\d{3}(?: ?\d{5})?)\b"
)
_NETWORK = re.compile(r"\b(?:www\.)?[a-z0-9][a-z0-9.-]+\.(?:fr|com|eu|net|org|example)\b", re.IGNORECASE)
_LETTERS = re.compile(r"[^\W\d_]{2,}")
_DIGITS = re.compile(r"\d")


def try_rules(
    files: Mapping[str, BinaryIO],
    *,
    rules: list[dict[str, Any] | None],
    types: dict[str, str],
    keywords: list[str],
    others: list[dict[str, Any]],
    own: dict[str, str],
) -> dict[str, Any]:
    """What each rule reads, what is kept for each field, and what the first page says of who made it."""
    sheets = [Sheet.of(read_reading(line)) for line in files["readings"].read().split(b"\n") if line]
    first = sheets[0] if sheets else None
    chosen = [FieldRule.model_validate(rule) if rule else None for rule in rules]
    kept = apply_rules([rule for rule in chosen if rule], sheets, types)
    return {
        "rules": [_read(rule, sheets, types) for rule in chosen],
        "values": write_facts(kept),
        "said": {keyword: bool(first and first.says(keyword)) for keyword in keywords},
        "suggested": suggest(first, own) if first else [],
        "others": [
            other["name"] for other in others if first and all(first.says(keyword) for keyword in other["keywords"])
        ],
        "is_recognised": bool(first and first.page.is_recognised),
    }


def _read(rule: FieldRule | None, sheets: Sequence[Sheet], types: Mapping[str, str]) -> dict[str, Any]:
    if rule is None:
        return {"field": "", "text": ""}
    fact = apply_rule(rule, sheets, types.get(rule.field, "text"))
    told: dict[str, Any] = {"field": rule.field, "text": _text_at(rule, sheets)[:MOST_TEXT]}
    if fact is not None:
        told |= write_facts({"read": fact})["read"]
    return told


def _text_at(rule: FieldRule, sheets: Sequence[Sheet]) -> str:
    """All the words in the rule's box, so that one sees why a value was not found there."""
    if rule.box is None or not sheets:
        return ""
    place = rule.page - 1 if rule.page > 0 else rule.page
    within = -len(sheets) <= place < len(sheets)
    return zone_text(sheets[place if within else 0].page, rule.box)


def suggest(sheet: Sheet, own: Mapping[str, str]) -> list[str]:
    """Words that seem to name who made the paper, the most telling first: registration numbers, addresses on the
    network, then the lines of letters at the head and at the foot. Nothing of the organisation itself."""
    ours = {fold(value) for value in own.values() if fold(value)}
    found: list[str] = []
    for line in sheet.lines:
        found += [match.group(0) for match in _NUMBERS.finditer(line.text)]
        found += [match.group(0) for match in _NETWORK.finditer(line.text)]
    for line in sheet.lines:
        is_edge = line.top < 0.18 or line.bottom > 0.88
        text = line.text.strip(" .,;:-–|")
        if is_edge and 4 <= len(text) <= 60 and _LETTERS.search(text) and len(_DIGITS.findall(text)) <= 2:
            found.append(text)
    kept = dict.fromkeys(text for text in found if not any(mine in fold(text) or fold(text) in mine for mine in ours))
    return list(kept)[:MOST_SUGGESTED]
