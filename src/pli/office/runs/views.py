"""One run: its progress, its pieces, what was dropped, what waits for a person; and the pictures of its pages."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from pli.documents.api import documents_for, page_image
from pli.kit.errors import NotFound, PliError
from pli.office.access import StaffRequest, staff_required
from pli.office.errors import Explained
from pli.office.lists import Listing
from pli.office.runs.origins import origins_of_runs
from pli.office.runs.words import PIECE_TONES, explain_problem, say_run, spell_pages, spell_time_left
from pli.parties.api import Role
from pli.processing.api import (
    PieceState,
    Rest,
    Run,
    RunPiece,
    RunProgress,
    get_run,
    recipes_for,
    rest_of,
    run_progress,
    runs_for,
)

GOING = ("READING", "MAKING")
TILES = 48
WAITING_SHOWN = 12
DROPPED_SHOWN = 24
OPEN_STATES = (PieceState.TO_INDEX, PieceState.PARKED, PieceState.DISMISSED)
_TABS = (
    PieceState.DONE,
    PieceState.TO_INDEX,
    PieceState.PARKED,
    PieceState.WAITING,
    PieceState.DISMISSED,
    PieceState.CANCELLED,
)


@dataclass(frozen=True)
class Tile:
    """A piece as its tile shows it."""

    piece: RunPiece
    can_open: bool

    @property
    def tone(self) -> str:
        return PIECE_TONES[self.piece.state]

    @property
    def title(self) -> str:
        return self.piece.title or self.piece.key or _("Document %(n)s") % {"n": self.piece.position}

    @property
    def pages(self) -> str:
        return spell_pages(self.piece.pages)

    @property
    def first_page(self) -> int:
        return self.piece.pages[0] if self.piece.pages else 0

    @property
    def problem(self) -> Explained | None:
        return explain_problem(self.piece.problem_code, self.piece.problem)


@never_cache
@require_GET
@staff_required()
def show(request: StaffRequest, run_id: UUID) -> HttpResponse:
    """The run; asked again every two seconds while it goes on, silent (204) when nothing has changed."""
    run = get_run(request.actor, run_id)
    parts = _parts(request, run)
    if request.headers.get("HX-Request") != "true":
        return render(request, "office/runs/show.html", parts | _frame(request, run))
    parts["changed"] = {name for name, stamp in parts["stamps"].items() if request.GET.get(f"seen_{name}") != stamp}
    if not parts["changed"]:
        return HttpResponse(status=204)
    return render(request, "office/runs/live.html", parts)


def _frame(request: StaffRequest, run: Run) -> dict[str, Any]:
    """What of the page does not change while one looks."""
    return {
        "recipes": list(recipes_for(request.actor).filter(is_active=True)),
        "replaced_by": runs_for(request.actor).filter(replaces=run).order_by("-started_at").first(),
        "replaces": runs_for(request.actor).filter(id=run.replaces_id).first() if run.replaces_id else None,
        "origin": origins_of_runs([run])[run.id],
        "dropped": run.dropped_pages[:DROPPED_SHOWN],
        "dropped_more": max(0, len(run.dropped_pages) - DROPPED_SHOWN),
    }


def _parts(request: StaffRequest, run: Run) -> dict[str, Any]:
    """The three parts that live, each with the stamp of what it shows."""
    progress = run_progress(run)
    time_left = spell_time_left(progress)
    wanted = request.GET.get("state", "")
    chosen = wanted if wanted in PieceState.values else ""
    found = RunPiece.objects.filter(run=run).select_related("party").defer("facts", "typed", "steps", "objects_of")
    pieces = Listing(
        request, found.filter(state=chosen) if chosen else found, sorts={"position": "position"}, default="position",
        filters=("state",), size=TILES,
    )  # fmt: skip
    parked = list(found.filter(state=PieceState.PARKED).order_by("position")[:WAITING_SHOWN])
    tiles, waiting = _tiles(request, pieces.rows), _tiles(request, parked)
    stamps = {
        # Without the pages a second, which change with every look: what is shown of them is the time left.
        "progress": _stamp(replace(progress, pages_per_second=0.0), time_left),
        "waiting": _stamp([(tile.piece.id, tile.piece.problem_code) for tile in waiting], progress.pieces["TO_INDEX"]),
        "pieces": _stamp([(tile.piece.id, tile.piece.state) for tile in tiles], progress.pieces),
    }
    tone, word = say_run(run, progress.pieces)
    return {
        "run": run,
        "tone": tone,
        "word": word,
        "problem": explain_problem(run.problem_code, run.problem),
        "progress": progress,
        "is_going": run.state in GOING,
        "rest": _rest(run),
        "time_left": time_left,
        "pieces": pieces,
        "tiles": tiles,
        "tabs": _tabs(request, progress, chosen),
        "waiting": waiting,
        "waiting_more": max(0, progress.pieces["PARKED"] - len(waiting)),
        "targets": _targets(run) if any(tile.piece.is_orphan for tile in waiting) else [],
        "stamps": stamps,
        "live_url": _live_url(request, stamps),
        "can_write": request.actor.role != Role.AUDITOR,
    }


def _tiles(request: StaffRequest, pieces: Sequence[RunPiece]) -> list[Tile]:
    wanted = [piece.document_id for piece in pieces if piece.document_id]
    seen = set(documents_for(request.actor).filter(id__in=wanted).values_list("id", flat=True)) if wanted else set()
    return [Tile(piece, piece.document_id in seen) for piece in pieces]


def _targets(run: Run) -> list[Tile]:
    """The pieces of the run that may still take pages."""
    found = RunPiece.objects.filter(run=run, state__in=OPEN_STATES).exclude(pages=[]).order_by("position")
    return [Tile(piece, can_open=False) for piece in found[:100]]


def _tabs(request: StaffRequest, progress: RunProgress, chosen: str) -> list[dict[str, Any]]:
    """The pieces by state, those states that have any."""
    kept = [state for state in _TABS if progress.pieces[state] or state == chosen]
    offered: list[tuple[str, Any, int]] = [("", _("Tous"), progress.total)]
    offered += [(str(state), state.label, progress.pieces[state]) for state in kept]
    return [
        {
            "title": title,
            "count": count,
            "url": f"{request.path}?state={state}#pieces" if state else f"{request.path}#pieces",
            "current": state == chosen,
        }
        for state, title, count in offered
    ]


def _rest(run: Run) -> Rest | None:
    """What of a cancelled run can be taken up."""
    try:
        return rest_of(run)
    except PliError:
        return None


def _stamp(*seen: object) -> str:
    return hashlib.sha256(repr(seen).encode()).hexdigest()[:20]


def _live_url(request: StaffRequest, stamps: dict[str, str]) -> str:
    query = request.GET.copy()
    for name, stamp in stamps.items():
        query[f"seen_{name}"] = stamp
    return f"{request.path}?{query.urlencode()}"


@require_GET
@staff_required()
def page(request: StaffRequest, run_id: UUID, number: int) -> HttpResponseBase:
    """A page of the file that came, as an image."""
    run = get_run(request.actor, run_id)
    if not 1 <= number <= run.page_count:
        raise NotFound
    try:
        asked = int(request.GET.get("w", "240"))
    except ValueError:
        asked = 240
    image = page_image(run.blob_id, number, asked)
    response = FileResponse(image.open("rb"), content_type="image/jpeg")
    patch_cache_control(response, private=True, max_age=86_400)
    return response


def page_address(run: Run, number: int, width: int) -> str:
    """Where the image of a page of a run's file is."""
    return f"{reverse('runs:page', args=[run.id, number])}?w={width}"
