"""« Réglages › Recettes »: the list, the ready-made starts, the editor and its live preview."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from pli.documents.api import DocumentKind, kinds_of
from pli.kit.errors import NotFound, PliError
from pli.office.access import StaffRequest, staff_required
from pli.office.errors import Explained, explain, is_htmx
from pli.office.printers.forms import kind_choices
from pli.office.recipes import drafts
from pli.office.recipes.options import Choices
from pli.office.recipes.samples import shown_sample
from pli.office.recipes.starts import STARTS, draft_from, find_start
from pli.office.recipes.uses import known_to, uses_of
from pli.office.recipes.words import STAGES, step_name
from pli.parties.api import Role, StaffActor
from pli.processing.api import (
    Recipe,
    RecipeNameTaken,
    RecipeRefused,
    RecipeRevision,
    get_recipe,
    get_revision,
    keep_recipe_sample,
    recipes_for,
    sample_of_blob,
    save_recipe,
)

EDITORS = (Role.ADMIN, Role.MANAGER)


@never_cache
@require_GET
@staff_required()
def listing(request: StaffRequest) -> HttpResponse:
    """Every recipe, those in use first."""
    recipes = list(recipes_for(request.actor))
    uses, names = uses_of(request.actor, [one.id for one in recipes]), dict(kind_choices(request.actor.organisation_id))
    rows = [
        {
            "recipe": one,
            "kind": names.get(one.kind, one.kind),
            "steps": [_step_name(str(step.get("slug"))) for step in one.steps],
            "uses": uses[one.id],
        }
        for one in recipes
    ]
    return render(request, "office/recipes/list.html", {"rows": rows, "can_edit": request.actor.role in EDITORS})


def _step_name(slug: str) -> str:
    step = drafts.find_installed(slug)
    return step_name(step) if step else slug


@require_GET
@staff_required(*EDITORS)
def start(request: StaffRequest) -> HttpResponse:
    """What to start from."""
    return render(request, "office/recipes/start.html", {"starts": STARTS})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(*EDITORS)
def create(request: StaffRequest, start: str) -> HttpResponse:
    """A new recipe, from a ready-made one."""
    found = find_start(start)
    if found is None:
        raise NotFound
    if request.method == "POST":
        return _posted(request, None)
    return _show(request, draft_from(found, request.actor), None)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(*EDITORS)
def edit(request: StaffRequest, recipe_id: UUID) -> HttpResponse:
    """One recipe."""
    recipe = get_recipe(request.actor, recipe_id)
    if request.method == "POST":
        return _posted(request, recipe)
    asked = request.GET.get("revision", "")
    former = get_revision(request.actor, recipe_id, int(asked)) if _is_number(asked) else None
    ticket = ""
    if recipe.sample is not None:
        try:
            ticket = sample_of_blob(request.actor, recipe.sample).ticket
        except PliError:
            ticket = ""  # The editor opens without its sample rather than not at all.
    draft = drafts.draft_of(recipe, ticket)
    if former is not None:
        draft = replace(drafts.draft_of(former, ticket), name=draft.name, is_active=draft.is_active)
    return _show(request, draft, recipe, former=former)


def _is_number(asked: str) -> bool:
    return asked.isascii() and asked.isdigit() and len(asked) < 10


@require_POST
@staff_required(*EDITORS)
def switch(request: StaffRequest, recipe_id: UUID) -> HttpResponse:
    """Switch a recipe off, or on again, as it was saved."""
    recipe = get_recipe(request.actor, recipe_id)
    wishes = replace(drafts.draft_of(recipe), is_active=not recipe.is_active).wishes()
    save_recipe(request.actor, wishes, recipe_id=recipe_id)
    if wishes.is_active:
        messages.success(request, _("La recette sert de nouveau. Ce qui attend dans « À traiter » peut être relancé."))
    else:
        messages.success(request, _("La recette ne sert plus ; rien n’est effacé."))
    return redirect("recipes:edit", recipe_id)


def _posted(request: StaffRequest, recipe: Recipe | None) -> HttpResponse:
    draft = drafts.read_draft(request.POST)
    action = request.POST.get("action", "")
    if action != "save":
        draft = drafts.act(draft, action)
        return _steps(request, draft, recipe) if is_htmx(request) else _show(request, draft, recipe)
    error: Explained | None = None
    try:
        saved = save_recipe(request.actor, draft.wishes(), recipe_id=recipe.id if recipe else None)
        if draft.sample:
            keep_recipe_sample(request.actor, saved.id, draft.sample)
    except (RecipeRefused, RecipeNameTaken) as refusal:
        error = explain(refusal)
    else:
        messages.success(request, _("La recette « %(name)s » est enregistrée.") % {"name": saved.name})
        return redirect("recipes:edit", saved.id)
    return _show(request, draft, recipe, error, status=422)


def _steps(request: StaffRequest, draft: drafts.Draft, recipe: Recipe | None) -> HttpResponse:
    """The steps alone, and word to the preview that they changed."""
    response = render(request, "office/recipes/steps.html", _context(request, draft, recipe))
    response["HX-Trigger-After-Swap"] = json.dumps({"pli:changed": {"target": "#recipe"}})
    return response


def _show(
    request: StaffRequest,
    draft: drafts.Draft,
    recipe: Recipe | None,
    error: Explained | None = None,
    status: int = 200,
    former: RecipeRevision | None = None,
) -> HttpResponse:
    context = _context(request, draft, recipe)
    context |= {
        "recipe": recipe,
        "former": former,
        "error": error,
        "is_refused": error is not None,
        "menu": [(STAGES.get(stage, stage), items) for stage, items in drafts.menu()],
        "uses": uses_of(request.actor, [recipe.id])[recipe.id] if recipe else [],
        "sample": shown_sample(request.actor, draft.sample),
        "address": reverse("recipes:edit", args=[recipe.id]) if recipe else request.path,
    }
    return render(request, "office/recipes/editor.html", context, status=status)


def _context(request: StaffRequest, draft: drafts.Draft, recipe: Recipe | None) -> dict[str, Any]:
    kinds = kind_choices(request.actor.organisation_id)
    return {
        "draft": draft,
        "cards": drafts.draw_cards(draft, known_to(request.actor, kinds, field_choices(request.actor, draft.kind))),
        "kinds": kinds,
        "stages": STAGES,
        "address": reverse("recipes:edit", args=[recipe.id]) if recipe else request.path,
    }


def field_choices(actor: StaffActor, slug: str) -> Choices:
    """The facts of a kind, in the reader's language."""
    return [(name, label) for name, label, _type in typed_fields(actor, slug)]


def typed_fields(actor: StaffActor, slug: str) -> list[tuple[str, str, str]]:
    """(name, label, type) of each fact of the kind ``slug``; none when it is not there any more."""
    kind = next((one for one in kinds_of(actor.organisation_id) if one.slug == slug), None)
    return fields_of(kind) if kind else []


def fields_of(kind: DocumentKind) -> list[tuple[str, str, str]]:
    """(name, label, type) of each fact of a kind."""
    english = (get_language() or "").startswith("en")
    return [
        (
            str(one["name"]),
            str((english and one.get("label_en")) or one.get("label_fr") or one["name"]),
            str(one.get("type", "text")),
        )
        for one in kind.fields
    ]
