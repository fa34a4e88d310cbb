"""Runs: files on their way through a recipe, and the pieces that wait for a person."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.utils.translation import gettext as _
from ninja import Query, Router, Schema
from pydantic import Field, StringConstraints

from pli.api.kept_problems import KeptProblem, tell_kept
from pli.api.schema import Line, Strict
from pli.api.security import ApiRequest, needs
from pli.kit.errors import Phrase, fill_sentence, read_phrase
from pli.processing.api import (
    Run,
    RunPiece,
    cancel_run,
    complete_piece,
    dismiss_piece,
    get_piece,
    get_run,
    replay_run,
    resume_rest,
    retry_piece,
    retry_run,
    run_progress,
    runs_for,
)

router = Router(tags=["runs"])
PieceStates = Literal["WAITING", "DONE", "TO_INDEX", "PARKED", "DISMISSED", "CANCELLED"]


class ProblemOut(KeptProblem):
    errors: dict[str, str] = Field(default_factory=dict, description="field → what is wrong with it")


class RunOut(Schema):
    id: UUID
    state: Literal["READING", "MAKING", "DONE", "PARKED", "CANCELLED"]
    recipe_id: UUID | None
    recipe_name: str
    recipe_revision: int
    file_name: str
    channel: str
    page_count: int
    pages_read: int
    pieces: dict[str, int] = Field(description="how many pieces in each state")
    per_second: float = Field(description="documents a second since the file was cut, or since its rest was resumed")
    dropped_pages: list[int] = Field(description="separators that were cut out")
    problem: ProblemOut | None
    replaces_id: UUID | None
    started_at: datetime
    ended_at: datetime | None


class RunList(Schema):
    items: list[RunOut]


class PieceOut(Schema):
    id: UUID
    position: int
    pages: list[int]
    key: str
    is_orphan: bool
    state: PieceStates
    kind: str
    party_id: UUID | None
    title: str
    facts: dict[str, Any] = Field(description="name → {value, confidence, source, page, box}")
    steps: list[dict[str, Any]] = Field(description="what each step said")
    document_id: UUID | None
    problem: ProblemOut | None


class PieceList(Schema):
    items: list[PieceOut]
    next: int | None = Field(description="`after` of the next request; null at the end")


class RunQuery(Schema):
    state: Literal["", "READING", "MAKING", "DONE", "PARKED", "CANCELLED"] = ""
    limit: int = Field(50, ge=1, le=200)


class PieceQuery(Schema):
    state: Literal["", "WAITING", "DONE", "TO_INDEX", "PARKED", "DISMISSED", "CANCELLED"] = ""
    after: int = Field(0, ge=0, le=2_000_000_000, description="position of the last piece of the page before")
    limit: int = Field(100, ge=1, le=200)


class AgainIn(Strict):
    recipe_id: UUID | None = Field(None, description="another recipe than its own")


class CompleteIn(Strict):
    facts: dict[
        Annotated[str, StringConstraints(max_length=80)], Annotated[str, StringConstraints(max_length=1000)]
    ] = Field(default_factory=dict)
    kind: Annotated[str, StringConstraints(max_length=40)] = ""
    party_id: UUID | None = None
    title: Line = ""


@router.get("/runs", response=RunList, summary="List runs", **needs("runs:read"))
def list_all(request: ApiRequest, query: Query[RunQuery]) -> Any:
    """Newest first."""
    found = runs_for(request.auth.actor).order_by("-started_at", "-id")
    if query.state:
        found = found.filter(state=query.state)
    return {"items": [_show(run) for run in found[: query.limit]]}


@router.get("/runs/{run_id}", response=RunOut, summary="Follow a run", **needs("runs:read"))
def read(request: ApiRequest, run_id: UUID) -> Any:
    """How many pages are read, how many pieces are in each state, how fast it goes."""
    return _show(get_run(request.auth.actor, run_id))


@router.get("/runs/{run_id}/pieces", response=PieceList, summary="The pieces of a run", **needs("runs:read"))
def pieces(request: ApiRequest, run_id: UUID, query: Query[PieceQuery]) -> Any:
    """In the order of the file, with the document each became or the reason why it waits."""
    run = get_run(request.auth.actor, run_id)
    found = run.pieces.filter(position__gt=query.after).order_by("position")
    if query.state:
        found = found.filter(state=query.state)
    rows = list(found[: query.limit + 1])
    shown = rows[: query.limit]
    return {
        "items": [_show_piece(piece) for piece in shown],
        "next": shown[-1].position if len(rows) > query.limit else None,
    }


@router.post("/runs/{run_id}/cancel", response=RunOut, summary="Cancel a run", **needs("runs:write"))
def cancel(request: ApiRequest, run_id: UUID) -> Any:
    """What it filed stays filed; the rest is given up; the file that came is kept."""
    return _show(cancel_run(request.auth.actor, run_id))


@router.post("/runs/{run_id}/retry", response=RunOut, summary="Start a parked run again", **needs("runs:write"))
def retry(request: ApiRequest, run_id: UUID, body: AgainIn) -> Any:
    """From the beginning, with its recipe as it is today or with another."""
    return _show(retry_run(request.auth.actor, run_id, recipe_id=body.recipe_id))


@router.post("/runs/{run_id}/replay", response=RunOut, summary="Replay a run", **needs("runs:write"))
def replay(request: ApiRequest, run_id: UUID, body: AgainIn) -> Any:
    """The same file as a new run that replaces this one; documents already filed stay."""
    return _show(replay_run(request.auth.actor, run_id, recipe_id=body.recipe_id))


@router.post(
    "/runs/{run_id}/resume", response=RunOut, summary="Resume the rest of a cancelled run", **needs("runs:write")
)
def resume(request: ApiRequest, run_id: UUID) -> Any:
    """The pieces that were given up are made, or the file is read on, with the recipe the run had; what it filed
    stays, nothing is filed twice."""
    return _show(resume_rest(request.auth.actor, run_id))


@router.get("/pieces/{piece_id}", response=PieceOut, summary="Read a piece", **needs("runs:read"))
def read_piece(request: ApiRequest, piece_id: UUID) -> Any:
    """What was read of it, and why it waits if it does."""
    return _show_piece(get_piece(request.auth.actor, piece_id))


@router.post("/pieces/{piece_id}/complete", response=PieceOut, summary="Say what a piece is", **needs("runs:write"))
def complete(request: ApiRequest, piece_id: UUID, body: CompleteIn) -> Any:
    """It is made again at once; what is said here wins over what was read."""
    piece = complete_piece(
        request.auth.actor, piece_id, facts=body.facts, kind=body.kind, party_id=body.party_id, title=body.title
    )
    return _show_piece(piece)


@router.post("/pieces/{piece_id}/retry", response=PieceOut, summary="Make a piece again", **needs("runs:write"))
def again(request: ApiRequest, piece_id: UUID) -> Any:
    """A parked or dismissed one; pages that belonged to nobody become a document of their own."""
    return _show_piece(retry_piece(request.auth.actor, piece_id))


@router.post("/pieces/{piece_id}/dismiss", response=PieceOut, summary="Set a piece aside", **needs("runs:write"))
def dismiss(request: ApiRequest, piece_id: UUID) -> Any:
    """Its pages stay in the file that came."""
    return _show_piece(dismiss_piece(request.auth.actor, piece_id))


def _show(run: Run) -> dict[str, Any]:
    progress = run_progress(run)
    return {
        "id": run.id,
        "state": run.state,
        "recipe_id": run.recipe_id,
        "recipe_name": run.recipe_name,
        "recipe_revision": run.recipe_revision,
        "file_name": run.file_name,
        "channel": run.channel,
        "page_count": run.page_count,
        "pages_read": run.pages_read,
        "pieces": progress.pieces,
        "per_second": progress.per_second,
        "dropped_pages": run.dropped_pages,
        "problem": _say(run.problem_code, run.problem),
        "replaces_id": run.replaces_id,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
    }


def _show_piece(piece: RunPiece) -> dict[str, Any]:
    return {
        "id": piece.id,
        "position": piece.position,
        "pages": piece.pages,
        "key": piece.key,
        "is_orphan": piece.is_orphan,
        "state": piece.state,
        "kind": piece.kind,
        "party_id": piece.party_id,
        "title": piece.title,
        "facts": piece.facts,
        "steps": [{**step, "notes": [_said(note) for note in step.get("notes", ())]} for step in piece.steps],
        "document_id": piece.document_id,
        "problem": _say(piece.problem_code, piece.problem),
    }


def _said(note: Any) -> str:
    """A note of a step in the reader's tongue."""
    told = read_phrase(note)
    return fill_sentence("%(note)s", {"note": told if isinstance(told, Phrase) else Phrase(told)}, _)


def _say(code: str, saved: dict[str, Any]) -> dict[str, Any] | None:
    if not code:
        return None
    errors = {name: _(text) for name, text in (saved.get("errors") or {}).items()}
    return {**tell_kept(code, saved), "errors": errors}
