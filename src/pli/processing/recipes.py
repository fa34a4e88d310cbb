"""Making and changing recipes; a run keeps its own copy, so that a change never reaches what has begun."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from pli.documents.api import StoredBytes, clean_title, keep_blob, kinds_of
from pli.journal.api import record
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.errors import NotFound
from pli.parties.api import Actor, Role, StaffActor
from pli.processing import events
from pli.processing.chain import StepProblem, check_steps, find_step
from pli.processing.errors import RecipeNameTaken, RecipeRefused, ResourceRefused
from pli.processing.models import Recipe, RecipeRevision, Resource

RESOURCE_TYPES = ("application/pdf", "image/png", "image/jpeg")


@dataclass(frozen=True)
class RecipeWishes:
    """All that can be said of a recipe. ``steps``: ``{slug, options}`` in their order."""

    name: str
    kind: str
    steps: Sequence[Mapping[str, Any]] = field(default=())
    asks_below: int = 0
    needs_party: bool = False
    is_active: bool = True


def recipes_for(actor: Actor) -> QuerySet[Recipe]:
    """The recipes of the actor's organisation; nobody's for a portal."""
    if not isinstance(actor, StaffActor):
        return Recipe.objects.none()
    return Recipe.objects.filter(organisation_id=actor.organisation_id).order_by("-is_active", "name")


def get_recipe(actor: Actor, recipe_id: UUID) -> Recipe:
    """:raises NotFound: when it does not exist for this actor."""
    found = recipes_for(actor).filter(id=recipe_id).first()
    if found is None:
        raise NotFound
    return found


def check_recipe(steps: Sequence[Mapping[str, Any]]) -> list[StepProblem]:
    """What is wrong with these steps, before anything is saved: for the editor."""
    return check_steps(steps)


@transaction.atomic
def save_recipe(
    actor: StaffActor,
    wishes: RecipeWishes,
    *,
    recipe_id: UUID | None = None,
    brought_back: int | None = None,
    clock: Clock = SYSTEM_CLOCK,
) -> Recipe:
    """Make a recipe, or change one: its revision grows by one, and is kept. ``brought_back``: the revision these
    wishes were taken from, when they were (see :func:`pli.processing.revisions.bring_back_revision`).

    :raises NotAllowed: for a member or an auditor; :raises NotFound: for a recipe or a kind that is not there.
    :raises RecipeRefused: naming each step and option that is wrong; :raises RecipeNameTaken.
    """
    actor.require(Role.ADMIN, Role.MANAGER)
    problems = check_steps(wishes.steps)
    if problems:
        raise RecipeRefused(problems)
    if wishes.kind not in {kind.slug for kind in kinds_of(actor.organisation_id)}:
        raise NotFound
    if recipe_id is None:
        recipe = Recipe(organisation_id=actor.organisation_id, revision=0)
    else:
        recipe = Recipe.objects.select_for_update().get(id=get_recipe(actor, recipe_id).id)
    recipe.name = clean_title(wishes.name, "Recette")[:80]
    recipe.kind, recipe.steps = wishes.kind, [_canonical(entry) for entry in wishes.steps]
    recipe.asks_below, recipe.needs_party = max(0, min(100, wishes.asks_below)), wishes.needs_party
    recipe.is_active, recipe.revision, recipe.changed_at = wishes.is_active, recipe.revision + 1, clock.now()
    try:
        with transaction.atomic():
            recipe.save()
    except IntegrityError:
        raise RecipeNameTaken(name=recipe.name) from None
    _keep_revision(actor, recipe, brought_back)
    record(
        events.RECIPE_SAVED,
        organisation_id=recipe.organisation_id,
        subject=("recipe", recipe.id),
        actor=actor.reference,
        data={
            "name": recipe.name,
            "revision": recipe.revision,
            "kind": recipe.kind,
            "steps": [entry["slug"] for entry in recipe.steps],
            "is_active": recipe.is_active,
            "brought_back": brought_back,
        },
        clock=clock,
    )
    return recipe


def _keep_revision(actor: StaffActor, recipe: Recipe, brought_back: int | None) -> None:
    RecipeRevision.objects.create(
        recipe=recipe,
        number=recipe.revision,
        name=recipe.name,
        kind=recipe.kind,
        steps=recipe.steps,
        asks_below=recipe.asks_below,
        needs_party=recipe.needs_party,
        is_active=recipe.is_active,
        saved_by=actor.reference,
        saved_at=recipe.changed_at,
        brought_back=brought_back,
    )


def _canonical(entry: Mapping[str, Any]) -> dict[str, Any]:
    """A step with all its options said, so that a new default never changes a recipe that exists."""
    step = find_step(str(entry["slug"]))
    options = step.Options.model_validate(entry.get("options") or {})
    return {"slug": step.slug, "version": step.version, "options": options.model_dump(mode="json")}


@transaction.atomic
def set_sample(actor: StaffActor, recipe_id: UUID, stored: StoredBytes) -> Recipe:
    """The document the editor shows beside the recipe; its bytes are already durable.

    :raises NotAllowed, NotFound: as :func:`save_recipe`.
    """
    actor.require(Role.ADMIN, Role.MANAGER)
    recipe = get_recipe(actor, recipe_id)
    recipe.sample = keep_blob(stored, "application/pdf")
    recipe.save(update_fields=["sample"])
    return recipe


def resources_for(actor: Actor) -> QuerySet[Resource]:
    """The letterheads, back pages and stamps of the actor's organisation."""
    if not isinstance(actor, StaffActor):
        return Resource.objects.none()
    return Resource.objects.filter(organisation_id=actor.organisation_id).select_related("blob").order_by("name")


@transaction.atomic
def add_resource(
    actor: StaffActor, *, name: str, stored: StoredBytes, media_type: str, clock: Clock = SYSTEM_CLOCK
) -> Resource:
    """Keep a file that recipes may use; the same name again replaces the file for recipes changed from now on (a
    recipe names it by its SHA-256).

    :raises NotAllowed: for a member or an auditor; :raises ResourceRefused: for what is no PDF, PNG or JPEG.
    """
    actor.require(Role.ADMIN, Role.MANAGER)
    if media_type not in RESOURCE_TYPES or stored.size == 0:
        raise ResourceRefused(reason=media_type)
    resource, _ = Resource.objects.update_or_create(
        organisation_id=actor.organisation_id,
        name=clean_title(name, "Ressource")[:120],
        defaults={"blob": keep_blob(stored, media_type), "is_active": True, "added_at": clock.now()},
    )
    record(
        events.RESOURCE_ADDED,
        organisation_id=actor.organisation_id,
        subject=("resource", resource.id),
        actor=actor.reference,
        data={"sha256": stored.sha256, "name": resource.name},
        clock=clock,
    )
    return resource
