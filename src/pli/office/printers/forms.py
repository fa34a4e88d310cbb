"""The forms of the printers."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from pli.documents.api import kinds_of
from pli.office.recipes.offering import offer_recipes
from pli.parties.api import StaffActor


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
            ("yes", _("Demander à l’écran : la nature et le client se confirment dans « Mes impressions »")),
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

    def __init__(
        self,
        *args: object,
        actor: StaffActor,
        may_announce: bool,
        recipe_id: UUID | None = None,
        **more: object,
    ) -> None:
        super().__init__(*args, **more)  # type: ignore[arg-type]
        self.fields["kind"].choices = kind_choices(actor.organisation_id)  # type: ignore[attr-defined]
        offer_recipes(self, actor, kept=recipe_id)
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

    def __init__(self, *args: object, actor: StaffActor, recipe_id: str, **more: object) -> None:
        super().__init__(*args, **more)  # type: ignore[arg-type]
        self.fields["kind"].choices = kind_choices(actor.organisation_id)  # type: ignore[attr-defined]
        # A job whose printer names a recipe goes through one: it can be another, not none.
        offer_recipes(self, actor, kept=recipe_id, has_none=not recipe_id)


def kind_choices(organisation_id: UUID) -> list[tuple[str, str]]:
    """The organisation's kinds in the reader's language."""
    is_english = (get_language() or "").startswith("en")
    return [(kind.slug, kind.name_en if is_english else kind.name_fr) for kind in kinds_of(organisation_id)]
