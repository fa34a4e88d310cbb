"""The lines a quote offers to choose from, as they are typed when it is sent."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pli.quotes.api import MOST_LINES, OfferedLine

TAKEN, OTHER, OPTION_TAKEN, OPTION = "taken", "other", "option-taken", "option"
CHOICES = (
    (TAKEN, gettext_lazy("Comprise")),
    (OTHER, gettext_lazy("Autre choix du groupe")),
    (OPTION_TAKEN, gettext_lazy("En option, cochée")),
    (OPTION, gettext_lazy("En option, non cochée")),
)
PREFIX = "lines"
_ROWS = f"{PREFIX}-TOTAL_FORMS"


def _number(label: Any, *, places: int, digits: int, **others: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=label, decimal_places=places, max_digits=digits, required=False, localize=True, **others
    )


class LineForm(forms.Form):
    """One line; a row without a name and without a price is none."""

    label = forms.CharField(label=gettext_lazy("Désignation"), max_length=120, required=False)
    unit_price = _number(gettext_lazy("Prix unitaire HT (€)"), places=4, digits=12)
    vat_rate = _number(gettext_lazy("Taux de TVA (%)"), places=2, digits=5, initial=Decimal(20))
    quantity = _number(gettext_lazy("Quantité"), places=3, digits=9, initial=Decimal(1))
    minimum = _number(gettext_lazy("Minimum"), places=3, digits=9)
    maximum = _number(gettext_lazy("Maximum"), places=3, digits=9)
    choice = forms.ChoiceField(label=gettext_lazy("Choix du client"), choices=CHOICES, required=False)
    group = forms.CharField(label=gettext_lazy("Groupe"), max_length=60, required=False)

    def clean(self) -> dict[str, Any]:
        kept: dict[str, Any] = self.cleaned_data
        if not kept.get("label") and kept.get("unit_price") is None:
            return kept
        for name in ("label", "unit_price", "vat_rate", "quantity"):
            if kept.get(name) in (None, "") and name not in self.errors:
                self.add_error(name, _("Ce champ est obligatoire."))
        if kept.get("choice") == OTHER and not kept.get("group"):
            self.add_error("group", _("Nommez le groupe dont cette ligne est un choix."))
        return kept

    def offered(self) -> OfferedLine | None:
        """The line, once valid; None for an empty row."""
        kept = self.cleaned_data
        if not kept.get("label"):
            return None
        quantity: Decimal = kept["quantity"]
        given = [kept[name] for name in ("minimum", "maximum")]
        minimum, maximum = (quantity if one is None else one for one in given)
        choice = kept["choice"] or TAKEN
        usual = quantity if choice in (TAKEN, OPTION_TAKEN) else Decimal(0)
        is_optional = choice in (OPTION_TAKEN, OPTION)
        return OfferedLine(
            kept["label"], kept["unit_price"], kept["vat_rate"], usual, minimum, maximum, is_optional, kept["group"]
        )


LineSet = forms.formset_factory(LineForm, extra=0, max_num=MOST_LINES, absolute_max=MOST_LINES)


def read_line_set(fields: QueryDict | None) -> forms.BaseFormSet[LineForm]:
    """The rows of the form, with one more when « Ajouter une ligne » was pressed."""
    if fields is None:
        return LineSet(prefix=PREFIX)
    data = fields.copy()
    is_new = False
    rows = data.get(_ROWS, "")
    count = int(rows) if rows.isascii() and rows.isdigit() and len(rows) < 4 else 0
    if fields.get("more") == "line" and count < MOST_LINES:
        data[f"{PREFIX}-{count}-vat_rate"], data[f"{PREFIX}-{count}-quantity"] = "20", "1"
        count, is_new = count + 1, True
    data[_ROWS] = str(min(MOST_LINES, count))
    data.setdefault(f"{PREFIX}-INITIAL_FORMS", "0")
    made = LineSet(data, prefix=PREFIX)
    if is_new:
        # Whoever asked for a line goes on writing in it, by the keyboard too.
        made.forms[-1].fields["label"].widget.attrs["autofocus"] = True
    return made


def offered_in(rows: forms.BaseFormSet[LineForm]) -> tuple[OfferedLine, ...]:
    """The lines of rows that are valid."""
    return tuple(line for line in (row.offered() for row in rows) if line is not None)
