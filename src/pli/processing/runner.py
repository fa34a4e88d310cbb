"""The jobs of a run: read a range, cut the file, make a chunk. Each can be killed at any moment and begun again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q
from pydantic import ValidationError

from pli.documents.api import existing_blob_path
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.errors import PliError
from pli.kit.ids import new_id
from pli.kit.sandbox import SandboxFailed, SandboxKilled
from pli.processing import engine, events, queueing
from pli.processing.chain import choose, needs_barcodes, rewrites
from pli.processing.chunks import ChunkMaker
from pli.processing.errors import (
    FileSigned,
    NothingRecognised,
    OnlySeparators,
    OrphanPages,
    UnableToRead,
    UnableToRun,
)
from pli.processing.models import Layout, Run, RunPiece, RunReading
from pli.processing.plugs import Piece
from pli.processing.queries import late_runs, pages_kept
from pli.processing.runs import park_run, problem_of, tell_run
from pli.processing.states import RUN, PieceState, RunState

# Readings weigh ten times what a person would look at: they go once nobody can need them.
READINGS_KEPT = timedelta(days=30)


def read_range(run_id: UUID, first: int, last: int, *, clock: Clock = SYSTEM_CLOCK) -> None:
    """Read pages ``first`` to ``last`` of a run, unless it was done; cut the file when nothing is left to read."""
    run = Run.objects.get(id=run_id)
    if run.state != RunState.READING:
        return
    if not RunReading.objects.filter(run=run, first=first).exists():
        try:
            layouts = Layout.objects.filter(organisation_id=run.organisation_id, is_active=True)
            read = engine.read_stage(
                existing_blob_path(run.blob_id),
                first=first,
                last=last,
                steps=run.steps,
                barcodes=needs_barcodes(run.steps, list(layouts.values("rules"))),
            )
        except (SandboxKilled, SandboxFailed) as death:
            _park(run, UnableToRead(reason=str(death.details.get("reason", ""))), clock)
            return
        except (LookupError, ValidationError):
            _park(run, UnableToRun(), clock)
            return
        except PliError as error:
            _park(run, error, clock)
            return
        _keep_reading(read, run)
    if pages_kept(run) >= run.page_count:
        cut_run(run_id, clock=clock)


def _keep_reading(read: engine.PagesRead, run: Run) -> None:
    """Keep what was read; a twin that was quicker changes nothing."""
    with transaction.atomic():
        locked = Run.objects.select_for_update().get(id=run.id)
        if locked.state != RunState.READING or RunReading.objects.filter(run=run, first=read.first).exists():
            return
        marks = [[_clean(said), blank] for said, blank in read.marks]
        RunReading.objects.create(run=run, first=read.first, last=read.last, marks=marks, packed=read.packed)
        locked.pages_read += read.last - read.first + 1
        locked.save(update_fields=["pages_read"])


def _clean(text: str) -> str:
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def cut_run(run_id: UUID, *, clock: Clock = SYSTEM_CLOCK) -> None:
    """Cut a file that was read whole into its pieces, and queue them; once, however often it is called."""
    run = Run.objects.get(id=run_id)
    if run.state != RunState.READING:
        return
    parts = RunReading.objects.filter(run=run).order_by("first").values_list("marks", flat=True)
    marks = [mark for part in parts for mark in part]
    try:
        cut = engine.split_stage(existing_blob_path(run.blob_id), marks=marks, steps=run.steps)
        is_changed = len(cut.pieces) > 1 or cut.dropped or any(rewrites(one.step) for one in choose(run.steps))
        if cut.is_signed and is_changed:
            raise FileSigned
        if not cut.pieces:
            raise OnlySeparators
    except (SandboxKilled, SandboxFailed) as death:
        _park(run, UnableToRead(reason=str(death.details.get("reason", ""))), clock)
        return
    except PliError as error:
        _park(run, error, clock)
        return
    _keep_pieces(run, cut, clock)


@transaction.atomic
def _keep_pieces(run: Run, cut: engine.Cut, clock: Clock) -> None:
    locked = Run.objects.select_for_update().get(id=run.id)
    if locked.state != RunState.READING:
        return
    stray = NothingRecognised() if all(piece.is_orphan for piece in cut.pieces) else OrphanPages()
    rows = [_row_of(locked, position, piece, cut, stray, clock) for position, piece in enumerate(cut.pieces, start=1)]
    RunPiece.objects.bulk_create(rows, batch_size=1000)
    locked.state = RUN.next_state(locked.state, "split")
    locked.split_at, locked.dropped_pages = clock.now(), cut.dropped
    locked.save(update_fields=["state", "split_at", "dropped_pages"])
    orphans = sum(piece.is_orphan for piece in cut.pieces)
    told = {"pieces": len(rows), "orphans": orphans, "dropped": len(cut.dropped)}
    tell_run(locked, events.RUN_SPLIT, "system:processing", told, clock)
    waiting = [row.id for row in rows if row.state == PieceState.WAITING]
    queueing.make_later(locked, waiting)
    if not waiting:
        finish_run(locked.id, clock=clock)


def _row_of(run: Run, position: int, piece: Piece, cut: engine.Cut, stray: PliError, clock: Clock) -> RunPiece:
    row = RunPiece(
        id=new_id(),
        run=run,
        position=position,
        pages=list(piece.pages),
        objects_of=[list(cut.objects[page - 1]) for page in piece.pages],
        key=_clean(piece.key)[:120],
        is_orphan=piece.is_orphan,
        kind=run.kind,
        state=PieceState.WAITING,
    )
    if piece.is_orphan:
        row.state, row.ended_at = PieceState.PARKED, clock.now()
        row.problem_code, row.problem = stray.code, problem_of(stray)
    return row


def make_chunk(run_id: UUID, piece_ids: Sequence[UUID], *, clock: Clock = SYSTEM_CLOCK) -> None:
    """Make the pieces that still wait, file them, and end the run when they were the last.

    :raises PlugError, UnableToStore: a service or the disk is not there; the job is tried again.
    :raises TryLater: a step asked for another try.
    """
    run = Run.objects.select_related("organisation").get(id=run_id)
    if run.state == RunState.MAKING:
        waiting = RunPiece.objects.filter(id__in=list(piece_ids), run=run, state=PieceState.WAITING)
        pieces = list(waiting.order_by("position"))
        if pieces:
            ChunkMaker(run, clock).make(pieces)
    finish_run(run_id, clock=clock)


@transaction.atomic
def finish_run(run_id: UUID, *, clock: Clock = SYSTEM_CLOCK) -> bool:
    """End a run none of whose pieces is being worked on; True for the caller who ended it."""
    if RunPiece.objects.filter(run_id=run_id, state=PieceState.WAITING).exists():
        return False
    run = Run.objects.select_for_update().get(id=run_id)
    if run.state != RunState.MAKING or RunPiece.objects.filter(run=run, state=PieceState.WAITING).exists():
        return False
    run.state, run.ended_at = RUN.next_state(run.state, "finish"), clock.now()
    run.save(update_fields=["state", "ended_at"])
    tell_run(run, events.RUN_FINISHED, "system:processing", _counts(run), clock)
    return True


def _counts(run: Run) -> dict[str, Any]:
    states = {
        "done": PieceState.DONE,
        "to_index": PieceState.TO_INDEX,
        "parked": PieceState.PARKED,
        "dismissed": PieceState.DISMISSED,
    }
    wanted = {name: Count("id", filter=Q(state=state)) for name, state in states.items()}
    return dict(RunPiece.objects.filter(run=run).aggregate(**wanted))


@transaction.atomic
def _park(run: Run, error: PliError, clock: Clock) -> None:
    park_run(run, error, clock=clock)


def sweep_runs(*, clock: Clock = SYSTEM_CLOCK) -> None:
    """Whatever lost its job is queued anew; readings nobody can need any more are forgotten."""
    for run_id in late_runs(clock):
        with transaction.atomic():
            run = Run.objects.get(id=run_id)
            if run.state == RunState.READING:
                queueing.read_missing(run)
            elif run.state == RunState.MAKING and not finish_run(run_id, clock=clock):
                queueing.make_missing(run)
    over = Run.objects.filter(state__in=[RunState.DONE, RunState.CANCELLED], ended_at__lt=clock.now() - READINGS_KEPT)
    waiting = RunPiece.objects.filter(state__in=[PieceState.TO_INDEX, PieceState.PARKED]).values("run_id")
    RunReading.objects.filter(run__in=over.exclude(id__in=waiting)).delete()
