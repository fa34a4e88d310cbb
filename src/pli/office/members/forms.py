"""The forms of the team."""

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from pli.parties.api import Role


class InviteForm(forms.Form):
    """Whom to invite, and as what."""

    name = forms.CharField(label=_("Nom"), max_length=200)
    email = forms.CharField(label=_("E-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    role = forms.ChoiceField(label=_("Rôle"), choices=Role.choices, initial=Role.MEMBER)
    language = forms.ChoiceField(label=_("Langue"), choices=settings.LANGUAGES, initial="fr")


class RoleForm(forms.Form):
    """What a member may do from now on."""

    role = forms.ChoiceField(label=_("Rôle"), choices=Role.choices)
