"""The live preview beside the editor: asked again as options change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from pli.kit.errors import Phrase, PliError, fill_sentence, read_phrase
from pli.office import spelling
from pli.office.access import StaffRequest, staff_required
from pli.office.errors import explain
from pli.office.printers.forms import kind_choices
from pli.office.recipes import drafts
from pli.office.recipes.uses import known_to
from pli.office.recipes.views import EDITORS, field_choices, typed_fields
from pli.office.recipes.words import step_name
from pli.processing.api import Preview, open_sample, preview_recipe

SHOWN_PAGES = 6
SOURCES = {
    "zone": "zone dessinée", "anchor": "près d’un libellé", "pattern": "motif", "barcode": "code-barres",
    "block": "bloc de lignes", "facturx": "Factur-X", "label": "libellé usuel", "file-name": "nom du fichier",
}  # fmt: skip


@dataclass(frozen=True)
class PieceShown:
    """A document as the preview shows it: its first pages as thumbnails."""

    number: int
    key: str
    pages: list[int]
    more: int
    is_orphan: bool
    first: int
    last: int


@require_POST
@staff_required(*EDITORS)
def show(request: StaffRequest) -> HttpResponse:
    """What the posted draft does to its sample; and, in place, what is wrong with each step."""
    draft = drafts.read_draft(request.POST)
    known = known_to(
        request.actor, kind_choices(request.actor.organisation_id), field_choices(request.actor, draft.kind)
    )
    context: dict[str, Any] = {"cards": drafts.draw_cards(draft, known), "draft": draft, "preview": None}
    if draft.sample:
        try:
            sample = open_sample(request.actor, draft.sample)
            context["preview"] = preview = preview_recipe(request.actor, draft.wishes(), sample)
        except PliError as refusal:
            context["refusal"] = explain(refusal)
        else:
            context |= _told(request, draft, preview)
    return render(request, "office/recipes/preview.html", context)


def _told(request: StaffRequest, draft: drafts.Draft, preview: Preview) -> dict[str, Any]:
    pieces = [
        PieceShown(
            number=at,
            key=piece.key.strip("\x01"),
            pages=list(piece.pages[:SHOWN_PAGES]),
            more=max(0, len(piece.pages) - SHOWN_PAGES),
            is_orphan=piece.is_orphan,
            first=min(piece.pages),
            last=max(piece.pages),
        )
        for at, piece in enumerate(preview.pieces, start=1)
    ]
    told: dict[str, Any] = {
        "pieces": pieces,
        "documents": sum(not piece.is_orphan for piece in pieces),
        "refusal": explain(preview.refusal) if preview.refusal else None,
        "left_out": [at + 1 for at in preview.left_out],
    }
    first = preview.first
    if first is not None:
        kinds = dict(kind_choices(request.actor.organisation_id))
        known = {name: (label, kind) for name, label, kind in typed_fields(request.actor, first.kind)}
        told["first"] = first
        told["kind"] = kinds.get(first.kind, first.kind)
        told["facts"] = []
        for one in first.facts:
            label, kind = known.get(one.name, (one.name, "text"))
            told["facts"].append((label, spelling.fact(one.value, kind), one.percent, _tone(one.percent, draft)))
        told["said"] = [_say_step(one) for one in first.said]
        if first.problem:
            told["problem"] = {
                name: fill_sentence(str(first.problem.get(name, "")), first.problem.get("details") or {}, _)
                for name in ("message", "remedy")
            }
    return told


def _tone(percent: int, draft: drafts.Draft) -> str:
    """A value less sure than the recipe asks waits for somebody."""
    return "waiting" if percent < draft.asks_below else "idle"


def _say_step(told: Any) -> dict[str, Any]:
    step = drafts.find_installed(str(told.get("slug")))
    outcomes = {
        "done": ("active", _("fait")),
        "skipped": ("idle", _("rien à faire")),
        "refused": ("refused", _("refusé")),
    }
    tone, word = outcomes.get(str(told.get("outcome")), ("idle", ""))
    notes = [_say_note(note) for note in told.get("notes") or () if note]
    return {"name": step_name(step) if step else told.get("slug"), "tone": tone, "word": word, "notes": notes}


def _say_note(note: Any) -> str:
    told = read_phrase(note)
    return fill_sentence("%(note)s", {"note": told if isinstance(told, Phrase) else Phrase(told)}, _)
