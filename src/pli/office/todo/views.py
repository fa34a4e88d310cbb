"""Parked files and seals that need a person."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from pli.capture.api import (
    Capture,
    RefusedPrint,
    captures_to_confirm,
    dismiss_capture,
    get_capture,
    jobs_to_confirm,
    may_change,
    parked_captures,
    refused_prints,
    retry_capture,
    settle_refused,
    sources_in_trouble,
)
from pli.delivery.api import failed_deliveries
from pli.documents.api import existing_blob_path
from pli.journal.api import StuckEntry, retry_entry, stuck_entries
from pli.kit.errors import NotFound
from pli.office.access import StaffRequest, find_staff_actor, staff_required
from pli.office.errors import Explained
from pli.office.journal.words import event_words
from pli.office.runs.origins import origins_of_captures, origins_of_runs
from pli.office.runs.views import Tile
from pli.office.runs.words import explain_problem
from pli.office.signatures.standing import standing_lines, standing_of
from pli.parties.api import Role, StaffActor
from pli.processing.api import (
    PieceState,
    Run,
    RunPiece,
    RunState,
    parked_pieces,
    parked_runs,
    pieces_for,
    queue_to_index,
    recipes_for,
    runs_for,
)
from pli.signing.api import unsealed_ceremonies

WRITERS = (Role.ADMIN, Role.MANAGER, Role.MEMBER)
SETTLERS = (Role.ADMIN, Role.MANAGER)
SHOWN_AT_MOST = 100
PIECES_SHOWN = 3


@dataclass(frozen=True)
class Parked:
    """A parked file and why, in the reader's language."""

    capture: Capture
    problem: Explained | None
    origin: str


@dataclass(frozen=True)
class Stopped:
    """A file whose run stopped whole, and why."""

    run: Run
    problem: Explained | None
    origin: str


@dataclass(frozen=True)
class RefusedPrints:
    """Prints that a printer refused, and why."""

    row: RefusedPrint
    problem: Explained | None
    can_settle: bool


@dataclass(frozen=True)
class Batch:
    """The pieces of one run that stopped: the first few, and how many there are."""

    run: Run
    tiles: list[Tile]
    count: int
    origin: str


def batches_of(pieces: list[RunPiece]) -> list[Batch]:
    """Stopped pieces by their run: a run of thousands that all stopped is one panel, not a thousand."""
    by_run: dict[UUID, list[RunPiece]] = {}
    for piece in pieces:
        by_run.setdefault(piece.run_id, []).append(piece)
    origins = origins_of_runs(found[0].run for found in by_run.values())
    return [
        Batch(
            found[0].run, [Tile(piece, can_open=False) for piece in found[:PIECES_SHOWN]], len(found), origins[run_id]
        )
        for run_id, found in by_run.items()
    ]


def _parked(actor: StaffActor) -> list[Parked]:
    found = parked_captures(actor)
    origins = origins_of_captures(found)
    return [Parked(one, explain_problem(one.problem_code, one.problem), origins[one.id]) for one in found]


def _stopped(actor: StaffActor) -> list[Stopped]:
    found = list(parked_runs(actor))
    origins = origins_of_runs(found)
    return [Stopped(one, explain_problem(one.problem_code, one.problem), origins[one.id]) for one in found]


@never_cache
@require_GET
@staff_required()
def listing(request: StaffRequest) -> HttpResponse:
    """Everything that waits, the newest first."""
    context = {
        "parked": _parked(request.actor),
        "runs": _stopped(request.actor),
        "batches": batches_of(parked_pieces(request.actor)),
        "recipes": list(recipes_for(request.actor).filter(is_active=True)),
        "to_index": queue_to_index(request.actor).count(),
        "prints": jobs_to_confirm(request.actor).count() if request.actor.role != Role.AUDITOR else 0,
        "waiting": list(captures_to_confirm(request.actor)[:SHOWN_AT_MOST]) if request.actor.role in WRITERS else [],
        "sources": [(one, explain_problem(one.problem_code, one.problem)) for one in sources_in_trouble(request.actor)],
        "refused_prints": _refused(request.actor),
        "can_settle": request.actor.role in SETTLERS,
        "failed": list(unsealed_ceremonies(request.actor)[:SHOWN_AT_MOST]),
        "deliveries": list(failed_deliveries(request.actor)[:SHOWN_AT_MOST]),
        "stuck": [(one, event_words(one.event.name)) for one in _stuck(request.actor)],
        "standing": standing_lines(request, request.actor),
        "can_write": request.actor.role != Role.AUDITOR,
    }
    return render(request, "office/todo/list.html", context)


@require_POST
@staff_required(*WRITERS)
def retry(request: StaffRequest, capture_id: UUID) -> HttpResponse:
    """Examine the file again."""
    retry_capture(request.actor, capture_id)
    messages.success(request, _("Le fichier est examiné de nouveau."))
    return redirect("todo:list")


@require_POST
@staff_required(*WRITERS)
def dismiss(request: StaffRequest, capture_id: UUID) -> HttpResponse:
    """Set it aside."""
    dismiss_capture(request.actor, capture_id)
    messages.success(request, _("Le fichier est écarté ; ses octets restent conservés."))
    return redirect("todo:list")


@never_cache
@require_GET
@staff_required()
def file(request: StaffRequest, capture_id: UUID) -> HttpResponseBase:
    """The parked file itself, as a download."""
    capture = get_capture(request.actor, capture_id)
    response = FileResponse(
        existing_blob_path(capture.blob_id).open("rb"),
        as_attachment=True,
        filename=capture.file_name,
        content_type="application/octet-stream",
    )
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


def _refused(actor: StaffActor) -> list[RefusedPrints]:
    return [
        RefusedPrints(
            one, explain_problem(one.problem_code, one.problem), one.queue is None or may_change(actor, one.queue)
        )
        for one in refused_prints(actor)[:SHOWN_AT_MOST]
    ]


@require_POST
@staff_required(*WRITERS)
def settle_print(request: StaffRequest, refused_id: UUID) -> HttpResponse:
    """Somebody has seen to the prints that were refused."""
    settle_refused(request.actor, refused_id)
    messages.success(request, _("C’est noté."))
    return redirect("todo:list")


@require_POST
@staff_required(Role.ADMIN)
def retry_follow_up(request: StaffRequest, entry_id: int) -> HttpResponse:
    """Try again what an event should have led to, and kept failing."""
    if entry_id not in {one.entry_id for one in _stuck(request.actor)}:
        raise NotFound
    retry_entry(entry_id)
    messages.success(request, _("La suite est relancée ; elle disparaît d’ici dès qu’elle réussit."))
    return redirect("todo:list")


def _stuck(actor: StaffActor) -> list[StuckEntry]:
    """What keeps failing by itself: an administrator's business."""
    return stuck_entries(actor.organisation_id) if actor.role == Role.ADMIN else []


def count(request: HttpRequest) -> int:
    """How many things wait, for the navigation."""
    actor = find_staff_actor(request) if request.user.is_authenticated else None
    if actor is None:
        return 0
    sealing = unsealed_ceremonies(actor).count()
    stopped = runs_for(actor).filter(state=RunState.PARKED).count()
    pieces = pieces_for(actor).filter(state=PieceState.PARKED).count()
    prints = refused_prints(actor).count()
    scans = len(sources_in_trouble(actor)) + (captures_to_confirm(actor).count() if actor.role in WRITERS else 0)
    parked = len(parked_captures(actor)) + failed_deliveries(actor).count() + len(_stuck(actor))
    return stopped + pieces + prints + scans + sealing + parked + len(standing_of(request, actor))
