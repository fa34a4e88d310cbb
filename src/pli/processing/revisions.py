"""The former revisions of a recipe: who saved what and when, what changed, and one brought back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.errors import NotFound
from pli.parties.api import Actor, Role, StaffActor
from pli.processing.models import Recipe, RecipeRevision
from pli.processing.recipes import RecipeWishes, get_recipe, save_recipe

ABOUT = ("name", "kind", "asks_below", "needs_party", "is_active")
How = Literal["changed", "added", "removed", "moved"]


@dataclass(frozen=True)
class Change:
    """One difference between two revisions: of the recipe itself (``step`` is empty) or of one of its steps.

    ``part``: the name of what changed (``steps`` has none when a whole step was added, removed or moved).
    """

    how: How
    step: str = ""
    part: str = ""
    before: Any = None
    after: Any = None


def revisions_of(actor: Actor, recipe_id: UUID) -> QuerySet[RecipeRevision]:
    """Every revision that was kept, the newest first.

    :raises NotFound: for a recipe the actor does not see.
    """
    return RecipeRevision.objects.filter(recipe=get_recipe(actor, recipe_id)).order_by("-number")


def get_revision(actor: Actor, recipe_id: UUID, number: int) -> RecipeRevision:
    """:raises NotFound: for a recipe the actor does not see, or a revision that was not kept."""
    found = revisions_of(actor, recipe_id).filter(number=number).first()
    if found is None:
        raise NotFound
    return found


@transaction.atomic
def bring_back_revision(actor: StaffActor, recipe_id: UUID, number: int, *, clock: Clock = SYSTEM_CLOCK) -> Recipe:
    """Make a new revision that does what a former one did. Its name, and whether it is in service, stay as they are:
    what sends files to the recipe is not changed behind anybody's back.

    :raises NotAllowed: for a member or an auditor; :raises NotFound: as :func:`get_revision`, or its kind is gone.
    :raises RecipeRefused: when a step of it is no longer installed, or its options are no longer allowed.
    """
    actor.require(Role.ADMIN, Role.MANAGER)
    former, recipe = get_revision(actor, recipe_id, number), get_recipe(actor, recipe_id)
    wishes = RecipeWishes(
        name=recipe.name,
        kind=former.kind,
        steps=former.steps,
        asks_below=former.asks_below,
        needs_party=former.needs_party,
        is_active=recipe.is_active,
    )
    return save_recipe(actor, wishes, recipe_id=recipe.id, brought_back=number, clock=clock)


def changes_between(before: RecipeRevision | None, after: RecipeRevision) -> list[Change]:
    """What a revision changed of another; nothing is compared with None, the first one."""
    if before is None:
        return []
    told = [
        Change("changed", part=part, before=getattr(before, part), after=getattr(after, part))
        for part in ABOUT
        if getattr(before, part) != getattr(after, part)
    ]
    return told + _changed_steps(before.steps, after.steps)


def _changed_steps(before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> list[Change]:
    """By what each step is and how often it has come: a recipe may hold one twice."""
    former, now = _numbered(before), _numbered(after)
    told = [Change("removed", step=slug) for slug, rank in former if (slug, rank) not in now]
    told += [Change("added", step=slug) for slug, rank in now if (slug, rank) not in former]
    kept = [key for key in now if key in former]
    for slug, _rank in _moved([key for key in former if key in now], kept):
        told.append(Change("moved", step=slug))
    for key in kept:
        told += _changed_options(key[0], former[key], now[key])
    return told


def _numbered(steps: Sequence[Mapping[str, Any]]) -> dict[tuple[str, int], Mapping[str, Any]]:
    found: dict[tuple[str, int], Mapping[str, Any]] = {}
    for step in steps:
        slug = str(step["slug"])
        found[slug, sum(1 for one, _rank in found if one == slug)] = step.get("options") or {}
    return found


def _moved(former: list[tuple[str, int]], now: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """The fewest steps whose moving explains the order: taken one at a time, the one furthest from its place."""
    moved = []
    while former != now:
        far = max(now, key=lambda key: abs(former.index(key) - now.index(key)))
        moved.append(far)
        former, now = [key for key in former if key != far], [key for key in now if key != far]
    return moved


def _changed_options(slug: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    names = [*after, *(name for name in before if name not in after)]
    return [
        Change("changed", step=slug, part=name, before=before.get(name), after=after.get(name))
        for name in names
        if before.get(name) != after.get(name)
    ]
