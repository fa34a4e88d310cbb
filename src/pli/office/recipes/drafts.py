"""A recipe being made: what the form holds, changed by its buttons, before anything is saved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from pli.kit.errors import fill_sentence
from pli.office.recipes.options import Known, OptionField, control_of, draw_options, read_options, row_model
from pli.office.recipes.words import say_knowledge, step_name, step_said
from pli.processing.api import STEPS, Recipe, RecipeRevision, RecipeWishes, StepProblem, check_recipe, find_step

ORDER = ("read", "split", "make")


@dataclass(frozen=True)
class DraftStep:
    """A step of the draft. ``key`` stays with it while it moves."""

    key: int
    slug: str
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Draft:
    """All that the form says."""

    name: str = ""
    kind: str = "other"
    asks_below: int = 0
    needs_party: bool = False
    is_active: bool = True
    sample: str = ""
    """The ticket of the sample at hand."""
    steps: tuple[DraftStep, ...] = ()

    def wishes(self) -> RecipeWishes:
        """For the services."""
        return RecipeWishes(
            name=self.name,
            kind=self.kind,
            steps=[{"slug": step.slug, "options": step.options} for step in self.steps],
            asks_below=self.asks_below,
            needs_party=self.needs_party,
            is_active=self.is_active,
        )


@dataclass(frozen=True)
class Card:
    """A step as the editor shows it."""

    key: int
    number: int
    slug: str
    name: str
    said: str
    stage: str
    needs: str
    gives: str
    fields: Sequence[OptionField]
    problems: Sequence[str]
    """Of the step as a whole."""
    errors: Sequence[tuple[str, Sequence[str]]]
    """(id of the field, what is wrong) of every field: empty where nothing is."""
    is_first: bool
    is_last: bool

    @property
    def moves(self) -> list[tuple[str, str, bool]]:
        """Its buttons: (verb, icon, whether it would do nothing)."""
        return [("up", "arrow-up", self.is_first), ("down", "arrow-down", self.is_last), ("remove", "trash", False)]


def draft_of(recipe: Recipe | RecipeRevision, sample: str = "") -> Draft:
    """A recipe, or a former revision of one, opened."""
    return Draft(
        name=recipe.name,
        kind=recipe.kind,
        asks_below=recipe.asks_below,
        needs_party=recipe.needs_party,
        is_active=recipe.is_active,
        sample=sample,
        steps=tuple(
            DraftStep(at, str(step["slug"]), dict(step.get("options") or {})) for at, step in enumerate(recipe.steps)
        ),
    )


def read_draft(data: QueryDict) -> Draft:
    """What was posted. Steps that are not installed are kept, and said to be wrong."""
    steps = []
    for typed in data.getlist("step")[:50]:
        if not typed.isdigit():
            continue
        key, slug = int(typed), data.get(f"s{int(typed)}", "")[:40]
        step = find_installed(slug)
        steps.append(DraftStep(key, slug, read_options(step.Options, data, f"s{key}") if step else {}))
    below = data.get("asks_below", "").strip()
    return Draft(
        name=data.get("name", "").strip()[:80],
        kind=data.get("kind", "other")[:40],
        asks_below=min(100, int(below)) if below.isdigit() else 0,
        needs_party="needs_party" in data,
        is_active="is_active" in data,
        sample=data.get("sample", "")[:500],
        steps=tuple(steps),
    )


def find_installed(slug: str) -> Any:
    """The step of that name; None when none is installed."""
    try:
        return find_step(slug)
    except KeyError:
        return None


def act(draft: Draft, action: str) -> Draft:
    """The draft after one of its buttons: ``add:<slug>``, ``up|down|remove:<key>``, ``row-add:<key>:<option>``,
    ``row-remove:<key>:<option>:<row>``. What makes no sense changes nothing."""
    verb, _colon, about = action.partition(":")
    steps = list(draft.steps)
    if verb == "add":
        return replace(draft, steps=tuple(_added(steps, about)))
    key, _colon, rest = about.partition(":")
    place = next((at for at, step in enumerate(steps) if str(step.key) == key), None)
    if place is None:
        return draft
    if verb == "remove":
        del steps[place]
    elif verb in ("up", "down"):
        other = place + (1 if verb == "down" else -1)
        if 0 <= other < len(steps):
            steps[place], steps[other] = steps[other], steps[place]
    elif verb in ("row-add", "row-remove"):
        steps[place] = _with_rows(steps[place], verb, rest)
    return replace(draft, steps=tuple(steps))


def _added(steps: list[DraftStep], slug: str) -> list[DraftStep]:
    """A step where it makes sense: after those of its stage, and before what seals."""
    step = find_installed(slug)
    if step is None or len(steps) >= 20:
        return steps
    new = DraftStep(max((one.key for one in steps), default=-1) + 1, slug)
    place = len(steps)
    while place > 0:
        before = find_installed(steps[place - 1].slug)
        goes_later = before is not None and (
            ORDER.index(before.stage) > ORDER.index(step.stage) or ("seal" in before.gives and "seal" not in step.gives)
        )
        if not goes_later:
            break
        place -= 1
    return [*steps[:place], new, *steps[place:]]


def _with_rows(one: DraftStep, verb: str, rest: str) -> DraftStep:
    option, _colon, row = rest.partition(":")
    step = find_installed(one.slug)
    info = step.Options.model_fields.get(option) if step else None
    if info is None or row_model(info) is None:
        return one
    rows = list(one.options.get(option) or [])
    if verb == "row-add":
        rows.append({})
    elif row.isdigit() and int(row) < len(rows):
        del rows[int(row)]
    return replace(one, options={**one.options, option: rows})


def draw_cards(draft: Draft, known: Known) -> list[Card]:
    """The steps as cards, each with what is wrong with it."""
    problems = check_recipe(draft.wishes().steps)
    return [_card(at, step, draft, known, problems) for at, step in enumerate(draft.steps)]


def _card(at: int, one: DraftStep, draft: Draft, known: Known, problems: Sequence[StepProblem]) -> Card:
    step = find_installed(one.slug)
    mine: dict[str, list[str]] = {}
    for problem in problems:
        if problem.position == at:
            said = fill_sentence(problem.reason.msgid, problem.reason.places, _)
            mine.setdefault(problem.field, []).append(said)
    fields = draw_fields(step, one, known, mine) if step else []
    named = {path for field_ in fields for path in _paths(field_)}
    whole = [said for path, told in mine.items() if path not in named for said in told]
    return Card(
        key=one.key,
        number=at + 1,
        slug=one.slug,
        name=step_name(step) if step else one.slug,
        said=step_said(step) if step else "",
        stage=str(step.stage) if step else "make",
        needs=say_knowledge(step.needs) if step else "",
        gives=say_knowledge(step.gives) if step else "",
        fields=fields,
        problems=whole,
        errors=[(inner.id, inner.errors) for field_ in fields for inner in _all(field_)],
        is_first=at == 0,
        is_last=at == len(draft.steps) - 1,
    )


def draw_fields(step: Any, one: DraftStep, known: Known, errors: dict[str, list[str]]) -> list[OptionField]:
    """The form of a step's options. What is wrong with one side of a box, or one word of many, is said of it all."""
    gathered: dict[str, list[str]] = {}
    for path, told in errors.items():
        name = _owner(step, path)
        gathered.setdefault(name, []).extend(one for one in told if one not in gathered.get(name, []))
    return draw_options(step.Options, one.options, prefix=f"s{one.key}", slug=one.slug, known=known, errors=gathered)


def _owner(step: Any, path: str) -> str:
    """The path of the field that shows what is wrong at ``path``."""
    parts = path.split(".")
    model, kept = step.Options, []
    while parts:
        info = model.model_fields.get(parts[0])
        if info is None:
            break
        kept.append(parts.pop(0))
        inner = row_model(info)
        if inner is None or control_of(kept[-1], info) != "rows" or len(parts) < 2:
            break
        kept.append(parts.pop(0))
        model = inner
    return ".".join(kept) or path


def _all(one: OptionField) -> list[OptionField]:
    return [one, *(inner for row in one.rows for field_ in row for inner in _all(field_))]


def _paths(one: OptionField) -> list[str]:
    return [inner.path for inner in _all(one)]


def menu() -> list[tuple[str, list[tuple[str, str, str]]]]:
    """Every step installed, by stage: (stage, [(slug, name, sentence)])."""
    groups: dict[str, list[tuple[str, str, str]]] = {stage: [] for stage in ORDER}
    for slug in STEPS.all():
        step = find_step(slug)
        groups.setdefault(str(step.stage), []).append((slug, step_name(step), step_said(step)))
    return [(stage, sorted(items, key=lambda item: item[1])) for stage, items in groups.items() if items]
