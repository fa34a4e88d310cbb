"""What people do with the pieces that wait for them: say what they are, send them again, set them aside, attach."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction

from pli.documents.api import DocumentKind, check_facts
from pli.journal.api import EventType, record
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.errors import NotFound
from pli.parties.api import Party, StaffActor
from pli.processing import events, queueing
from pli.processing.errors import NotHere
from pli.processing.models import Layout, Run, RunPiece
from pli.processing.queries import get_piece, require_readings
from pli.processing.states import PIECE, RUN, PieceState, RunState


@transaction.atomic
def complete_piece(
    actor: StaffActor,
    piece_id: UUID,
    *,
    facts: Mapping[str, Any],
    kind: str = "",
    party_id: UUID | None = None,
    title: str = "",
    layout_id: UUID | None = None,
    clock: Clock = SYSTEM_CLOCK,
) -> RunPiece:
    """Say what a piece is: it is made again, and what was typed wins over whatever is read.

    :raises NotFound: for a piece, kind, party or layout the actor does not see; :raises NotAllowed: for an auditor.
    :raises FactsRefused: naming each wrong field; :raises UnableToMove: when it does not wait any more.
    """
    piece = _lock(actor, piece_id)
    state = PIECE.next_state(piece.state, "complete")
    slug = kind or piece.kind
    organisation = actor.organisation_id
    chosen = DocumentKind.objects.filter(organisation_id=organisation, slug=slug, is_active=True).first()
    if chosen is None:
        raise NotFound
    if party_id and not Party.objects.filter(organisation_id=organisation, id=party_id).exists():
        raise NotFound
    if layout_id and not Layout.objects.filter(organisation_id=organisation, id=layout_id).exists():
        raise NotFound
    piece.typed = check_facts(chosen.fields, facts)
    piece.kind, piece.party_id, piece.title = slug, party_id or piece.party_id, title.strip()[:200] or piece.title
    piece.layout_id = layout_id or piece.layout_id
    piece.is_orphan = False
    _wait_again(piece, state)
    told = {
        "piece_id": str(piece.id),
        "kind": slug,
        "party_id": str(piece.party_id) if piece.party_id else None,
        "names": sorted(piece.typed),
        "facts": piece.typed,
    }
    _tell(piece, events.PIECE_COMPLETED, actor, told, clock)
    return piece


@transaction.atomic
def retry_piece(actor: StaffActor, piece_id: UUID, *, clock: Clock = SYSTEM_CLOCK) -> RunPiece:
    """Make a parked or dismissed piece again; pages that belong to nobody become a document of their own.

    :raises NotFound, NotAllowed, UnableToMove: as :func:`complete_piece`.
    """
    piece = _lock(actor, piece_id)
    state = PIECE.next_state(piece.state, "retry")
    piece.is_orphan = False
    _wait_again(piece, state)
    _tell(piece, events.PIECE_RETRIED, actor, {"piece_id": str(piece.id)}, clock)
    return piece


@transaction.atomic
def dismiss_piece(actor: StaffActor, piece_id: UUID, *, clock: Clock = SYSTEM_CLOCK) -> RunPiece:
    """Set a piece aside; its pages stay in the file that came.

    :raises NotFound, NotAllowed, UnableToMove: as :func:`complete_piece`.
    """
    piece = _lock(actor, piece_id)
    piece.state = PIECE.next_state(piece.state, "dismiss")
    piece.ended_at = clock.now()
    piece.save(update_fields=["state", "ended_at"])
    _tell(piece, events.PIECE_DISMISSED, actor, {"piece_id": str(piece.id)}, clock)
    return piece


@transaction.atomic
def attach_orphan(actor: StaffActor, piece_id: UUID, *, to: UUID, clock: Clock = SYSTEM_CLOCK) -> RunPiece:
    """Give pages that belong to nobody to another piece of the run that is no document yet; it is made again.

    :raises NotHere: when ``to`` is of another run, or a document already (never changed behind its reader's back).
    :raises NotFound, NotAllowed, UnableToMove: as :func:`complete_piece`.
    """
    first, second = sorted((piece_id, to))
    _lock(actor, first)
    if second != first:
        _lock(actor, second)
    piece, target = get_piece(actor, piece_id), get_piece(actor, to)
    open_states = (PieceState.TO_INDEX, PieceState.PARKED, PieceState.DISMISSED)
    if piece.id == target.id or piece.run_id != target.run_id or target.state not in open_states:
        raise NotHere
    piece.state = PIECE.next_state(piece.state, "dismiss")
    piece.ended_at = clock.now()
    pages = list(piece.pages)
    joined = sorted(zip([*target.pages, *pages], [*target.objects_of, *piece.objects_of], strict=True))
    target.pages, target.objects_of = [page for page, _ in joined], [number for _, number in joined]
    target.is_orphan = False
    piece.pages, piece.objects_of = [], []
    piece.save(update_fields=["state", "ended_at", "pages", "objects_of"])
    verb = "complete" if target.state == PieceState.TO_INDEX else "retry"
    _wait_again(target, PIECE.next_state(target.state, verb))
    told = {"piece_id": str(piece.id), "to_piece_id": str(target.id), "pages": pages}
    _tell(target, events.PAGES_ATTACHED, actor, told, clock)
    return target


def _wait_again(piece: RunPiece, state: str) -> None:
    """Back among those being made, its run with it.

    :raises ReadingsForgotten: when too much time has passed since the run was over.
    """
    require_readings(piece.run)
    piece.state, piece.problem_code, piece.problem, piece.ended_at = state, "", {}, None
    piece.save()
    run = Run.objects.select_for_update().get(id=piece.run_id)
    if run.state != RunState.MAKING:
        run.state = RUN.next_state(run.state, "resume")
        run.ended_at = None
        run.save(update_fields=["state", "ended_at"])
    queueing.make_later(run, [piece.id], is_asked=True)


def _lock(actor: StaffActor, piece_id: UUID) -> RunPiece:
    actor.require_writer()
    found = get_piece(actor, piece_id)
    return RunPiece.objects.select_for_update(of=("self",)).select_related("run").get(id=found.id)


def _tell(piece: RunPiece, kind: EventType, actor: StaffActor, data: Mapping[str, Any], clock: Clock) -> None:
    record(
        kind,
        organisation_id=piece.run.organisation_id,
        subject=("run", piece.run_id),
        actor=actor.reference,
        data=data,
        clock=clock,
    )
