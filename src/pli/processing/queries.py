"""Reading runs and pieces, by whoever may see them: their own, or all for those who run the house."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum

from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.errors import NotFound
from pli.parties.api import Actor, Role, StaffActor
from pli.processing.errors import ReadingsForgotten
from pli.processing.models import Run, RunPiece, RunReading
from pli.processing.states import PieceState, RunState


def runs_for(actor: Actor) -> QuerySet[Run]:
    """Staff see the runs of their own files; administrators, managers and auditors all of their organisation's."""
    if not isinstance(actor, StaffActor):
        return Run.objects.none()
    found = Run.objects.filter(organisation_id=actor.organisation_id).select_related("blob", "recipe")
    return found.filter(received_from=actor.reference) if actor.role == Role.MEMBER else found


def get_run(actor: Actor, run_id: UUID) -> Run:
    """:raises NotFound: when it does not exist for this actor."""
    found = runs_for(actor).filter(id=run_id).first()
    if found is None:
        raise NotFound
    return found


def pieces_for(actor: Actor) -> QuerySet[RunPiece]:
    """The pieces of the runs the actor sees."""
    if not isinstance(actor, StaffActor):
        return RunPiece.objects.none()
    found = RunPiece.objects.filter(run__organisation_id=actor.organisation_id).select_related("run", "party", "layout")
    return found.filter(run__received_from=actor.reference) if actor.role == Role.MEMBER else found


def get_piece(actor: Actor, piece_id: UUID) -> RunPiece:
    """:raises NotFound: when it does not exist for this actor."""
    found = pieces_for(actor).filter(id=piece_id).first()
    if found is None:
        raise NotFound
    return found


def pieces_to_index(actor: Actor, limit: int = 200) -> list[RunPiece]:
    """« À indexer »: what waits for a person to say what it is, oldest run first."""
    return list(pieces_for(actor).filter(state=PieceState.TO_INDEX).order_by("run_id", "position")[:limit])


def parked_pieces(actor: Actor, limit: int = 200) -> list[RunPiece]:
    """« À traiter »: pieces that wait with their reason, newest run first."""
    return list(pieces_for(actor).filter(state=PieceState.PARKED).order_by("-run_id", "position")[:limit])


def parked_runs(actor: Actor, limit: int = 100) -> list[Run]:
    """« À traiter »: whole files that wait with their reason, newest first."""
    return list(runs_for(actor).filter(state=RunState.PARKED).order_by("-started_at")[:limit])


def run_of_capture(actor: Actor, capture_id: UUID) -> Run | None:
    """The run a capture was passed to, once it has begun."""
    return runs_for(actor).filter(origin=f"capture:{capture_id}").first()


@dataclass(frozen=True)
class RunProgress:
    """How far a run is. ``ended``: pieces that were worked on to an end, those given up aside; ``per_second``: how many
    of them a second since it was cut, or since its rest was taken up; 0 before. ``pages_per_second``: how many pages
    are read a second since its reading began, or was taken up; 0 until the first ones are."""

    state: str
    page_count: int
    pages_read: int
    pieces: dict[str, int]
    total: int
    ended: int
    per_second: float
    pages_per_second: float


def run_progress(run: Run, *, clock: Clock = SYSTEM_CLOCK) -> RunProgress:
    """The figures of a run, in one question besides the run itself."""
    since = max(filter(None, (run.split_at, run.resumed_at)), default=None) if run.split_at else None
    recent = Count("id", filter=Q(ended_at__gte=run.resumed_at)) if run.resumed_at else Count("id")
    rows = RunPiece.objects.filter(run=run).values_list("state").annotate(count=Count("id"), recent=recent)
    counted = {state: (count, lately) for state, count, lately in rows}
    pieces = {str(state): counted.get(state, (0, 0))[0] for state in PieceState.values}
    total = sum(pieces.values())
    ended = total - pieces[PieceState.WAITING] - pieces[PieceState.CANCELLED]
    worked = sum(counted[state][1] for state in set(counted) - {PieceState.WAITING, PieceState.CANCELLED})
    until = run.ended_at or clock.now()
    seconds = (until - since).total_seconds() if since else 0
    reading = (until - (run.reading_since or run.started_at)).total_seconds()
    return RunProgress(
        state=run.state,
        page_count=run.page_count,
        pages_read=run.pages_read,
        pieces=pieces,
        total=total,
        ended=ended,
        per_second=round(worked / seconds, 2) if seconds > 0 else 0.0,
        pages_per_second=(run.pages_read - run.pages_before) / reading if reading > 0 else 0.0,
    )


def pages_kept(run: Run) -> int:
    """How many pages of a run have their reading."""
    found = RunReading.objects.filter(run=run).aggregate(count=Sum("last") - Sum("first") + Count("id"))
    return int(found["count"] or 0)


def require_readings(run: Run) -> None:
    """:raises ReadingsForgotten: when what was read of the run's pages is not kept any more."""
    if pages_kept(run) < run.page_count:
        raise ReadingsForgotten


def late_runs(clock: Clock) -> list[UUID]:
    """Runs that began more than two minutes ago and are not over: the sweep makes sure a job still works on them."""
    late = Run.objects.filter(
        state__in=[RunState.READING, RunState.MAKING], started_at__lt=clock.now() - timedelta(minutes=2)
    )
    return list(late.order_by("started_at").values_list("id", flat=True)[:200])
