"""What the client of a quote orders, on the page where they sign it: options, quantities, the total as it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from pli.journey.api import Order, lines_to_choose, price_choice
from pli.kit.errors import PliError
from pli.kit.money import plain
from pli.portal.signing.session import verified
from pli.quotes.api import OfferedLine, quote_signed_by, usual_choice
from pli.signing.api import Signer

# What a quantity left empty is read as where the line is taken: no number, and so refused with its name.
_EMPTY = "-"


@dataclass(frozen=True)
class LineToChoose:
    """A line as it is shown: taken or not, with its quantity, as typed last."""

    position: int
    line: OfferedLine
    is_taken: bool
    quantity: str
    minimum: str
    maximum: str
    step: str


@dataclass
class Choices:
    """Lines shown together: those of one group exclude each other; otherwise one line alone."""

    group: str
    number: int
    may_be_empty: bool
    lines: list[LineToChoose] = field(default_factory=list)

    @property
    def is_none_taken(self) -> bool:
        """Whether none of the group's lines is taken."""
        return not any(one.is_taken for one in self.lines)


def order_context(signer: Signer, typed: Mapping[str, str] | None) -> dict[str, Any]:
    """What the reading page shows of an order; nothing for a paper that offers no choice."""
    lines = lines_to_choose(signer)
    if not lines:
        return {}
    quantities = read_quantities(lines, typed) if typed is not None else _usual(lines)
    return {"choices": _grouped(lines, quantities)} | _priced(signer, quantities)


def order_from_form(signer: Signer, fields: Mapping[str, str]) -> Order:
    """The choice of the form and the total that was on the page."""
    return Order(read_quantities(lines_to_choose(signer), fields), fields.get("seen_total", ""))


def ordered(signer: Signer) -> dict[str, Any] | None:
    """What was ordered by signing, where the paper was a quote with a choice."""
    quote = quote_signed_by(signer.ceremony_id)
    return quote.order if quote else None


@never_cache
@require_POST
def price(request: HttpRequest, token: str) -> HttpResponse:
    """The total of the choice on the page, worked out here; keeps nothing."""
    signer = verified(request, token)
    fields = {name: str(value) for name, value in request.POST.items()}
    context = _priced(signer, read_quantities(lines_to_choose(signer), fields))
    return render(request, "portal/signing/order_total.html", context)


def _priced(signer: Signer, quantities: Mapping[int, str]) -> dict[str, Any]:
    try:
        return {"order": price_choice(signer, quantities)}
    except PliError as refusal:
        if refusal.status != 422:
            raise
        return {"order_refusal": refusal}


def _usual(lines: Sequence[OfferedLine]) -> dict[int, str]:
    return {position: plain(quantity) for position, quantity in usual_choice(lines).items()}


def read_quantities(lines: Sequence[OfferedLine], fields: Mapping[str, str]) -> dict[int, str]:
    """Position → quantity as typed, from a form; empty for a line not taken."""
    groups = _numbered_groups(lines)
    found = {}
    for position, line in enumerate(lines, start=1):
        if line.group:
            is_taken = fields.get(f"group-{groups[line.group]}", "") == str(position)
        else:
            is_taken = not line.is_optional or f"take-{position}" in fields
        typed = plain(line.minimum) if line.is_fixed else fields.get(f"quantity-{position}", "").strip()[:20]
        found[position] = (typed or _EMPTY) if is_taken else ""
    return found


def _numbered_groups(lines: Sequence[OfferedLine]) -> dict[str, int]:
    return {group: number for number, group in enumerate(dict.fromkeys(line.group for line in lines if line.group), 1)}


def _grouped(lines: Sequence[OfferedLine], quantities: Mapping[int, str]) -> list[Choices]:
    """In the order of the lines, those of a group together where its first one stands."""
    numbers, shown, found = _numbered_groups(lines), dict[str, Choices](), list[Choices]()
    for position, line in enumerate(lines, start=1):
        choices = shown.get(line.group) if line.group else None
        if choices is None:
            may_be_empty = all(one.is_optional for one in lines if one.group == line.group)
            choices = Choices(line.group, numbers.get(line.group, 0), may_be_empty)
            found.append(choices)
            if line.group:
                shown[line.group] = choices
        choices.lines.append(_shown(position, line, quantities.get(position, "")))
    return found


def _shown(position: int, line: OfferedLine, typed: str) -> LineToChoose:
    is_taken = typed not in ("", "0") or not line.may_be_left
    quantity = typed if typed not in ("", "0", _EMPTY) else plain(line.usual or line.minimum)
    step = plain(Decimal(1).scaleb(-line.places))
    return LineToChoose(position, line, is_taken, quantity, plain(line.minimum), plain(line.maximum), step)
