"""The page behind a quote on which the client's choice is written by their signature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils import translation
from django.utils.translation import gettext as _

from pli.kit.money import plain, spell, spell_number
from pli.pdf.api import FormBox, OrderForm, OrderRow, draw_order_form
from pli.quotes.offers import Choice, OfferedLine, add_up

_NOT_TAKEN = "—"


@dataclass(frozen=True)
class OrderPages:
    """The pages, and each box in words; ``boxes`` count their pages from the first of these."""

    pdf: bytes
    page_count: int
    boxes: tuple[tuple[FormBox, str], ...]


def draw_order_pages(title: str, lines: Sequence[OfferedLine], language: str, *, made_at: datetime) -> OrderPages:
    """The empty order form of a quote, in the client's language."""
    with translation.override(language):
        rows = [
            OrderRow(
                str(position), line.label, _detail(line, language), spell(line.unit_price, language, places=4),
                _percent(line.vat_rate, language),
            )
            for position, line in enumerate(lines, start=1)
        ]  # fmt: skip
        form = OrderForm(
            language=language, title=_("Votre commande"), reference=title,
            introduction=_("Cette page fait partie du devis. Les quantités et les montants y sont écrits par la "
                           "signature du client, d’après ses choix."),
            columns=(_("Quantité"), _("Désignation"), _("Prix unitaire HT"), _("TVA"), _("Total HT")),
            rows=rows, totals=[*_totals(lines, language).items()],
        )  # fmt: skip
        drawn = draw_order_form(form, made_at=made_at)
        words = _words(lines, language)
    return OrderPages(drawn.pdf, drawn.page_count, tuple((box, words[box.name]) for box in drawn.boxes))


def fill_order_pages(lines: Sequence[OfferedLine], choice: Choice, language: str) -> Mapping[str, str]:
    """What is written into each box, by its name."""
    told = add_up(lines, choice)
    given = {"net": spell(told.net, language), "total": spell(told.total, language)}
    given |= {f"vat:{plain(one.rate)}": spell(one.amount, language) for one in told.vat}
    for position in told.nets:
        quantity = choice.get(position, Decimal(0))
        given[f"quantity:{position}"] = spell_number(Decimal(plain(quantity)), language) if quantity else _NOT_TAKEN
        given[f"net:{position}"] = spell(told.nets[position], language) if quantity else _NOT_TAKEN
    return given


def _totals(lines: Sequence[OfferedLine], language: str) -> dict[str, str]:
    rates = sorted({line.vat_rate for line in lines})
    vat = {f"vat:{plain(rate)}": f"{_('TVA')} {_percent(rate, language)}" for rate in rates}
    return {"net": _("Total HT"), **vat, "total": _("Total TTC")}


def _words(lines: Sequence[OfferedLine], language: str) -> dict[str, str]:
    found = dict(_totals(lines, language))
    for position, line in enumerate(lines, start=1):
        found[f"quantity:{position}"] = f"{_('Quantité')} {position} · {line.label}"
        found[f"net:{position}"] = f"{_('Total HT')} {position} · {line.label}"
    return {name: text[:100] for name, text in found.items()}


def _detail(line: OfferedLine, language: str) -> str:
    said = []
    if line.group:
        said.append(_("au choix : %(group)s") % {"group": line.group})
    elif line.is_optional:
        said.append(_("en option"))
    if not line.is_fixed:
        least, most = (spell_number(Decimal(plain(one)), language) for one in (line.minimum, line.maximum))
        said.append(_("de %(least)s à %(most)s") % {"least": least, "most": most})
    return " · ".join(said)


def _percent(rate: Decimal, language: str) -> str:
    text = spell_number(Decimal(plain(rate)), language)
    return f"{text}%" if language == "en" else f"{text}\u00a0%"
