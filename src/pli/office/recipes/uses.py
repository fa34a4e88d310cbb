"""What uses a recipe or a resource, so that nobody switches off what others rely on unknowingly."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from pli.capture.api import printers_for, sources_for
from pli.documents.api import DocumentKind
from pli.office.recipes.options import Choices, Known
from pli.parties.api import PartyKind, StaffActor
from pli.processing.api import Recipe, layouts_for, recipes_for, resources_for


@dataclass(frozen=True)
class Use:
    """One of them, in words, and where it is changed."""

    text: str
    url: str


def uses_of(actor: StaffActor, recipe_ids: Sequence[UUID]) -> dict[UUID, list[Use]]:
    """The kinds, the printers and the sources of scans that send files to these recipes."""
    found: dict[UUID, list[Use]] = {one: [] for one in recipe_ids}
    for kind in DocumentKind.objects.filter(organisation_id=actor.organisation_id, recipe_id__in=recipe_ids):
        said = _("Nature « %(name)s »") % {"name": kind.name_fr}
        if kind.recipe_id:
            found[kind.recipe_id].append(Use(said, reverse("settings:kind", args=[kind.id])))
    for printer in printers_for(actor).filter(recipe_id__in=recipe_ids):
        said = _("Imprimante « %(name)s »") % {"name": printer.name}
        if printer.recipe_id:
            found[printer.recipe_id].append(Use(said, reverse("printers:show", args=[printer.id])))
    for source in sources_for(actor).filter(recipe_id__in=recipe_ids):
        said = _("Source « %(name)s »") % {"name": source.name}
        if source.recipe_id:
            found[source.recipe_id].append(Use(said, reverse("sources:show", args=[source.id])))
    return found


def users_of_file(actor: StaffActor, sha256: str) -> list[Recipe]:
    """The recipes whose options name a resource."""
    return [recipe for recipe in recipes_for(actor) if sha256 in json.dumps(recipe.steps)]


def known_to(actor: StaffActor, kinds: Choices, fields: Choices) -> Known:
    """What the organisation has for the options to choose among."""
    return Known(
        kinds=kinds,
        layouts=[(str(one.id), one.name) for one in layouts_for(actor).filter(is_active=True)],
        files=[(one.blob_id, one.name) for one in resources_for(actor).filter(is_active=True)],
        fields=fields,
        party_kinds=[(str(value), str(word)) for value, word in PartyKind.choices],
    )
