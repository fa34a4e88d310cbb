"""The forms of an import."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from pli.parties.api import IMPORT_FIELDS, PartyImport, PartyKind, field_label


class DropForm(forms.Form):
    """The file, and what it lists."""

    kind = forms.ChoiceField(label=_("Cette liste contient des"), choices=PartyKind.choices)
    file = forms.FileField(label=_("Fichier Excel (.xlsx) ou CSV"), max_length=200)


class ColumnsForm(forms.Form):
    """Which column says what: one choice a field, guessed from the headers."""

    clears_empty = forms.BooleanField(
        label=_("Une case vide efface ce qui est connu"),
        required=False,
        help_text=_("Sinon, une case vide ne change rien."),
    )

    def __init__(self, *args: Any, made: PartyImport, **kwargs: Any) -> None:
        initial = {f"column_{name}": str(position) for name, position in made.mapping.items()}
        kwargs["initial"] = {**initial, "clears_empty": made.clears_empty}
        super().__init__(*args, **kwargs)
        choices = [("", "—"), *((str(n), header or f"{n + 1}") for n, header in enumerate(made.headers))]
        for name in IMPORT_FIELDS:
            self.fields[f"column_{name}"] = forms.ChoiceField(
                label=field_label(name), choices=choices, required=name in ("code", "name")
            )

    def columns(self) -> list[forms.BoundField]:
        """The choices, in the order of the record."""
        return [self[f"column_{name}"] for name in IMPORT_FIELDS]

    def mapping(self) -> dict[str, int]:
        """Field → position."""
        chosen = {name: self.cleaned_data.get(f"column_{name}", "") for name in IMPORT_FIELDS}
        return {name: int(position) for name, position in chosen.items() if position}
