"""The forms of the settings. What is right is decided by the services; these carry words and widgets."""

from __future__ import annotations

from typing import Any, TypeAlias
from uuid import UUID

from django import forms
from django.conf import settings
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from pli.documents.api import FIELD_TYPES, DocumentKind, KindField, KindWishes
from pli.office.access import read_uuid
from pli.office.recipes.offering import offer_recipes
from pli.parties.api import StaffActor

FIELD_TYPE_WORDS = {
    "text": _("Texte"), "date": _("Date"), "amount": _("Montant"), "integer": _("Nombre entier"),
    "siren": _("SIREN"), "siret": _("SIRET"), "vat": _("N° de TVA"), "iban": _("IBAN"),
}  # fmt: skip
EMPTY_ROWS = 3


class OrganisationForm(forms.Form):
    """Who the organisation is."""

    name = forms.CharField(
        label=_("Nom"), max_length=200, help_text=_("Affiché à vos clients et aux signataires, et porté par le cachet.")
    )
    siren = forms.CharField(
        label=_("SIREN"), required=False, max_length=20, widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        help_text=_("9 chiffres ; figure dans le cachet et les fichiers de preuve."),
    )  # fmt: skip
    contact_email = forms.CharField(
        label=_("Adresse e-mail de contact"), required=False, max_length=254, widget=forms.EmailInput(),
        help_text=_("Les réponses à vos messages y arrivent. Vide : elles ne vont nulle part."),
    )  # fmt: skip
    vat = forms.CharField(
        label=_("N° de TVA intracommunautaire"), required=False, max_length=30,
        help_text=_("Sert à reconnaître vos propres factures, et figure dans vos Factur-X. Ainsi : FR83404833048."),
    )  # fmt: skip
    iban = forms.CharField(
        label=_("IBAN"), required=False, max_length=60,
        help_text=_("Le compte où vos clients vous règlent ; figure dans vos Factur-X."),
    )  # fmt: skip
    address = forms.CharField(
        label=_("Adresse postale"), required=False, max_length=400, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("La dernière ligne : le code postal et la ville. Figure dans vos Factur-X."),
    )  # fmt: skip
    language = forms.ChoiceField(
        label=_("Langue par défaut"), choices=settings.LANGUAGES,
        help_text=_("Celle des messages quand on ne connaît pas celle du destinataire. Par défaut : français."),
    )  # fmt: skip
    colour = forms.CharField(
        label=_("Couleur de la marque"), required=False, max_length=7,
        widget=forms.TextInput(
            attrs={
                "placeholder": "#1f3a8a", "spellcheck": "false", "hx-get": reverse_lazy("settings:colour"),
                "hx-trigger": "input changed delay:200ms", "hx-target": "#colour-preview", "hx-swap": "outerHTML",
            }
        ),
        help_text=_("Boutons et liens du portail, des pages de signature et des e-mails. Vide : le bleu de Pli."),
    )  # fmt: skip


class LogoForm(forms.Form):
    """The image of the company."""

    logo = forms.FileField(
        label=_("Image"), widget=forms.ClearableFileInput(attrs={"accept": "image/png,image/jpeg"}),
        help_text=_("PNG ou JPEG, 5 Mo au plus. Elle est recadrée et posée sur fond blanc."),
    )  # fmt: skip


class SealForm(forms.Form):
    """A certificate with its key, and the password that opens them once."""

    certificate = forms.FileField(
        label=_("Fichier du certificat"), widget=forms.ClearableFileInput(attrs={"accept": ".p12,.pfx"}),
        help_text=_("PKCS#12, terminé par .p12 ou .pfx."),
    )  # fmt: skip
    password = forms.CharField(
        label=_("Mot de passe du fichier"), required=False, max_length=500, strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("Il sert une fois, maintenant ; il n’est ni conservé ni journalisé."),
    )  # fmt: skip


class KindForm(forms.Form):
    """A kind's words and rules."""

    name_fr = forms.CharField(label=_("Nom en français"), max_length=80)
    name_en = forms.CharField(
        label=_("Nom en anglais"), max_length=80, required=False, help_text=_("Vide : le nom français.")
    )
    recipe = forms.ChoiceField(
        label=_("Traitement"), required=False,
        help_text=_("La recette que suivent les fichiers de cette nature quand rien d’autre n’en dit une."),
    )  # fmt: skip
    retention_years = forms.IntegerField(
        label=_("Durée de conservation (années)"), min_value=1, max_value=100, initial=10,
        help_text=_(
            "Comptée de la fin de l’année d’archivage. Par défaut : 10. Un document déjà archivé garde sa durée."
        ),
    )  # fmt: skip
    is_shown_in_portal = forms.BooleanField(
        label=_("Visible dans le portail une fois signé"), required=False, initial=True,
        help_text=_("Par défaut : oui. Sinon, le document n’y paraît que si vous le publiez vous-même."),
    )  # fmt: skip
    is_active = forms.BooleanField(
        label=_("Proposée"), required=False, initial=True,
        help_text=_("Par défaut : oui. Sinon, elle n’est plus proposée ; ses documents restent."),
    )  # fmt: skip

    def __init__(self, *args: Any, actor: StaffActor, kind: DocumentKind | None, **more: Any) -> None:
        super().__init__(*args, **more)
        self._former = kind.recipe_id if kind else None
        offer_recipes(self, actor, kept=self._former)
        if "recipe" in self.fields:
            self.fields["recipe"].choices[0] = ("", _("Aucune : classer tel quel"))  # type: ignore[attr-defined]

    def recipe_id(self) -> UUID | None:
        """The recipe chosen; where none could be, the one there was."""
        return read_uuid(self.cleaned_data["recipe"]) if "recipe" in self.fields else self._former

    def wishes(self, lines: Lines) -> KindWishes:
        """All that was typed, for the service."""
        kept = self.cleaned_data
        return KindWishes(
            name_fr=kept["name_fr"],
            name_en=kept["name_en"],
            fields=fields_wanted(lines),
            retention_years=kept["retention_years"],
            is_shown_in_portal=kept["is_shown_in_portal"],
            is_active=kept["is_active"],
        )


class FieldForm(forms.Form):
    """One fact of a kind; a line left empty is no fact."""

    name = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput())
    label_fr = forms.CharField(label=_("Métadonnée"), required=False, max_length=80)
    label_en = forms.CharField(label=_("En anglais"), required=False, max_length=80)
    type = forms.ChoiceField(label=_("Type"), choices=[(name, FIELD_TYPE_WORDS[name]) for name in FIELD_TYPES])
    is_required = forms.BooleanField(label=_("Obligatoire"), required=False)
    is_removed = forms.BooleanField(label=_("Retirer"), required=False)


KindFields = forms.formset_factory(FieldForm, extra=EMPTY_ROWS, max_num=60)
# Django takes no parameter when it runs, only when it is checked.
Lines: TypeAlias = "forms.BaseFormSet[FieldForm]"


def fields_wanted(lines: Lines) -> list[KindField]:
    """The lines that say something."""
    return [
        KindField(
            label_fr=line["label_fr"], label_en=line["label_en"], type=line["type"],
            is_required=line["is_required"], name=line["name"],
        )
        for line in (form.cleaned_data for form in lines.forms)
        if line and not line["is_removed"] and (line["label_fr"] or line["name"])
    ]  # fmt: skip


def kind_initial(kind: DocumentKind) -> dict[str, Any]:
    """What the form shows of a kind."""
    names = ("name_fr", "name_en", "retention_years", "is_shown_in_portal", "is_active")
    return {name: getattr(kind, name) for name in names} | {"recipe": str(kind.recipe_id or "")}


def fields_initial(kind: DocumentKind) -> list[dict[str, Any]]:
    """What the lines show of a kind's facts."""
    return [
        {
            "name": one["name"], "label_fr": one.get("label_fr", one["name"]), "label_en": one.get("label_en", ""),
            "type": one.get("type", "text"), "is_required": bool(one.get("required")),
        }
        for one in kind.fields
    ]  # fmt: skip
