"""What a quote offers to choose from, and what a choice adds up to. Exact amounts, and no database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from pli.kit.errors import Phrase
from pli.kit.money import plain, to_cents
from pli.quotes.errors import ChoiceRefused, UnableToSendQuote

MOST_LINES = 40
MOST_RATES = 6
LARGEST_PRICE = Decimal(10_000_000)
LARGEST_QUANTITY = Decimal(100_000)
_PRICE_PLACES, _RATE_PLACES, _QUANTITY_PLACES = 4, 2, 3
_NONE = Decimal(0)


@dataclass(frozen=True)
class OfferedLine:
    """One line of a quote. Prices are in euros without VAT for one unit, rates in percent.

    The client takes between ``minimum`` and ``maximum``; equal, the quantity is fixed. ``is_optional``: they may leave
    it. Lines of one ``group`` exclude each other: one of them is taken, or none when all of them are optional.
    ``usual`` is what is chosen at first, 0 for a line not taken.
    """

    label: str
    unit_price: Decimal
    vat_rate: Decimal
    usual: Decimal = Decimal(1)
    minimum: Decimal = Decimal(1)
    maximum: Decimal = Decimal(1)
    is_optional: bool = False
    group: str = ""

    @property
    def may_be_left(self) -> bool:
        """Whether the client may do without this line."""
        return self.is_optional or bool(self.group)

    @property
    def is_fixed(self) -> bool:
        """Whether the quantity is no question once the line is taken."""
        return self.minimum == self.maximum

    @property
    def places(self) -> int:
        """How many decimals a quantity may have: as many as those the sender wrote."""
        return max(_places(one) for one in (self.usual, self.minimum, self.maximum))


@dataclass(frozen=True)
class VatShare:
    """What is due at one rate."""

    rate: Decimal
    base: Decimal
    amount: Decimal


@dataclass(frozen=True)
class OrderTotal:
    """What a choice costs, to the cent: each line rounded, then VAT by rate on the sum (EN 16931, BR-S-08 and BR-S-09).

    ``nets`` are the lines' amounts by position, from 1; 0 for a line not taken.
    """

    nets: Mapping[int, Decimal]
    vat: tuple[VatShare, ...]
    net: Decimal
    total: Decimal


Choice = Mapping[int, Decimal]


def check_lines(lines: Sequence[OfferedLine]) -> None:
    """Whether lines can be offered. :raises UnableToSendQuote: with the line that is not right."""
    if len(lines) > MOST_LINES:
        raise UnableToSendQuote(reason=Phrase("un devis a %(most)s lignes au plus.", most=MOST_LINES))
    if len({line.vat_rate for line in lines}) > MOST_RATES:
        raise UnableToSendQuote(reason=Phrase("un devis a %(most)s taux de TVA au plus.", most=MOST_RATES))
    for position, line in enumerate(lines, start=1):
        reason = _why_not(line)
        if reason:
            raise UnableToSendQuote(reason=Phrase("ligne %(position)s : %(reason)s", position=position, reason=reason))
    for group in {line.group for line in lines} - {""}:
        _check_group(group, [line for line in lines if line.group == group])
    if lines and add_up(lines, usual_choice(lines)).total < 0:
        raise UnableToSendQuote(reason=Phrase("le total du choix proposé est négatif."))


def _why_not(line: OfferedLine) -> str:
    if not line.label.strip() or len(line.label) > 120:
        return Phrase("la désignation manque, ou dépasse 120 signes.")
    if abs(line.unit_price) > LARGEST_PRICE or _places(line.unit_price) > _PRICE_PLACES:
        return Phrase("le prix unitaire a quatre décimales au plus.")
    if not 0 <= line.vat_rate <= 100 or _places(line.vat_rate) > _RATE_PLACES:
        return Phrase("le taux de TVA va de 0 à 100, avec deux décimales au plus.")
    if not 0 <= line.minimum <= line.maximum <= LARGEST_QUANTITY or not line.maximum:
        return Phrase("la quantité va d’un minimum à un maximum, au-dessus de zéro.")
    if line.places > _QUANTITY_PLACES:
        return Phrase("une quantité a trois décimales au plus.")
    if line.may_be_left and not line.minimum:
        return Phrase("une ligne que l’on peut laisser a un minimum au-dessus de zéro.")
    if not (line.may_be_left and not line.usual) and not line.minimum <= line.usual <= line.maximum:
        return Phrase("la quantité proposée est hors des limites.")
    return ""


def _check_group(group: str, lines: Sequence[OfferedLine]) -> None:
    taken = sum(bool(line.usual) for line in lines)
    if len(group) > 60 or len(lines) < 2:
        reason = Phrase("le groupe « %(group)s » doit compter au moins deux lignes.", group=group[:60])
        raise UnableToSendQuote(reason=reason)
    if taken > 1 or (not taken and not _may_be_empty(lines)):
        raise UnableToSendQuote(reason=Phrase("proposez une seule ligne du groupe « %(group)s ».", group=group))


def _may_be_empty(lines: Sequence[OfferedLine]) -> bool:
    return all(line.is_optional for line in lines)


def usual_choice(lines: Sequence[OfferedLine]) -> dict[int, Decimal]:
    """What is chosen as long as the client changes nothing."""
    return {position: line.usual for position, line in enumerate(lines, start=1)}


def read_choice(lines: Sequence[OfferedLine], wanted: Mapping[int, str]) -> dict[int, Decimal]:
    """What a client typed, checked; a line left out is not taken. A comma or a point, spaces between thousands.

    :raises ChoiceRefused: for no number, a quantity out of bounds, a line that must be taken, two of one group.
    """
    chosen = {}
    for position, line in enumerate(lines, start=1):
        quantity = _read_quantity(line, wanted.get(position, ""))
        if quantity or not line.may_be_left:
            _check_quantity(line, quantity)
        chosen[position] = quantity
    for group in {line.group for line in lines} - {""}:
        among = [(position, line) for position, line in enumerate(lines, start=1) if line.group == group]
        taken = sum(bool(chosen[position]) for position, _line in among)
        if taken > 1 or (not taken and not _may_be_empty([line for _position, line in among])):
            raise ChoiceRefused(reason=Phrase("choisissez une ligne de « %(group)s ».", group=group))
    if add_up(lines, chosen).total < 0:
        raise ChoiceRefused(reason=Phrase("le total de ce choix est négatif."))
    return chosen


def _read_quantity(line: OfferedLine, typed: str) -> Decimal:
    text = "".join(typed.split()).replace(",", ".")
    if not text:
        return _NONE
    try:
        found = Decimal(text) if len(text) <= 20 else Decimal("NaN")
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite():
        raise ChoiceRefused(reason=Phrase("la quantité de « %(label)s » n’est pas un nombre.", label=line.label))
    return found or abs(found)


def _check_quantity(line: OfferedLine, quantity: Decimal) -> None:
    if not line.minimum <= quantity <= line.maximum or _places(quantity) > line.places:
        reason = Phrase(
            "la quantité de « %(label)s » va de %(minimum)s à %(maximum)s.",
            label=line.label, minimum=plain(line.minimum), maximum=plain(line.maximum),
        )  # fmt: skip
        raise ChoiceRefused(reason=reason)


def add_up(lines: Sequence[OfferedLine], choice: Choice) -> OrderTotal:
    """What a choice costs; every rate that is offered has its share, be it 0."""
    nets = {
        position: to_cents(line.unit_price * choice.get(position, _NONE))
        for position, line in enumerate(lines, start=1)
    }
    shares = []
    for rate in sorted({line.vat_rate for line in lines}):
        base = sum((nets[at] for at, line in enumerate(lines, start=1) if line.vat_rate == rate), to_cents(_NONE))
        shares.append(VatShare(rate, base, to_cents(base * rate / 100)))
    net = sum(nets.values(), to_cents(_NONE))
    return OrderTotal(nets, tuple(shares), net, net + sum((one.amount for one in shares), _NONE))


def write_order(lines: Sequence[OfferedLine], choice: Choice) -> dict[str, Any]:
    """A choice as it is kept and told: the lines taken, VAT by rate, totals. Numbers are texts: exact."""
    told = add_up(lines, choice)
    return {
        "currency": "EUR",
        "lines": [
            {
                "position": position, "label": line.label, "quantity": plain(choice[position]),
                "unit_price": plain(line.unit_price), "vat_rate": plain(line.vat_rate),
                "net": str(told.nets[position]), "is_optional": line.is_optional, "group": line.group,
            }
            for position, line in enumerate(lines, start=1) if choice.get(position)
        ],
        "vat": [
            {"rate": plain(one.rate), "base": str(one.base), "amount": str(one.amount)} for one in told.vat if one.base
        ],
        "net": str(told.net),
        "total": str(told.total),
    }  # fmt: skip


def _places(number: Decimal) -> int:
    exponent = number.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else _PRICE_PLACES + 1
