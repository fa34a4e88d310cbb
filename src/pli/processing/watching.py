"""What screens ask of runs besides their rows: figures of many at once, the words of a page, whose turn it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from pli.parties.api import Actor
from pli.processing.models import Run, RunPiece, RunReading
from pli.processing.plugs import PageReading
from pli.processing.queries import pieces_for, runs_for
from pli.processing.states import PieceState
from pli.processing.wire import read_reading, unpack_lines


def piece_counts(run_ids: Sequence[UUID]) -> dict[UUID, dict[str, int]]:
    """How many pieces of each of these runs are in each state, in one question; a run without pieces is not there."""
    counted: dict[UUID, dict[str, int]] = {}
    rows = RunPiece.objects.filter(run__in=run_ids).values_list("run_id", "state").annotate(count=Count("id"))
    for run_id, state, count in rows:
        counted.setdefault(run_id, {})[state] = count
    return counted


def readings_of(run: Run, numbers: Iterable[int]) -> dict[int, PageReading]:
    """The readings of these pages of a run's file; those not read yet, or forgotten since, are not there."""
    wanted = sorted(set(numbers))
    if not wanted:
        return {}
    found: dict[int, PageReading] = {}
    for part in RunReading.objects.filter(run=run, first__lte=wanted[-1], last__gte=wanted[0]).order_by("first"):
        mine = [number for number in wanted if part.first <= number <= part.last]
        lines = unpack_lines(bytes(part.packed)) if mine else []
        found.update((number, read_reading(lines[number - part.first])) for number in mine)
    return found


def queue_to_index(actor: Actor, run_id: UUID | None = None) -> QuerySet[RunPiece]:
    """« À indexer » in its order, of one run or of all: the oldest run first."""
    found = pieces_for(actor).filter(state=PieceState.TO_INDEX)
    return (found.filter(run_id=run_id) if run_id else found).order_by("run_id", "position")


def next_to_index(actor: Actor, *, after: RunPiece | None = None, run_id: UUID | None = None) -> RunPiece | None:
    """Whose turn it is: the piece behind ``after``, else the first of the queue; never ``after`` itself."""
    queue = queue_to_index(actor, run_id)
    if after is None:
        return queue.first()
    behind = Q(run_id__gt=after.run_id) | Q(run_id=after.run_id, position__gt=after.position)
    return queue.filter(behind).first() or queue.exclude(id=after.id).first()


def runs_of_captures(actor: Actor, capture_ids: Iterable[UUID]) -> dict[UUID, Run]:
    """The runs these captures were passed to, by capture, those the actor sees; a capture not passed is not there."""
    origins = {f"capture:{capture_id}": capture_id for capture_id in capture_ids}
    if not origins:
        return {}
    return {origins[run.origin]: run for run in runs_for(actor).filter(origin__in=list(origins))}
