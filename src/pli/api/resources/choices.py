"""What a body chooses among the organisation's own: checked at the door, where the field can be named."""

from __future__ import annotations

from uuid import UUID

from django.utils.translation import gettext_noop

from pli.api.errors import FieldProblem, FieldsRefused
from pli.documents.api import kinds_of
from pli.parties.api import StaffActor
from pli.processing.api import get_recipe


def check_recipe(actor: StaffActor, recipe_id: UUID | None, *, kept: UUID | None = None) -> UUID | None:
    """A recipe to go through, as it was given. One chosen before stays (``kept``), even switched off since.

    :raises NotFound: for another organisation's; :raises FieldsRefused: for one that is switched off.
    """
    if recipe_id and recipe_id != kept and not get_recipe(actor, recipe_id).is_active:
        raise FieldsRefused([FieldProblem("recipe_id", "inactive", gettext_noop("Cette recette n’est plus active."))])
    return recipe_id


def check_kind(actor: StaffActor, slug: str) -> str:
    """The slug of a kind in use, as it was given. :raises FieldsRefused: for one that is none."""
    if slug not in {kind.slug for kind in kinds_of(actor.organisation_id)}:
        raise FieldsRefused([FieldProblem("kind", "unknown", gettext_noop("Cette nature n’existe pas."))])
    return slug
