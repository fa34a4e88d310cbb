"""A recipe as data: its steps found, their options checked, their order judged. Free of Django, like the steps."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from pli.kit.errors import Phrase
from pli.processing.plugs import STEPS, Gives, Stage

MOST_STEPS = 20
_ORDER = (Stage.READ, Stage.SPLIT, Stage.MAKE)
_KNOWLEDGE = frozenset({Gives.TEXT, Gives.KIND, Gives.FACTS, Gives.PARTY})
# What a page says by itself, and what the sender may have said.
_ALWAYS_THERE = frozenset({Gives.TEXT, Gives.PIECES, Gives.KIND})
_NAMES = {
    Gives.TEXT: "le texte des pages",
    Gives.PIECES: "le découpage",
    Gives.KIND: "la nature",
    Gives.FACTS: "les métadonnées",
    Gives.PARTY: "le client ou le fournisseur",
    Gives.PDFA: "le format PDF/A",
    Gives.SEAL: "le cachet",
}


@dataclass(frozen=True)
class StepProblem:
    """What is wrong with one step: its place in the list (from 0), the option (empty for the step itself), why."""

    position: int
    field: str
    reason: Phrase


@dataclass(frozen=True)
class ChosenStep:
    """A step with its checked options."""

    slug: str
    step: Any
    options: BaseModel

    @property
    def stage(self) -> Stage:
        return Stage(self.step.stage)


def find_step(slug: str) -> Any:
    """The step of that name, whether its entry point names a class or an instance.

    :raises KeyError: when none is installed.
    """
    plug = STEPS.get(slug)
    return plug() if isinstance(plug, type) else plug


def rewrites(step: Any) -> bool:
    """Whether a step may change the bytes of a piece."""
    told = getattr(step, "rewrites", None)
    if told is not None:
        return bool(told)
    return step.stage == Stage.MAKE and not (step.gives and step.gives <= _KNOWLEDGE)


def choose(steps: Sequence[Mapping[str, Any]]) -> list[ChosenStep]:
    """The steps of a recipe that was checked when it was saved.

    :raises LookupError: for a step that is no longer installed; :raises ValidationError: for options it no longer has.
    """
    chosen = []
    for entry in steps:
        step = find_step(str(entry["slug"]))
        chosen.append(ChosenStep(step.slug, step, step.Options.model_validate(entry.get("options") or {})))
    return chosen


def check_steps(steps: Sequence[Mapping[str, Any]]) -> list[StepProblem]:
    """Everything that is wrong with a recipe, step by step; empty when it can run."""
    problems: list[StepProblem] = []
    found: list[tuple[int, Any]] = []
    if len(steps) > MOST_STEPS:
        problems.append(StepProblem(MOST_STEPS, "", Phrase("Une recette compte 20 étapes au plus.")))
    for position, entry in enumerate(steps):
        try:
            step = find_step(str(entry.get("slug")))
        except KeyError:
            problems.append(StepProblem(position, "", Phrase("Cette étape n’existe pas dans cette installation.")))
            continue
        found.append((position, step))
        problems += _check_options(position, step, entry.get("options") or {})
    return sorted([*problems, *_check_order(found)], key=lambda problem: problem.position)


def _check_options(position: int, step: Any, options: Mapping[str, Any]) -> list[StepProblem]:
    try:
        step.Options.model_validate(options)
    except ValidationError as error:
        return [
            StepProblem(position, ".".join(str(part) for part in item["loc"]), _say(item))
            for item in error.errors(include_url=False, include_input=False)
        ]
    return []


def _say(item: Mapping[str, Any]) -> Phrase:
    """Pydantic's own words are English: the common ones in French, the others as « not valid »."""
    kind = str(item["type"])
    limits = item.get("ctx") or {}
    if kind == "missing":
        return Phrase("Cette option est obligatoire.")
    if kind == "extra_forbidden":
        return Phrase("Cette option n’existe pas.")
    if kind in ("greater_than_equal", "greater_than"):
        return Phrase("Au moins %(limit)s.", limit=limits.get("ge", limits.get("gt")))
    if kind in ("less_than_equal", "less_than"):
        return Phrase("Au plus %(limit)s.", limit=limits.get("le", limits.get("lt")))
    if kind == "value_error" and limits.get("error") is not None:
        return Phrase(str(limits["error"]))
    return Phrase("Cette valeur n’est pas valable.")


def _check_order(found: Sequence[tuple[int, Any]]) -> list[StepProblem]:
    problems: list[StepProblem] = []
    there, former, sealed, archived, seen = set(_ALWAYS_THERE), Stage.READ, False, False, set()
    splitters = 0
    for position, step in found:
        if _ORDER.index(step.stage) < _ORDER.index(former):
            problems.append(StepProblem(position, "", Phrase("Lire vient avant découper, et découper avant le reste.")))
        former = step.stage
        splitters += step.stage == Stage.SPLIT
        if step.stage == Stage.SPLIT and splitters > 1:
            problems.append(StepProblem(position, "", Phrase("Un fichier n’est découpé qu’une fois.")))
        if step.slug in seen and (Gives.SEAL in step.gives or Gives.PDFA in step.gives):
            problems.append(StepProblem(position, "", Phrase("Cette étape ne se fait qu’une fois.")))
        elif sealed and rewrites(step):
            problems.append(StepProblem(position, "", Phrase("Rien ne peut modifier un document après son cachet.")))
        elif archived and rewrites(step) and Gives.SEAL not in step.gives:
            said = Phrase("Le format d’archivage vient après cette étape : elle ferait sortir le document de la norme.")
            problems.append(StepProblem(position, "", said))
        for need in sorted(step.needs - there):
            sentence = "Cette étape a besoin d’une étape qui donne %(what)s, placée avant elle."
            problems.append(StepProblem(position, "", Phrase(sentence, what=_NAMES[need])))
        sealed = sealed or Gives.SEAL in step.gives
        archived = archived or Gives.PDFA in step.gives
        there |= step.gives
        seen.add(step.slug)
    return problems


def needs_barcodes(steps: Sequence[Mapping[str, Any]], layouts: Sequence[Mapping[str, Any]] = ()) -> bool:
    """Whether any option or layout speaks of codes: reading them means drawing every page, so only then."""
    said = json.dumps([[entry.get("options") for entry in steps], list(layouts)])
    return '"barcode"' in said


def needs_parties(chosen: Sequence[ChosenStep]) -> bool:
    """Whether a step recognises parties, or writes the name of one, and wants to know them."""
    return any(Gives.PARTY in one.step.gives or _asks_parties(one) for one in chosen)


def _asks_parties(one: ChosenStep) -> bool:
    asks = getattr(one.step, "asks_parties", None)
    return asks is not None and bool(asks(one.options))


def needs_addresses(chosen: Sequence[ChosenStep]) -> bool:
    """Whether a step wants to know where parties are."""
    return any(getattr(one.step, "needs_addresses", False) for one in chosen)
