"""The lines and totals of an invoice read from its page, believed only when they prove each other.

A row counts when quantity × price is its amount; the rows must add up to the net total, the tax be its rate of it, and
net and tax make the gross total. Anything less, and there is no invoice: data sent to a tax office is not guessed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

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
_PLAIN = re.compile(r"-?\d{1,9}(?:[.,]\d{1,4})?$")
_MOST_ROWS = 500
_NARROW = 0.7
"""Line heights between two columns of figures: more than a space in a number, less than between columns of text."""


class NotProved(ValueError):
    """The page's figures do not prove each other; its text is a French sentence."""


def rounded(amount: Decimal) -> Decimal:
    """To cents, halves away from zero, as EN 16931 wants."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def read_table(sheets: Sequence[Sheet]) -> tuple[tuple[InvoiceLine, ...], VatPart, Decimal]:
    """The lines, the one VAT rate with its base and tax, and the gross total.

    :raises NotProved: saying what is missing or does not add up.
    """
    lines = [(sheet, line) for sheet in sheets for line in sheet.lines]
    rows: list[tuple[str, Decimal, Decimal, Decimal]] = []
    net: Decimal | None = None
    gross: Decimal | None = None
    taxes: list[tuple[Decimal, Decimal]] = []
    in_table = False
    for sheet, line in lines:
        said = fold(line.text)
        amounts = [Decimal(found.value) for found in find_values("amount", line.text) if found.certainty == 1]
        if said.startswith(_HEADINGS):
            in_table = True
        elif said.startswith(_NET) and amounts:
            net, in_table = amounts[-1], False
        elif (rate := _TAX.match(plain_spaces(line.text))) and amounts:
            taxes.append((Decimal(rate[1].replace(",", ".")), amounts[-1]))
        elif said.startswith(_GROSS) and amounts:
            gross = gross or amounts[-1]
        elif in_table and len(rows) < _MOST_ROWS and (row := _row(line, sheet)) is not None:
            rows.append(row)
    return _proved(rows, net, taxes, gross)


def _row(line: Line, sheet: Sheet) -> tuple[str, Decimal, Decimal, Decimal] | None:
    """Label, quantity, unit price, amount: the last three columns are figures, and the first two make the third."""
    columns = columns_of(line.words, line.height * sheet.ratio, gap=_NARROW)
    texts = [" ".join(word.text for word in column) for column in columns]
    if len(texts) < 4:
        return None
    # The label may be parted too: only its last three neighbours are figures.
    values = [_figure(text) for text in texts[-3:]]
    if any(value is None for value in values):
        return None
    quantity, price, amount = (value for value in values if value is not None)
    if not quantity or rounded(quantity * price) != amount:
        return None
    return " ".join(texts[:-3])[:200], quantity, price, amount


def _figure(text: str) -> Decimal | None:
    found = next(iter(find_values("amount", text)), None)
    if found is not None and found.certainty == 1:
        return Decimal(found.value)
    plain = plain_spaces(text).replace(" ", "").removesuffix("€")
    return Decimal(plain.replace(",", ".")) if _PLAIN.match(plain) else None


def _proved(
    rows: Sequence[tuple[str, Decimal, Decimal, Decimal]],
    net: Decimal | None,
    taxes: Sequence[tuple[Decimal, Decimal]],
    gross: Decimal | None,
) -> tuple[tuple[InvoiceLine, ...], VatPart, Decimal]:
    if not rows:
        raise NotProved("les lignes de la facture n’ont pas été lues (désignation, quantité, prix, montant)")
    if net is None or gross is None:
        raise NotProved("le total hors taxes ou toutes taxes comprises n’a pas été lu")
    if len(taxes) != 1:
        raise NotProved("un seul taux de TVA est pris en charge, et il doit être écrit avec son montant")
    rate, tax = taxes[0]
    if sum((row[3] for row in rows), Decimal(0)) != net:
        raise NotProved("la somme des lignes n’est pas le total hors taxes")
    if rounded(net * rate / 100) != tax or net + tax != gross:
        raise NotProved("la TVA ou le total toutes taxes comprises ne correspond pas au total hors taxes")
    lines = tuple(InvoiceLine(label, quantity, price, amount, rate) for label, quantity, price, amount in rows)
    return lines, VatPart(rate, net, tax, "S" if rate else "Z"), gross
