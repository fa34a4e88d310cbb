"""A client or supplier created from the desk: what identifies it, the rest can wait."""

from __future__ import annotations

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from pli.parties.api import PartyKind


class NewPartyForm(forms.Form):
    """The few things a record can't do without, and its numbers when they are on the page."""

    party_kind = forms.ChoiceField(label=_("Fiche"), choices=PartyKind.choices, initial=PartyKind.SUPPLIER)
    name = forms.CharField(label=_("Nom ou raison sociale"), max_length=254)
    code = forms.CharField(label=_("Code"), max_length=254, help_text=_("Celui de votre logiciel de gestion ; unique."))
    siren = forms.CharField(label=_("SIREN"), max_length=254, required=False)
    ibans = forms.CharField(label=_("IBAN"), max_length=254, required=False)
    vat_number = forms.CharField(label=_("N° de TVA intracommunautaire"), max_length=254, required=False)

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data, auto_id="new-party-%s")
