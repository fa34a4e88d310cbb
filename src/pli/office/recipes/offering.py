"""The recipes a form offers: those in service, and the one chosen before, even switched off."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.utils.translation import gettext as _

from pli.office.access import read_uuid
from pli.parties.api import StaffActor
from pli.processing.api import Recipe, recipes_for


def offer_recipes(
    form: forms.Form, actor: StaffActor, *, kept: UUID | str | None = None, has_none: bool = True
) -> None:
    """Fill the form's ``recipe`` with « the kind's own » (unless ``has_none`` is false) and the recipes in service.
    ``kept``, chosen before, is offered too when it was switched off since, and the form says what that does: saving
    the form for something else never drops it. The field goes away where there is nothing to choose."""
    former = chosen_recipe(actor, kept)
    found = list(recipes_for(actor).filter(is_active=True))
    if not found and former is None:
        del form.fields["recipe"]
        return
    field = form.fields["recipe"]
    choices = [("", _("Selon la nature"))] if has_none else []
    choices += [(str(one.id), one.name) for one in found]
    if former is not None and not former.is_active:
        choices.append((str(former.id), _("%(name)s (désactivée)") % {"name": former.name}))
        field.help_text = said_when_off()
    field.choices = choices  # type: ignore[attr-defined]


def chosen_recipe(actor: StaffActor, recipe_id: UUID | str | None) -> Recipe | None:
    """The recipe something names, switched off or not; None for none, or one that is not the actor's."""
    wanted = read_uuid(str(recipe_id)) if recipe_id else None
    return recipes_for(actor).filter(id=wanted).first() if wanted else None


def said_when_off() -> str:
    """What becomes of files whose recipe is switched off."""
    return _(
        "La recette choisie est désactivée : ce qui arrive est conservé et attend dans « À traiter ». Remettez-la en"
        " service, ou choisissez-en une autre."
    )
