"""The lines and totals of an invoice read from its page, believed only when they prove each other.

A row counts when quantity × price is its amount; the rows must add up to the net total, the tax be its rate of it, and
net and tax make the gross total. Anything less, and there is no invoice: data sent to a tax office is not guessed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from pli.kit.errors import Phrase
from pli.processing.indexing.folding import fold
from pli.processing.indexing.patterns import plain_spaces
from pli.processing.indexing.rules import columns_of
from pli.processing.indexing.sheet import Line, Sheet
from pli.processing.indexing.values import find_values
from pli.processing.invoices.invoice import InvoiceLine, VatPart

CENT = Decimal("0.01")
_NET = ("totalht", "montantht", "totalnetht", "totalhorstaxes", "soustotalht", "totalhteur")
_GROSS = ("totalttc", "montantttc", "netapayer", "totalapayer", "montanttotalttc")
_HEADINGS = ("designation", "description", "libelle", "article", "prestation")
_TAX = re.compile(r"^\s*(?:total |montant )?t\.?v\.?a\.?\b.{0,40}?(\d{1,2}(?:[.,]\d{1,2})?) ?%", re.I)
_RATED = re.compile(r"^\s*(?:taux )?(\d{1,2}(?:[.,]\d{1,2})?) ?%", re.I)
_RATE = re.compile(r"(\d{1,2}(?:[.,]\d{1,2})?) ?%?")
_PLAIN = re.compile(r"-?\d{1,9}(?:[.,]\d{1,4})?$")
_MOST_ROWS = 500
_NARROW = 0.7
"""Line heights between two columns of figures: more than a space in a number, less than between columns of text."""


class NotProved(ValueError):
    """The page's figures do not prove each other; ``reason`` says what is missing or does not agree."""

    def __init__(self, reason: Phrase) -> None:
        super().__init__(reason)
        self.reason = reason


def rounded(amount: Decimal) -> Decimal:
    """To cents, halves away from zero, as EN 16931 wants."""
    return amount.quantize(CENT, ROUND_HALF_UP)


@dataclass(frozen=True)
class Table:
    """The lines, what is taxed at each rate, and the gross total: figures that prove each other."""

    lines: tuple[InvoiceLine, ...]
    parts: tuple[VatPart, ...]
    gross: Decimal

    @property
    def net(self) -> Decimal:
        return sum((part.base for part in self.parts), Decimal(0))

    @property
    def tax(self) -> Decimal:
        return sum((part.tax for part in self.parts), Decimal(0))


@dataclass(frozen=True)
class _Row:
    label: str
    quantity: Decimal
    price: Decimal
    amount: Decimal
    rate: Decimal | None = None


@dataclass
class _Found:
    """What the pages say, before any of it is believed."""

    rows: list[_Row] = field(default_factory=list)
    net: Decimal | None = None
    gross: Decimal | None = None
    taxes: dict[Decimal, Decimal] = field(default_factory=dict)
    contradicts: bool = False

    def tax_is(self, rate: Decimal, tax: Decimal) -> None:
        self.contradicts |= self.taxes.setdefault(rate, tax) != tax


def read_table(sheets: Sequence[Sheet]) -> Table:
    """The lines with their rates, the tax of each rate, and the gross total.

    :raises NotProved: saying what is missing or does not add up.
    """
    found, in_table = _Found(), False
    for sheet in sheets:
        for line in sheet.lines:
            said = fold(line.text)
            amounts = [Decimal(one.value) for one in find_values("amount", line.text) if one.certainty == 1]
            if said.startswith(_HEADINGS):
                in_table = True
            elif said.startswith(_NET) and amounts:
                found.net, in_table = amounts[-1], False
            elif (tax := _tax(line.text, amounts)) is not None:
                found.tax_is(*tax)
            elif said.startswith(_GROSS) and amounts:
                found.gross = found.gross or amounts[-1]
            elif in_table and len(found.rows) < _MOST_ROWS and (row := _row(line, sheet)) is not None:
                found.rows.append(row)
    return _proved(found)


def _tax(text: str, amounts: Sequence[Decimal]) -> tuple[Decimal, Decimal] | None:
    """« TVA 20 % … 151,40 », or a line of a table of rates: « 20 % 757,00 151,40 », where the three agree."""
    plain = plain_spaces(text)
    if (told := _TAX.match(plain)) and amounts:
        return _number(told[1]), amounts[-1]
    if (told := _RATED.match(plain)) and len(amounts) >= 2:
        rate, (base, tax) = _number(told[1]), amounts[-2:]
        return (rate, tax) if rounded(base * rate / 100) == tax else None
    return None


def _row(line: Line, sheet: Sheet) -> _Row | None:
    """Label, quantity, unit price, amount: the last three columns are figures, and the first two make the third. A VAT
    rate may stand among them or behind them."""
    columns = columns_of(line.words, line.height * sheet.ratio, gap=_NARROW)
    texts = [" ".join(word.text for word in column) for column in columns]
    # The label may be parted too: only its last neighbours are figures.
    plain = sorted((-1, -2, -3, -4), key=lambda at: len(texts) < 5 or "%" not in texts[at])
    marked = sum("%" in text for text in texts[-4:])
    for place in (*plain[:marked], None, *plain[marked:]):
        rate = None
        rest = texts
        if place is not None:
            if len(texts) < 5 or (rate := _rate(texts[place])) is None:
                continue
            rest = [text for at, text in enumerate(texts) if at != len(texts) + place]
        if len(rest) < 4:
            continue
        quantity, price, amount = (_figure(text) for text in rest[-3:])
        if quantity and price is not None and amount is not None and rounded(quantity * price) == amount:
            return _Row(" ".join(rest[:-3])[:200], quantity, price, amount, rate)
    return None


def _rate(text: str) -> Decimal | None:
    told = _RATE.fullmatch(plain_spaces(text).strip())
    return _number(told[1]) if told else None


def _number(text: str) -> Decimal:
    """Without zeroes behind the point: 20 and 20,00 are one rate."""
    number = Decimal(text.replace(",", "."))
    return number.quantize(Decimal(1)) if number == number.to_integral() else number.normalize()


def _figure(text: str) -> Decimal | None:
    found = next(iter(find_values("amount", text)), None)
    if found is not None and found.certainty == 1:
        return Decimal(found.value)
    plain = plain_spaces(text).replace(" ", "").removesuffix("€")
    return Decimal(plain.replace(",", ".")) if _PLAIN.match(plain) else None


def _proved(found: _Found) -> Table:
    if not found.rows:
        raise NotProved(Phrase("les lignes de la facture n’ont pas été lues (désignation, quantité, prix, montant)"))
    if found.net is None or found.gross is None:
        raise NotProved(Phrase("le total hors taxes ou toutes taxes comprises n’a pas été lu"))
    if not found.taxes or found.contradicts:
        raise NotProved(Phrase("la TVA n’a pas été lue : chaque taux doit être écrit avec son montant"))
    if 0 in found.taxes:
        raise NotProved(Phrase("une TVA à 0 % demande un motif d’exonération, que Pli ne lit pas"))
    if sum((row.amount for row in found.rows), Decimal(0)) != found.net:
        raise NotProved(Phrase("la somme des lignes n’est pas le total hors taxes"))
    table = _by_rate(found.rows, found.taxes, found.gross)
    if any(rounded(part.base * part.rate / 100) != part.tax for part in table.parts) or (
        table.net + table.tax != found.gross
    ):
        raise NotProved(Phrase("la TVA ou le total toutes taxes comprises ne correspond pas au total hors taxes"))
    return table


def _by_rate(rows: Sequence[_Row], taxes: Mapping[Decimal, Decimal], gross: Decimal) -> Table:
    only = next(iter(taxes)) if len(taxes) == 1 else None
    rates = [row.rate if row.rate is not None else only for row in rows]
    if None in rates:
        raise NotProved(Phrase("plusieurs taux de TVA : chaque ligne doit porter le sien"))
    if set(rates) != set(taxes):
        raise NotProved(Phrase("les taux de TVA des lignes ne sont pas ceux des totaux"))
    lines = tuple(
        InvoiceLine(row.label, row.quantity, row.price, row.amount, rate)
        for row, rate in zip(rows, rates, strict=True)
        if rate is not None
    )
    parts = tuple(
        VatPart(rate, sum((line.net for line in lines if line.vat_rate == rate), Decimal(0)), tax)
        for rate, tax in sorted(taxes.items())
    )
    return Table(lines, parts, gross)
