"""Many stopped files and pieces at once, in as many statements for a hundred as for one: sent again, or set aside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce
from pydantic import ValidationError

from pli.journal.api import EventType, Happening, record_many
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.errors import NotFound, PliError
from pli.kit.ticking import Left, Outcome, Ticked, TooManyAtOnce, sort_out
from pli.parties.api import StaffActor
from pli.processing import events, queueing
from pli.processing.errors import OrphanPages, ReadingsForgotten, RecipeMissing, UnableToRun
from pli.processing.models import Recipe, Run, RunPiece, RunReading
from pli.processing.queries import runs_for
from pli.processing.runs import copy_of
from pli.processing.states import PIECE, RUN, PieceState, RunState

_RESTARTED = (
    *("recipe", "recipe_name", "recipe_revision", "kind", "steps", "asks_below", "needs_party"),
    *("state", "pages_read", "pages_before", "reading_since", "problem_code", "problem", "ended_at"),
)


@transaction.atomic
def retry_runs(
    actor: StaffActor, ticked: Sequence[Ticked], *, recipe_id: UUID | None = None, clock: Clock = SYSTEM_CLOCK
) -> Outcome:
    """As ``retry_run`` of each that is parked, with its own recipe as it is today or all with another. One whose recipe
    is gone or can't run any more is left.

    :raises NotFound: for a recipe the actor does not see; :raises NotAllowed: for an auditor.
    """
    actor.require_writer()
    taken, left = _take_runs(actor, ticked)
    recipes = _recipes_of(actor, taken, recipe_id)
    going: list[Run] = []
    for run in taken:
        problem = _start_anew(run, recipes.get(recipe_id or run.recipe_id), clock)
        if problem is None:
            going.append(run)
        else:
            left += (Left(run.file_name, problem),)
    if going:
        RunReading.objects.filter(run__in=going).delete()
        Run.objects.bulk_update(going, _RESTARTED)
        told = {run.id: {"recipe_id": str(run.recipe_id), "revision": run.recipe_revision} for run in going}
        _tell(events.RUN_RETRIED, going, actor, told, clock)
        queueing.read_all_later(going)
    return Outcome(len(going), left)


@transaction.atomic
def dismiss_runs(actor: StaffActor, ticked: Sequence[Ticked], *, clock: Clock = SYSTEM_CLOCK) -> Outcome:
    """As ``cancel_run`` of each that is parked: nothing of it was made yet; the file that came is kept.

    :raises NotAllowed: for an auditor.
    """
    actor.require_writer()
    taken, left = _take_runs(actor, ticked)
    if taken:
        state = RUN.next_state(RunState.PARKED, "cancel")
        Run.objects.filter(id__in=[run.id for run in taken]).update(state=state, ended_at=clock.now())
        _tell(events.RUN_CANCELLED, taken, actor, {run.id: {"left": 0} for run in taken}, clock)
    return Outcome(len(taken), left)


@transaction.atomic
def retry_pieces(actor: StaffActor, ticked: Sequence[Ticked], *, most: int, clock: Clock = SYSTEM_CLOCK) -> Outcome:
    """As ``retry_piece`` of the parked pieces of these runs that had stopped when their run was ticked, ``most`` at
    the most. Pages that belong to nobody are left: whose they are is a person's to say, one by one.

    :raises NotAllowed: for an auditor.
    """
    actor.require_writer()
    pieces, left = _take_pieces(actor, ticked, most)
    orphans = [piece for piece in pieces if piece.is_orphan]
    pieces = [piece for piece in pieces if not piece.is_orphan]
    forgotten = _forgotten({piece.run_id for piece in pieces})
    old = [piece for piece in pieces if piece.run_id in forgotten]
    pieces = [piece for piece in pieces if piece.run_id not in forgotten]
    left += (*_left_of(orphans, OrphanPages), *_left_of(old, ReadingsForgotten))
    if pieces:
        _make_again(pieces)
        _tell_pieces(events.PIECE_RETRIED, pieces, actor, clock)
    return Outcome(len(pieces), left)


@transaction.atomic
def dismiss_pieces(actor: StaffActor, ticked: Sequence[Ticked], *, most: int, clock: Clock = SYSTEM_CLOCK) -> Outcome:
    """As ``dismiss_piece`` of the parked pieces of these runs that had stopped when their run was ticked, ``most`` at
    the most.

    :raises NotAllowed: for an auditor.
    """
    actor.require_writer()
    pieces, left = _take_pieces(actor, ticked, most)
    if pieces:
        state = PIECE.next_state(PieceState.PARKED, "dismiss")
        RunPiece.objects.filter(id__in=[piece.id for piece in pieces]).update(state=state, ended_at=clock.now())
        _tell_pieces(events.PIECE_DISMISSED, pieces, actor, clock)
    return Outcome(len(pieces), left)


def _take_runs(actor: StaffActor, ticked: Sequence[Ticked]) -> tuple[list[Run], tuple[Left, ...]]:
    """The runs that stand as they were ticked, held until the transaction ends, and the others."""
    found = runs_for(actor).filter(id__in=[one.id for one in ticked]).order_by("id").select_for_update(of=("self",))
    return sort_out(
        ticked,
        {run.id: run for run in found},
        name=lambda run: run.file_name,
        waits=lambda run, seen: run.state == RunState.PARKED and run.ended_at == seen.since,
    )


def _recipes_of(actor: StaffActor, runs: Iterable[Run], recipe_id: UUID | None) -> Mapping[UUID | None, Recipe]:
    """The recipe asked for, else those of these runs, as they are today."""
    wanted = [recipe_id] if recipe_id else [run.recipe_id for run in runs if run.recipe_id]
    found = Recipe.objects.filter(organisation_id=actor.organisation_id, id__in=wanted, is_active=True)
    recipes: dict[UUID | None, Recipe] = {recipe.id: recipe for recipe in found}
    if recipe_id and not recipes:
        raise NotFound
    return recipes


def _start_anew(run: Run, recipe: Recipe | None, clock: Clock) -> PliError | None:
    """A parked run as it is read from its beginning, or why it can't be."""
    if recipe is None:
        return RecipeMissing()
    for name, value in copy_of(recipe).items():
        setattr(run, name, value)
    try:
        queueing.ranges_of(run)
    except (LookupError, ValidationError):
        return UnableToRun()
    run.state = RUN.next_state(run.state, "retry")
    run.pages_read, run.problem_code, run.problem, run.ended_at = 0, "", {}, None
    run.pages_before, run.reading_since = 0, clock.now()
    return None


def _take_pieces(actor: StaffActor, ticked: Sequence[Ticked], most: int) -> tuple[list[RunPiece], tuple[Left, ...]]:
    """The parked pieces of these runs, held until the transaction ends, in their order, and what is left."""
    runs = {run.id: run for run in runs_for(actor).filter(id__in=[one.id for one in ticked])}
    seen = {one.id: one.since for one in ticked}
    parked = RunPiece.objects.filter(run__in=list(runs), state=PieceState.PARKED).select_related("run")
    found = parked.only("id", "ended_at", "run__file_name").order_by("run_id", "position")
    waiting = [piece for piece in found if _had_stopped(piece, seen[piece.run_id])]
    # Locked in the order everybody locks them in.
    wanted = [piece.id for piece in waiting[:most]]
    held = list(parked.filter(id__in=wanted).order_by("id").select_for_update(of=("self",)))
    _, left = sort_out(
        ticked,
        runs,
        name=lambda run: run.file_name,
        waits=lambda run, one: any(piece.run_id == run.id for piece in waiting),
    )
    in_order = sorted(held, key=lambda piece: (piece.run_id, piece.position))
    return in_order, (*left, *_left_of(waiting[most:], TooManyAtOnce))


def _had_stopped(piece: RunPiece, since: datetime | None) -> bool:
    return piece.ended_at is not None and since is not None and piece.ended_at <= since


def _left_of(pieces: Iterable[RunPiece], reason: type[PliError]) -> tuple[Left, ...]:
    """Pieces that are left for one reason, those of a file together."""
    counted = Counter((piece.run_id, piece.run.file_name) for piece in pieces)
    return tuple(Left(name, reason(), count) for (_, name), count in counted.items())


def _forgotten(run_ids: set[UUID]) -> set[UUID]:
    """The runs among these whose readings are not all kept any more."""
    kept = RunReading.objects.filter(run=OuterRef("id")).order_by().values("run")
    counted = kept.annotate(pages=Sum(F("last") - F("first") + 1)).values("pages")
    runs = Run.objects.filter(id__in=run_ids).annotate(kept=Coalesce(Subquery(counted), 0))
    return set(runs.filter(kept__lt=F("page_count")).values_list("id", flat=True))


def _make_again(pieces: Sequence[RunPiece]) -> None:
    """Back among those being made, their runs with them."""
    state = PIECE.next_state(PieceState.PARKED, "retry")
    RunPiece.objects.filter(id__in=[piece.id for piece in pieces]).update(
        state=state, problem_code="", problem={}, ended_at=None
    )
    # Pieces before their runs, and runs in one order: two writers never wait for each other.
    runs = list(Run.objects.filter(id__in={piece.run_id for piece in pieces}).order_by("id").select_for_update())
    over = [run.id for run in runs if run.state != RunState.MAKING]
    Run.objects.filter(id__in=over).update(state=RUN.next_state(RunState.DONE, "resume"), ended_at=None)
    wanted = [(run, [piece.id for piece in pieces if piece.run_id == run.id]) for run in runs]
    queueing.make_all_later(wanted, is_asked=True)


def _tell(
    kind: EventType, runs: Iterable[Run], actor: StaffActor, data: Mapping[UUID, Mapping[str, Any]], clock: Clock
) -> None:
    happened = [Happening(kind, run.organisation_id, ("run", run.id), actor.reference, data[run.id]) for run in runs]
    record_many(happened, clock=clock)


def _tell_pieces(kind: EventType, pieces: Iterable[RunPiece], actor: StaffActor, clock: Clock) -> None:
    happened = [
        Happening(kind, piece.run.organisation_id, ("run", piece.run_id), actor.reference, {"piece_id": str(piece.id)})
        for piece in pieces
    ]
    record_many(happened, clock=clock)
