"""The forms of parties. What is right is decided by the services; these carry words and widgets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from pli.parties.api import ADDRESS_FIELDS, PARTY_FIELDS, Consent

_IDENTITY = ("code", "name", "siren", "siret", "vat_number", "ibans", "language")
_REACH = ("email", "email_quotes", "email_invoices", "email_reminders", "mobile")


def _text(label: Any, *, required: bool = False, help_text: Any = "", **attrs: str) -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": "off", **attrs})
    return forms.CharField(label=label, required=required, help_text=help_text, max_length=254, widget=widget)


def _email(label: Any, help_text: Any = "") -> forms.CharField:
    widget = forms.EmailInput(attrs={"autocomplete": "off"})
    return forms.CharField(label=label, required=False, help_text=help_text, max_length=254, widget=widget)


class PartyForm(forms.Form):
    """Identity, e-mails, address."""

    code = _text(_("Code"), required=True, help_text=_("Celui de votre logiciel de gestion ; unique."))
    name = _text(_("Nom ou raison sociale"), required=True)
    siren = _text(_("SIREN"), inputmode="numeric")
    siret = _text(_("SIRET"), inputmode="numeric")
    vat_number = _text(_("N° de TVA intracommunautaire"))
    ibans = _text(_("IBAN"), help_text=_("Pour reconnaître ses factures ; plusieurs : séparés par des virgules."))
    language = forms.ChoiceField(label=_("Langue de ses messages"), choices=settings.LANGUAGES, initial="fr")
    email = _email(_("E-mail principal"))
    email_quotes = _email(_("E-mail pour les devis"), _("Vide : l’e-mail principal."))
    email_invoices = _email(_("E-mail pour les factures"), _("Vide : l’e-mail principal."))
    email_reminders = _email(_("E-mail pour les relances"), _("Vide : l’e-mail principal."))
    mobile = _text(_("Mobile"), inputmode="tel", help_text=_("Pour les codes par SMS, comme 06 12 34 56 78."))
    line_1 = _text(_("Adresse"), help_text=_("38 caractères par ligne au plus."))
    line_2 = _text(_("Adresse (ligne 2)"))
    line_3 = _text(_("Adresse (ligne 3)"))
    line_4 = _text(_("Adresse (ligne 4)"))
    postcode = _text(_("Code postal"), inputmode="numeric")
    city = _text(_("Ville"))
    country = forms.ChoiceField(label=_("Pays"), required=False, initial="FR")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        country = self.fields["country"]
        if isinstance(country, forms.ChoiceField):
            country.choices = _countries(get_language() or "fr")

    def groups(self) -> list[tuple[Any, list[forms.BoundField]]]:
        """The fields under their titles."""
        parts = ((_("Identité"), _IDENTITY), (_("Pour le joindre"), _REACH), (_("Adresse postale"), ADDRESS_FIELDS))
        return [(title, [self[name] for name in names]) for title, names in parts]

    def values(self) -> dict[str, str]:
        """What was typed, for the service."""
        return {name: str(self.cleaned_data.get(name, "")) for name in (*PARTY_FIELDS, *ADDRESS_FIELDS)}


class ContactForm(forms.Form):
    """A person at a party."""

    name = _text(_("Nom"), required=True)
    email = _email(_("E-mail"))
    mobile = _text(_("Mobile"), inputmode="tel")
    job_title = _text(_("Fonction"))


class ConsentForm(forms.Form):
    """What the party said of receiving documents electronically."""

    consent = forms.ChoiceField(label=_("Envoi électronique"), choices=Consent.choices)
    stated_on = forms.DateField(
        label=_("Le"),
        required=False,
        help_text=_("Vide : aujourd’hui."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class AccessForm(forms.Form):
    """Whom the portal opens to."""

    name = _text(_("Nom"), required=True)
    email = _email(_("E-mail"), _("Vide : un code à imprimer sera remis par lettre."))


def _countries(language: str) -> list[tuple[str, str]]:
    from babel import Locale

    names: Mapping[Any, str] = Locale(language).territories
    found = [(str(code), name) for code, name in names.items() if len(str(code)) == 2 and str(code).isalpha()]
    return sorted(found, key=lambda pair: (pair[0] != "FR", pair[1]))
