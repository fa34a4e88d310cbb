"""The forms of accounts. What is right is decided by the services; these carry words and widgets."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pli.billing.api import Buyer, EntryFilter, EntryKind, Meter, SellerFacts, Terms, WhenEmpty
from pli.office.lists import ListFilter

GIGABYTE = 10**9


class EntriesFilter(ListFilter):
    """The statement's filter, read from the page's address."""

    offered = {"kind": EntryKind.choices, "meter": Meter.choices}
    q = forms.CharField(label=gettext_lazy("Motif ou référence"), required=False, max_length=200)
    kind = forms.ChoiceField(label=gettext_lazy("Genre"), required=False)
    meter = forms.ChoiceField(label=gettext_lazy("Consommation"), required=False)
    since = forms.DateField(
        label=gettext_lazy("Du"), required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    until = forms.DateField(
        label=gettext_lazy("Au"), required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )

    def wanted(self) -> EntryFilter:
        """The filter."""
        text, kind, meter = self.words("q", "kind", "meter")
        since, until = self.days("since", "until")
        return EntryFilter(text, kind, meter, since, until)


class AccountForm(forms.Form):
    """What an organisation chooses for its own account."""

    threshold = forms.DecimalField(
        label=gettext_lazy("Seuil d’alerte (€)"), max_digits=10, decimal_places=2, localize=True,
        help_text=gettext_lazy("Un e-mail part aux administrateurs quand le solde passe dessous. Par défaut : 10 €."),
    )  # fmt: skip
    name = forms.CharField(
        label=gettext_lazy("Nom sur les factures"), required=False, max_length=200,
        help_text=gettext_lazy("Vide : le nom de l’organisation."),
    )  # fmt: skip
    address = forms.CharField(
        label=gettext_lazy("Adresse de facturation"), required=False, max_length=400,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip
    vat_number = forms.CharField(label=gettext_lazy("N° de TVA"), required=False, max_length=20)

    def buyer(self) -> Buyer:
        """Whom invoices name."""
        kept = self.cleaned_data
        return Buyer(kept["name"], kept["address"], kept["vat_number"])


class CreditForm(forms.Form):
    """Money added by hand."""

    amount = forms.DecimalField(
        label=gettext_lazy("Montant TTC (€)"), max_digits=10, decimal_places=2, localize=True,
        help_text=gettext_lazy("Un montant négatif le reprend."),
    )  # fmt: skip
    reason = forms.CharField(
        label=gettext_lazy("Motif"), max_length=300, help_text=gettext_lazy("Il est inscrit au compte, pour toujours.")
    )
    key = forms.CharField(max_length=60, widget=forms.HiddenInput())


class TermsForm(forms.Form):
    """What is decided for an account."""

    is_metered = forms.BooleanField(
        label=gettext_lazy("Compter et débiter ce qui est consommé"), required=False,
        help_text=gettext_lazy("Décoché : rien n’est compté, débité ni bloqué, et aucune alerte ne part. "
                               "Ce qui est déjà au relevé y reste. Par défaut : coché."),
    )  # fmt: skip
    when_empty = forms.ChoiceField(
        label=gettext_lazy("Quand le compte est épuisé"), choices=WhenEmpty.choices, widget=forms.RadioSelect()
    )
    quota = forms.DecimalField(
        label=gettext_lazy("Espace de stockage (Go)"), required=False, max_digits=12, decimal_places=3, localize=True,
        min_value=0, help_text=gettext_lazy("Vide : sans limite. Les fichiers signés ne comptent pas."),
    )  # fmt: skip

    def quota_bytes(self) -> int | None:
        """The quota in bytes; None for none."""
        quota: Decimal | None = self.cleaned_data["quota"]
        return None if quota is None else int(quota * GIGABYTE)


class PriceForm(forms.Form):
    """A price from a day on."""

    organisation = forms.ChoiceField(label=gettext_lazy("Pour"), required=False)
    meter = forms.ChoiceField(label=gettext_lazy("Consommation"), choices=Meter.choices)
    amount = forms.DecimalField(
        label=gettext_lazy("Prix unitaire HT (€)"), max_digits=10, decimal_places=3, localize=True, min_value=0
    )
    vat_rate = forms.DecimalField(
        label=gettext_lazy("Taux de TVA (%)"), max_digits=5, decimal_places=2, localize=True, initial=Decimal("20.00")
    )
    free_count = forms.IntegerField(label=gettext_lazy("Gratuits, les premiers"), min_value=0, initial=0)
    free_days = forms.IntegerField(label=gettext_lazy("sur tant de jours glissants"), min_value=0, initial=0)
    effective_from = forms.DateField(
        label=gettext_lazy("À partir du"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text=gettext_lazy("Demain au plus tôt : ce qui est consommé garde son prix."),
    )  # fmt: skip

    def __init__(self, *args: Any, organisations: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["organisation"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", _("Toutes les organisations")), *organisations]

    def terms(self) -> Terms:
        """What was typed, for the service."""
        kept = self.cleaned_data
        return Terms(kept["amount"], kept["vat_rate"], kept["free_count"], kept["free_days"])


class SellerForm(forms.Form):
    """Who invoices come from."""

    name = forms.CharField(label=gettext_lazy("Nom du vendeur"), required=False, max_length=200)
    address = forms.CharField(
        label=gettext_lazy("Adresse"), required=False, max_length=400, widget=forms.Textarea(attrs={"rows": 3})
    )
    siren = forms.CharField(label=gettext_lazy("SIREN"), required=False, max_length=20)
    vat_number = forms.CharField(label=gettext_lazy("N° de TVA"), required=False, max_length=20)
    legal = forms.CharField(
        label=gettext_lazy("Forme, capital, registre"), required=False, max_length=300,
        help_text=gettext_lazy("Par exemple : SAS au capital de 10 000 €, RCS Nantes 732 829 320"),
    )  # fmt: skip
    iban = forms.CharField(label=gettext_lazy("IBAN"), required=False, max_length=42)
    terms = forms.CharField(
        label=gettext_lazy("Mentions de paiement"), required=False, max_length=600,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip

    def facts(self) -> SellerFacts:
        """What was typed, for the service."""
        return SellerFacts(**self.cleaned_data)
