"""Recipes: what a file goes through between its arrival and its filing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Router, Schema, Status
from pydantic import Field, StringConstraints

from pli.api.errors import FieldProblem, FieldsRefused
from pli.api.schema import Strict
from pli.api.security import ApiRequest, needs
from pli.parties.api import StaffActor
from pli.processing.api import (
    STEPS,
    Recipe,
    RecipeRefused,
    RecipeRevision,
    RecipeWishes,
    bring_back_revision,
    changes_between,
    find_step,
    get_recipe,
    get_revision,
    recipes_for,
    revisions_of,
    save_recipe,
)

router = Router(tags=["recipes"])
MOST_RECIPES = 500
StoredNumber = Annotated[int, Field(ge=1, le=2_147_483_647)]


class StepIn(Strict):
    slug: Annotated[str, StringConstraints(max_length=40)]
    options: dict[str, Any] = Field(default_factory=dict)


class RecipeIn(Strict):
    name: Annotated[str, StringConstraints(min_length=1, max_length=80)]
    kind: Annotated[str, StringConstraints(max_length=40)] = Field(description="slug of the kind of its documents")
    steps: list[StepIn] = Field(max_length=20, description="in their order")
    asks_below: int = Field(0, ge=0, le=100, description="a fact less sure than this many percent is shown to a person")
    needs_party: bool = Field(default=False, description="a document of nobody known is shown to a person")
    is_active: bool = True


class StepOut(Schema):
    slug: str
    options: dict[str, Any]


class RecipeSaid(Schema):
    name: str
    kind: str
    steps: list[StepOut]
    asks_below: int
    needs_party: bool
    is_active: bool


class RecipeOut(RecipeSaid):
    id: UUID
    revision: int
    changed_at: datetime


class RecipeList(Schema):
    items: list[RecipeOut]


class ChangeOut(Schema):
    how: Literal["changed", "added", "removed", "moved"]
    step: str = Field(description="slug of the step; empty for the recipe itself")
    part: str = Field(description="what changed of it: an option, or a part of the recipe; empty for a whole step")
    before: Any
    after: Any


class RevisionOut(RecipeSaid):
    number: int
    saved_by: str = Field(description="who, as in the journal; empty where nobody knows any more")
    saved_at: datetime
    brought_back: int | None = Field(description="the revision it took up again")
    changes: list[ChangeOut] = Field(description="what it changed of the revision kept before it")


class RevisionList(Schema):
    items: list[RevisionOut]


class StepKind(Schema):
    slug: str
    stage: str
    name_fr: str
    name_en: str
    needs: list[str]
    gives: list[str]
    options: dict[str, Any] = Field(description="JSON Schema of its options")


class StepKinds(Schema):
    items: list[StepKind]


@router.get("/recipes", response=RecipeList, summary="List the recipes", **needs("recipes:read"))
def list_all(request: ApiRequest) -> Any:
    """Those in use first, by name."""
    return {"items": list(recipes_for(request.auth.actor)[:MOST_RECIPES])}


@router.get("/recipes/steps", response=StepKinds, summary="What recipes are made of", **needs("recipes:read"))
def list_steps(request: ApiRequest) -> Any:
    """The steps installed, each with the JSON Schema of its options."""
    steps = [find_step(slug) for slug in STEPS.all()]
    return {
        "items": [
            {
                "slug": step.slug,
                "stage": str(step.stage),
                "name_fr": step.name_fr,
                "name_en": step.name_en,
                "needs": sorted(step.needs),
                "gives": sorted(step.gives),
                "options": step.Options.model_json_schema(),
            }
            for step in steps
        ]
    }


@router.get("/recipes/{recipe_id}", response=RecipeOut, summary="Read a recipe", **needs("recipes:read"))
def read(request: ApiRequest, recipe_id: UUID) -> Any:
    """Its steps with all their options, as the next run will follow them."""
    return get_recipe(request.auth.actor, recipe_id)


@router.post("/recipes", response={201: RecipeOut}, summary="Make a recipe", **needs("recipes:write"))
def create(request: ApiRequest, body: RecipeIn) -> Any:
    """Checked whole before it is kept: each wrong step or option is named in `errors`."""
    return Status(201, _save(request.auth.actor, body))


@router.put("/recipes/{recipe_id}", response=RecipeOut, summary="Change a recipe", **needs("recipes:write"))
def change(request: ApiRequest, recipe_id: UUID, body: RecipeIn) -> Any:
    """Its revision grows by one; runs that have begun go on with the steps they began with."""
    get_recipe(request.auth.actor, recipe_id)
    return _save(request.auth.actor, body, recipe_id)


@router.get(
    "/recipes/{recipe_id}/revisions",
    response=RevisionList,
    summary="List a recipe's revisions",
    **needs("recipes:read"),
)
def list_revisions(request: ApiRequest, recipe_id: UUID) -> Any:
    """Every revision that was kept, the newest first, each with what it changed."""
    kept = list(revisions_of(request.auth.actor, recipe_id)[: MOST_RECIPES + 1])
    pairs = zip(kept, [*kept[1:], None], strict=True)
    return {"items": [_write_revision(one, before) for one, before in pairs][:MOST_RECIPES]}


@router.get(
    "/recipes/{recipe_id}/revisions/{number}",
    response=RevisionOut,
    summary="Read a revision of a recipe",
    **needs("recipes:read"),
)
def read_revision(request: ApiRequest, recipe_id: UUID, number: StoredNumber) -> Any:
    """The recipe as it was saved then."""
    found = get_revision(request.auth.actor, recipe_id, number)
    before = revisions_of(request.auth.actor, recipe_id).filter(number__lt=number).first()
    return _write_revision(found, before)


@router.post(
    "/recipes/{recipe_id}/revisions/{number}/bring-back",
    response=RecipeOut,
    summary="Bring back a revision of a recipe",
    **needs("recipes:write"),
)
def bring_back(request: ApiRequest, recipe_id: UUID, number: StoredNumber) -> Any:
    """As a new revision, which does what that one did; the recipe's name and whether it is in service stay."""
    with _naming_problems():
        return bring_back_revision(request.auth.actor, recipe_id, number)


def _write_revision(one: RecipeRevision, before: RecipeRevision | None) -> dict[str, Any]:
    told = {name: getattr(one, name) for name in RevisionOut.model_fields if name != "changes"}
    return {**told, "changes": changes_between(before, one)}


def _save(actor: StaffActor, body: RecipeIn, recipe_id: UUID | None = None) -> Recipe:
    wishes = RecipeWishes(
        name=body.name,
        kind=body.kind,
        steps=[step.model_dump() for step in body.steps],
        asks_below=body.asks_below,
        needs_party=body.needs_party,
        is_active=body.is_active,
    )
    with _naming_problems():
        return save_recipe(actor, wishes, recipe_id=recipe_id)


@contextmanager
def _naming_problems() -> Iterator[None]:
    """A recipe that is refused, with each step and option that is wrong named in `errors`."""
    try:
        yield
    except RecipeRefused as refused:
        raise FieldsRefused(
            [
                FieldProblem(
                    f"steps.{one.position}" + (f".options.{one.field}" if one.field else ""), "invalid", one.reason
                )
                for one in refused.problems
            ]
        ) from None
