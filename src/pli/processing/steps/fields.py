"""Fields in a text that a recipe writes: ``#numero#`` becomes the piece's fact, as people write it."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal, InvalidOperation

from pli.processing.plugs import Work

_FIELD = re.compile(r"#([\w.-]{1,60})#")


def fill_fields(work: Work, text: str, *, page: int, pages: int) -> str:
    """``text`` with its fields filled; one nobody knows, or without a value, leaves nothing.

    Beside the facts: ``page``, ``pages``, ``date`` (of today unless the piece has one), ``titre``, ``organisation``.
    """
    own = {
        "page": str(page),
        "pages": str(pages),
        "titre": work.title,
        "organisation": work.context.organisation_name,
        "date": f"{work.context.now:%d/%m/%Y}",
    }

    def said(match: re.Match[str]) -> str:
        name = match[1]
        if name in work.typed:
            return _in_french(work, name, str(work.typed[name]))
        if name in work.facts:
            return _in_french(work, name, work.facts[name].value)
        return own.get(name, "")

    return _FIELD.sub(said, text)


def _in_french(work: Work, name: str, value: str) -> str:
    kind = work.context.kinds.get(work.kind)
    types = {item.name: item.type for item in kind.fields} if kind is not None else {}
    if types.get(name) == "date":
        try:
            return f"{date.fromisoformat(value):%d/%m/%Y}"
        except ValueError:
            return value
    if types.get(name) == "amount":
        number, _, currency = value.partition(" ")
        try:
            written = f"{Decimal(number):,.2f}".replace(",", "\u00a0").replace(".", ",")
        except InvalidOperation:
            return value
        return f"{written} {currency}".rstrip().replace(" EUR", "\u00a0€")
    return value
