"""The forms of the printers."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from pli.documents.api import kinds_of
from pli.parties.api import StaffActor
from pli.processing.api import recipes_for


class PrinterForm(forms.Form):
    """What a printer is called and what becomes of what is printed."""

    name = forms.CharField(
        label=_("Nom"), max_length=60, help_text=_("Celui que l’on choisit dans la fenêtre d’impression.")
    )
    kind = forms.ChoiceField(label=_("Ce qui y est imprimé est"))
    recipe = forms.ChoiceField(
        label=_("Traitement"), required=False, help_text=_("La recette que suit ce qui y est imprimé.")
    )
    asks_first = forms.ChoiceField(
        label=_("Après l’impression"),
        choices=[
            ("", _("Classer tout seul")),
            ("yes", _("Demander à l’écran : la nature et le client se confirment dans « Mes impressions »")),
        ],
        widget=forms.RadioSelect,
        required=False,
    )
    is_announced = forms.BooleanField(
        label=_("L’annoncer sur le réseau local"),
        required=False,
        help_text=_(
            "Les téléphones et les ordinateurs la trouvent seuls. Toute personne reliée à ce réseau peut alors y"
            " imprimer."
        ),
    )

    def __init__(self, *args: object, actor: StaffActor, may_announce: bool, **more: object) -> None:
        super().__init__(*args, **more)  # type: ignore[arg-type]
        self.fields["kind"].choices = kind_choices(actor.organisation_id)  # type: ignore[attr-defined]
        offer_recipes(self, recipe_choices(actor))
        if not may_announce:
            del self.fields["is_announced"]


class NewPrinterForm(PrinterForm):
    """The same, and for whom."""

    is_shared = forms.ChoiceField(
        label=_("Pour"),
        choices=[
            ("", _("Moi seul : personne d’autre ne voit son adresse")),
            ("yes", _("Toute l’équipe : chacun l’installe, voit ce qui y est imprimé et peut le classer")),
        ],
        widget=forms.RadioSelect,
        required=False,
    )
    field_order = ("name", "is_shared", "kind", "recipe", "asks_first", "is_announced")

    def __init__(self, *args: object, may_share: bool, **more: object) -> None:
        super().__init__(*args, **more)  # type: ignore[arg-type]
        if not may_share:
            del self.fields["is_shared"]


class ConfirmForm(forms.Form):
    """What a printed document is, and whose."""

    title = forms.CharField(label=_("Titre"), max_length=200, required=False)
    kind = forms.ChoiceField(label=_("Nature"))
    recipe = forms.ChoiceField(label=_("Traitement"), required=False, help_text=_("La recette que suit ce document."))

    def __init__(self, *args: object, actor: StaffActor, has_recipe: bool, **more: object) -> None:
        super().__init__(*args, **more)  # type: ignore[arg-type]
        self.fields["kind"].choices = kind_choices(actor.organisation_id)  # type: ignore[attr-defined]
        choices = recipe_choices(actor)
        # A job whose printer names a recipe goes through one: it can be another, not none.
        offer_recipes(self, choices[1:] if has_recipe else choices)


def offer_recipes(form: forms.Form, choices: list[tuple[str, str]]) -> None:
    """The recipes there are; the field goes away where there is nothing to choose."""
    if all(not value for value, _name in choices):
        del form.fields["recipe"]
        return
    form.fields["recipe"].choices = choices  # type: ignore[attr-defined]


def recipe_choices(actor: StaffActor) -> list[tuple[str, str]]:
    """« The kind's own » first, then the active recipes."""
    found = recipes_for(actor).filter(is_active=True)
    return [("", gettext("Selon la nature")), *((str(one.id), one.name) for one in found)]


def kind_choices(organisation_id: UUID) -> list[tuple[str, str]]:
    """The organisation's kinds in the reader's language."""
    is_english = (get_language() or "").startswith("en")
    return [(kind.slug, kind.name_en if is_english else kind.name_fr) for kind in kinds_of(organisation_id)]
