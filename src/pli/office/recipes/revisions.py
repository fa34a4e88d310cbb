"""« Historique » of a recipe: who saved what and when, one revision looked at, one brought back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from pli.office.access import StaffRequest, staff_required
from pli.office.journal.naming import actor_names
from pli.office.printers.forms import kind_choices
from pli.office.recipes.drafts import DraftStep, draw_fields, find_installed
from pli.office.recipes.options import Known, OptionField, percent
from pli.office.recipes.uses import known_to
from pli.office.recipes.views import EDITORS, field_choices
from pli.office.recipes.words import step_name
from pli.office.saying import say_refusal
from pli.parties.api import StaffActor
from pli.processing.api import (
    Change,
    RecipeNameTaken,
    RecipeRefused,
    RecipeRevision,
    bring_back_revision,
    changes_between,
    get_recipe,
    get_revision,
    revisions_of,
)

SHOWN_AT_MOST = 100
NOTHING = "—"


@dataclass(frozen=True)
class Row:
    """One revision as the list shows it."""

    revision: RecipeRevision
    who: str
    changes: Sequence[str]
    is_first: bool


@dataclass(frozen=True)
class StepShown:
    """A step of a revision, its options in words: (label, value)."""

    number: int
    name: str
    options: Sequence[tuple[str, str]]


@never_cache
@require_GET
@staff_required(*EDITORS)
def history(request: StaffRequest, recipe_id: UUID) -> HttpResponse:
    """Every revision kept, the newest first, each with what it changed."""
    recipe = get_recipe(request.actor, recipe_id)
    kept = list(revisions_of(request.actor, recipe_id)[: SHOWN_AT_MOST + 1])
    pairs = list(zip(kept, [*kept[1:], None], strict=True))[:SHOWN_AT_MOST]
    people = actor_names(request.actor, {one.saved_by for one in kept})
    words = _Words(request.actor)
    rows = [
        Row(one, people.get(one.saved_by, ""), words.changes(before, one), one.number == 1) for one, before in pairs
    ]
    return render(request, "office/recipes/revisions.html", {"recipe": recipe, "rows": rows})


@never_cache
@require_GET
@staff_required(*EDITORS)
def show(request: StaffRequest, recipe_id: UUID, number: int) -> HttpResponse:
    """One revision, as it was saved, and what separates it from today's."""
    recipe, found = get_recipe(request.actor, recipe_id), get_revision(request.actor, recipe_id, number)
    now = get_revision(request.actor, recipe_id, recipe.revision)
    words = _Words(request.actor)
    context = {
        "recipe": recipe,
        "revision": found,
        "who": actor_names(request.actor, {found.saved_by}).get(found.saved_by, ""),
        "kind": words.kinds.get(found.kind, found.kind),
        "steps": words.steps(found),
        "since": words.changes(found, now) if found.number != now.number else [],
        "is_now": found.number == now.number,
    }
    return render(request, "office/recipes/revision.html", context)


@require_POST
@staff_required(*EDITORS)
def bring_back(request: StaffRequest, recipe_id: UUID, number: int) -> HttpResponse:
    """The former revision, as a new one."""
    try:
        recipe = bring_back_revision(request.actor, recipe_id, number)
    except (RecipeRefused, RecipeNameTaken) as refusal:
        say_refusal(request, refusal)
        return redirect("recipes:revision", recipe_id, number)
    said = _("La version %(former)s est reprise : c’est désormais la version %(now)s.")
    messages.success(request, said % {"former": number, "now": recipe.revision})
    return redirect("recipes:edit", recipe_id)


class _Words:
    """Revisions and changes in the reader's language; what the organisation has is asked once for all of them."""

    def __init__(self, actor: StaffActor) -> None:
        choices = kind_choices(actor.organisation_id)
        self._actor, self.kinds = actor, dict(choices)
        self._known: dict[str, Known] = {}
        self._choices = choices

    def steps(self, revision: RecipeRevision) -> list[StepShown]:
        """Its steps, with the options that say something."""
        shown = []
        for at, entry in enumerate(revision.steps, start=1):
            slug = str(entry["slug"])
            step = find_installed(slug)
            fields = self._fields(slug, entry.get("options") or {}, revision.kind)
            told = [(one.label, _say(one)) for one in fields if not one.is_hidden]
            options = [(label, said) for label, said in told if said != NOTHING]
            shown.append(StepShown(at, step_name(step) if step else slug, options))
        return shown

    def changes(self, before: RecipeRevision | None, after: RecipeRevision) -> list[str]:
        """What changed between two, a sentence for each."""
        if before is None:
            return []
        return [self._sentence(one, before, after) for one in changes_between(before, after)]

    def _sentence(self, change: Change, before: RecipeRevision, after: RecipeRevision) -> str:
        if not change.step:
            return self._about(change)
        step = find_installed(change.step)
        name = step_name(step) if step else change.step
        if change.how == "added":
            return _("Étape « %(name)s » ajoutée") % {"name": name}
        if change.how == "removed":
            return _("Étape « %(name)s » retirée") % {"name": name}
        if change.how == "moved":
            return _("Étape « %(name)s » déplacée") % {"name": name}
        former = self._option(change, change.before, before.kind)
        now = self._option(change, change.after, after.kind)
        shown = now or former
        label = shown.label if shown else change.part
        was, became = (_say(one) if one else NOTHING for one in (former, now))
        if was == became:
            return _("%(step)s, %(what)s : modifié") % {"step": name, "what": label}
        return _("%(step)s, %(what)s : %(was)s → %(now)s") % {"step": name, "what": label, "was": was, "now": became}

    def _about(self, change: Change) -> str:
        labels = {
            "name": _("Nom"),
            "kind": _("Nature des documents"),
            "asks_below": _("Faire vérifier en dessous de (%%)") % {},
            "needs_party": _("Demander à qui est le document quand personne n’est reconnu"),
        }
        if change.part == "is_active":
            return _("Remise en service") if change.after else _("Désactivée")
        was, now = (
            self.kinds.get(str(one), str(one)) if change.part == "kind" else _say_plain(one)
            for one in (change.before, change.after)
        )
        return _("%(what)s : %(was)s → %(now)s") % {"what": labels[change.part], "was": was, "now": now}

    def _option(self, change: Change, value: Any, kind: str) -> OptionField | None:
        fields = self._fields(change.step, {change.part: value}, kind)
        return next((one for one in fields if one.path == change.part), None)

    def _fields(self, slug: str, options: Mapping[str, Any], kind: str) -> list[OptionField]:
        step = find_installed(slug)
        if step is None:
            return []
        if kind not in self._known:
            self._known[kind] = known_to(self._actor, self._choices, field_choices(self._actor, kind))
        return draw_fields(step, DraftStep(0, slug, dict(options)), self._known[kind], {})


def _say(one: OptionField) -> str:
    """An option's value in words; a dash for nothing."""
    names = dict(one.choices)
    if one.control == "flag":
        return _("oui") if one.value else NOTHING
    if one.control == "rows":
        count = len(one.rows)
        return ngettext("%(n)s règle", "%(n)s règles", count) % {"n": count} if count else NOTHING
    if one.control == "box":
        return " · ".join(f"{percent(side)} %" for side in one.value) if one.value else NOTHING
    if one.control == "many":
        return ", ".join(names.get(value, value) for value in one.value) or NOTHING
    if one.control == "file" and one.value and one.value not in names:
        return _("un fichier qui n’est plus proposé")
    return names.get(one.value, _say_plain(one.value))


def _say_plain(value: Any) -> str:
    if isinstance(value, bool):
        return _("oui") if value else _("non")
    return NOTHING if value in (None, "") else str(value)
