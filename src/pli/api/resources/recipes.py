"""Recipes: what a file goes through between its arrival and its filing."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
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
    RecipeWishes,
    find_step,
    get_recipe,
    recipes_for,
    save_recipe,
)

router = Router(tags=["recipes"])
MOST_RECIPES = 500


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


class RecipeOut(Schema):
    id: UUID
    name: str
    kind: str
    steps: list[StepOut]
    asks_below: int
    needs_party: bool
    is_active: bool
    revision: int
    changed_at: datetime


class RecipeList(Schema):
    items: list[RecipeOut]


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


def _save(actor: StaffActor, body: RecipeIn, recipe_id: UUID | None = None) -> Recipe:
    wishes = RecipeWishes(
        name=body.name,
        kind=body.kind,
        steps=[step.model_dump() for step in body.steps],
        asks_below=body.asks_below,
        needs_party=body.needs_party,
        is_active=body.is_active,
    )
    try:
        return save_recipe(actor, wishes, recipe_id=recipe_id)
    except RecipeRefused as refused:
        raise FieldsRefused(
            [
                FieldProblem(
                    f"steps.{one.position}" + (f".options.{one.field}" if one.field else ""), "invalid", one.reason
                )
                for one in refused.problems
            ]
        ) from None
