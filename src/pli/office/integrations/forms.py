"""The forms of Réglages › API."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from pli.api.api import PUBLIC_TYPES, SCOPES

LIFETIMES = (("30", _("30 jours")), ("90", _("90 jours")), ("365", _("un an")), ("", _("sans fin")))


class TokenForm(forms.Form):
    """What a new token is for, what it may do, for how long."""

    name = forms.CharField(label=_("À quoi il sert"), max_length=80, help_text=_("Par exemple : logiciel de gestion."))
    scopes = forms.MultipleChoiceField(
        label=_("Droits"), choices=[(name, word) for name, word in SCOPES.items()], widget=forms.CheckboxSelectMultiple
    )
    lifetime = forms.ChoiceField(label=_("Valable"), choices=LIFETIMES, initial="365", required=False)


class WebhookForm(forms.Form):
    """Which address is told of what."""

    name = forms.CharField(label=_("Nom"), max_length=80, required=False)
    url = forms.CharField(
        label=_("Adresse"), max_length=1000, widget=forms.URLInput(attrs={"placeholder": "https://"}),
        help_text=_("Une adresse https publique de votre propre logiciel."),
    )  # fmt: skip
    event_types = forms.MultipleChoiceField(
        label=_("Événements"), choices=[(name, name) for name in PUBLIC_TYPES], widget=forms.CheckboxSelectMultiple
    )
