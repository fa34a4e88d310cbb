"""Starting, cancelling and replaying runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from pli.documents.api import StoredBytes, clean_file_name
from pli.journal.api import EventType, record
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.errors import NotFound, PliError, write_details
from pli.kit.ids import new_id
from pli.kit.transitions import UnableToMove
from pli.parties.api import Role, StaffActor
from pli.processing import events, queueing
from pli.processing.errors import RecipeMissing
from pli.processing.models import Recipe, Run, RunPiece
from pli.processing.queries import get_run
from pli.processing.states import PIECE, RUN, PieceState, RunState


@dataclass(frozen=True)
class ArrivedFile:
    """A file to process: its bytes are durable and were inspected. ``origin`` makes a second start the same run."""

    origin: str
    stored: StoredBytes
    file_name: str
    page_count: int
    channel: str = ""
    queue: str = ""
    party_id: UUID | None = None
    folder_id: UUID | None = None
    title: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


@transaction.atomic
def start_run(
    actor: StaffActor,
    arrived: ArrivedFile,
    *,
    recipe_id: UUID,
    replaces: Run | None = None,
    clock: Clock = SYSTEM_CLOCK,
) -> Run:
    """Send a file through a recipe, in the name of ``actor``. The same ``origin`` again is the same run.

    A recipe that is gone or switched off parks the run with its reason: the file is there, and can be sent on.
    """
    recipe = Recipe.objects.filter(organisation_id=actor.organisation_id, id=recipe_id, is_active=True).first()
    run, is_new = Run.objects.get_or_create(
        origin=arrived.origin,
        defaults={
            "organisation_id": actor.organisation_id,
            "actor": write_actor(actor),
            "received_from": actor.reference,
            "channel": arrived.channel,
            "queue": arrived.queue,
            "blob_id": arrived.stored.sha256,
            "file_name": clean_file_name(arrived.file_name),
            "wishes": _write_wishes(arrived),
            "page_count": arrived.page_count,
            "state": RunState.READING,
            "replaces": replaces,
            "started_at": clock.now(),
            **copy_of(recipe),
        },
    )
    if not is_new:
        return run
    record(
        events.RUN_STARTED,
        organisation_id=run.organisation_id,
        subject=("run", run.id),
        actor=actor.reference,
        data={
            "origin": run.origin,
            "recipe_id": str(recipe_id),
            "revision": run.recipe_revision,
            "sha256": run.blob_id,
            "page_count": run.page_count,
            "replaces": str(replaces.id) if replaces else None,
            "file_name": run.file_name,
        },
        clock=clock,
    )
    if recipe is None:
        park_run(run, RecipeMissing(), clock=clock)
    else:
        queueing.read_later(run)
    return run


def copy_of(recipe: Recipe | None) -> dict[str, Any]:
    """What a run keeps of its recipe."""
    if recipe is None:
        return {"recipe": None, "recipe_name": "", "recipe_revision": 0, "kind": "other", "steps": []}
    return {
        "recipe": recipe,
        "recipe_name": recipe.name,
        "recipe_revision": recipe.revision,
        "kind": recipe.kind,
        "steps": recipe.steps,
        "asks_below": recipe.asks_below,
        "needs_party": recipe.needs_party,
    }


def park_run(run: Run, error: PliError, *, clock: Clock) -> bool:
    """Leave a run to a person with its reason; False when it is no longer being read. The caller holds the
    transaction."""
    moved = Run.objects.filter(id=run.id, state__in=RUN.sources("park")).update(
        state=RunState.PARKED, problem_code=error.code, problem=problem_of(error), ended_at=clock.now()
    )
    if moved:
        tell_run(run, events.RUN_PARKED, "system:processing", {"code": error.code}, clock)
    return bool(moved)


def problem_of(error: PliError) -> dict[str, Any]:
    """A reason as it is kept: French sentences and what fills them."""
    details = write_details(error.details)
    return {"message": error.message, "kept": error.kept, "remedy": error.remedy, "details": details}


@transaction.atomic
def retry_run(actor: StaffActor, run_id: UUID, *, recipe_id: UUID | None = None, clock: Clock = SYSTEM_CLOCK) -> Run:
    """Start a parked run again from the beginning, with its recipe as it is today, or with another.

    :raises NotFound: for a run or a recipe the actor does not see; :raises UnableToMove: when it is not parked.
    :raises NotAllowed: for an auditor.
    """
    run = lock_run(actor, run_id)
    run.state = RUN.next_state(run.state, "retry")
    recipe = _find_recipe(actor, recipe_id, run)
    for name, value in copy_of(recipe).items():
        setattr(run, name, value)
    run.readings.all().delete()
    run.pages_read, run.problem_code, run.problem, run.ended_at = 0, "", {}, None
    run.pages_before, run.reading_since = 0, clock.now()
    run.save()
    told = {"recipe_id": str(recipe.id), "revision": recipe.revision}
    tell_run(run, events.RUN_RETRIED, actor.reference, told, clock)
    queueing.read_later(run)
    return run


@transaction.atomic
def cancel_run(actor: StaffActor, run_id: UUID, *, clock: Clock = SYSTEM_CLOCK) -> Run:
    """Stop a run: what it filed stays filed, the rest is given up; the file that came is kept.

    :raises NotFound: when the actor does not see it; :raises UnableToMove: when there is nothing left to cancel.
    """
    actor.require_writer()
    open_pieces = RunPiece.objects.filter(run=get_run(actor, run_id), state__in=PIECE.sources("cancel"))
    # Pieces before the run, as everywhere: two writers never wait for each other.
    lock_pieces(open_pieces)
    run = lock_run(actor, run_id)
    cancelled = RUN.next_state(run.state, "cancel")
    # Asked again: it may have been cut while its lock was awaited.
    left = open_pieces.update(state=PieceState.CANCELLED, ended_at=clock.now())
    if run.state == RunState.DONE and not left:
        # It ended while somebody was about to stop it: all it made is there, and nobody gave anything up.
        raise UnableToMove(state=run.state, verb="cancel", machine=RUN.name)
    run.state, run.ended_at = cancelled, clock.now()
    run.save(update_fields=["state", "ended_at"])
    tell_run(run, events.RUN_CANCELLED, actor.reference, {"left": left}, clock)
    return run


@transaction.atomic
def replay_run(actor: StaffActor, run_id: UUID, *, recipe_id: UUID | None = None, clock: Clock = SYSTEM_CLOCK) -> Run:
    """Send a run's file through its recipe as it is today, or through another, as a new run that replaces it.

    Documents already filed stay: a correction is a new journey, never a step back.

    :raises NotFound, NotAllowed: as ``retry_run``; :raises RecipeMissing: when the recipe is gone.
    """
    actor.require_writer()
    former = get_run(actor, run_id)
    recipe = _find_recipe(actor, recipe_id, former)
    wishes = former.wishes
    arrived = ArrivedFile(
        origin=f"replay:{former.id}:{new_id()}",
        stored=StoredBytes(former.blob_id, former.blob.size),
        file_name=former.file_name,
        page_count=former.page_count,
        channel=former.channel,
        queue=former.queue,
        party_id=UUID(wishes["party_id"]) if wishes.get("party_id") else None,
        folder_id=UUID(wishes["folder_id"]) if wishes.get("folder_id") else None,
        title=wishes.get("title", ""),
        facts=wishes.get("facts") or {},
    )
    return start_run(actor, arrived, recipe_id=recipe.id, replaces=former, clock=clock)


def _find_recipe(actor: StaffActor, recipe_id: UUID | None, run: Run) -> Recipe:
    """The recipe asked for, else the run's own as it is today."""
    wanted = recipe_id or run.recipe_id
    if wanted:
        found = Recipe.objects.filter(organisation_id=actor.organisation_id, id=wanted, is_active=True).first()
        if found is not None:
            return found
    raise NotFound if recipe_id else RecipeMissing


def lock_pieces(pieces: QuerySet[RunPiece]) -> None:
    """Hold these pieces until the transaction ends, always in one order."""
    list(pieces.order_by("id").select_for_update().values_list("id", flat=True))


def lock_run(actor: StaffActor, run_id: UUID) -> Run:
    """A run the actor may act on, held until the transaction ends.

    :raises NotFound: when the actor does not see it; :raises NotAllowed: for an auditor.
    """
    actor.require_writer()
    return Run.objects.select_for_update().get(id=get_run(actor, run_id).id)


def tell_run(run: Run, kind: EventType, by: str, data: Mapping[str, Any], clock: Clock) -> None:
    """Record an event of a run; the caller holds the transaction."""
    record(kind, organisation_id=run.organisation_id, subject=("run", run.id), actor=by, data=data, clock=clock)


def write_actor(actor: StaffActor) -> dict[str, str]:
    """An actor as a run keeps it."""
    return {"account_id": str(actor.account_id), "member_id": str(actor.member_id), "role": str(actor.role)}


def read_actor(run: Run) -> StaffActor:
    """In whose name a run files."""
    saved = run.actor
    return StaffActor(run.organisation_id, UUID(saved["account_id"]), UUID(saved["member_id"]), Role(saved["role"]))


def _write_wishes(arrived: ArrivedFile) -> dict[str, Any]:
    return {
        "party_id": str(arrived.party_id) if arrived.party_id else None,
        "folder_id": str(arrived.folder_id) if arrived.folder_id else None,
        "title": arrived.title,
        "facts": dict(arrived.facts),
    }
