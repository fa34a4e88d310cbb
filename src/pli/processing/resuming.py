"""« Reprendre le reste » of a cancelled run: what it gave up is taken up again, what it filed stays as it is."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from pydantic import ValidationError

from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.parties.api import StaffActor
from pli.processing import events, queueing
from pli.processing.errors import NothingLeft, UnableToRun
from pli.processing.models import Run, RunPiece
from pli.processing.queries import get_run, pages_kept, require_readings
from pli.processing.runner import finish_run
from pli.processing.runs import lock_pieces, lock_run, tell_run
from pli.processing.states import PIECE, RUN, PieceState


@dataclass(frozen=True)
class Rest:
    """What a cancelled run gave up: ``pages`` still to be read, else ``pieces`` still to be made."""

    pages: int
    pieces: int


def rest_of(run: Run) -> Rest:
    """What can be taken up of a cancelled run.

    :raises UnableToMove: when it is not cancelled; :raises NothingLeft: when it gave nothing up.
    :raises ReadingsForgotten: when too much time has passed.
    """
    RUN.next_state(run.state, "make_rest")
    if run.split_at is None:
        # A file that was parked was never being read: it is replayed, with a recipe that suits it.
        if run.problem_code:
            raise NothingLeft
        return Rest(run.page_count - pages_kept(run), 0)
    pieces = run.pieces.filter(state__in=PIECE.sources("make_rest")).count()
    if not pieces:
        raise NothingLeft
    require_readings(run)
    return Rest(0, pieces)


@transaction.atomic
def resume_rest(actor: StaffActor, run_id: UUID, *, clock: Clock = SYSTEM_CLOCK) -> Run:
    """Take up what a cancelled run gave up, with the recipe it had; what it filed is left alone.

    Pages that belonged to nobody wait for a person again; the other pieces are made.

    :raises NotFound: when the actor does not see it; :raises NotAllowed: for an auditor.
    :raises UnableToMove, NothingLeft, ReadingsForgotten: as :func:`rest_of`; :raises UnableToRun: when a step of the
        recipe is gone.
    """
    actor.require_writer()
    given_up = RunPiece.objects.filter(run=get_run(actor, run_id), state__in=PIECE.sources("make_rest"))
    lock_pieces(given_up)
    run = lock_run(actor, run_id)
    rest = rest_of(run)
    run.resumed_at, run.ended_at = clock.now(), None
    told = {"pages": rest.pages, "pieces": rest.pieces}
    tell_run(run, events.RUN_RESUMED, actor.reference, told, clock)
    if run.split_at is None:
        _read_on(run, clock)
    else:
        _make(run, given_up, clock)
    return run


def _read_on(run: Run, clock: Clock) -> None:
    """Read what was not read yet. Ranges that would be others today are read anew: none may overlap another."""
    try:
        ranges = queueing.ranges_of(run)
    except (LookupError, ValidationError):
        raise UnableToRun from None
    kept = run.readings.values_list("id", "first", "last")
    run.readings.filter(id__in=[row for row, first, last in kept if (first, last) not in ranges]).delete()
    run.state = RUN.next_state(run.state, "read_on")
    run.pages_read = run.pages_before = pages_kept(run)
    run.reading_since = clock.now()
    run.save(update_fields=["state", "pages_read", "pages_before", "reading_since", "resumed_at", "ended_at"])
    queueing.read_later(run)


def _make(run: Run, given_up: QuerySet[RunPiece], clock: Clock) -> None:
    run.state = RUN.next_state(run.state, "make_rest")
    run.save(update_fields=["state", "resumed_at", "ended_at"])
    given_up.filter(is_orphan=True).update(state=PieceState.PARKED)
    given_up.update(state=PieceState.WAITING, problem_code="", problem={}, ended_at=None)
    waiting = RunPiece.objects.filter(run=run, state=PieceState.WAITING).order_by("position")
    queueing.make_later(run, list(waiting.values_list("id", flat=True)))
    # Nothing but pages of nobody: there is no piece whose making would end the run.
    finish_run(run.id, clock=clock)
    run.refresh_from_db(fields=["state", "ended_at"])
