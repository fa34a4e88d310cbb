"""Examining: a received file is inspected in the sandbox, then filed, handed to its recipe, held or parked."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from pli.capture import events
from pli.capture.models import Capture
from pli.capture.preparing import prepare_pdf
from pli.capture.sources.problems import note_parked
from pli.capture.states import CAPTURE, CaptureState
from pli.capture.wishes import actor_of, wishes_of
from pli.documents.api import (
    DocumentKind,
    create_document,
    existing_blob_path,
)
from pli.journal.api import record
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.errors import PliError, write_details
from pli.pdf.api import CAPTURE_LIMITS, FILING_LIMITS, inspect_pdf


def examine_capture(capture_id: UUID, *, clock: Clock = SYSTEM_CLOCK) -> None:
    """Inspect a received file in the sandbox and file it, or park it with its reason. Safe to repeat."""
    capture = Capture.objects.get(id=capture_id)
    if capture.state != CaptureState.RECEIVED:
        return
    try:
        stored = prepare_pdf(capture)
        recipe_id = _recipe_of(capture)
        # A print run to be cut may be much longer than a document.
        limits = CAPTURE_LIMITS if recipe_id else FILING_LIMITS
        inspection = inspect_pdf(existing_blob_path(stored.sha256), limits=limits)
        if capture.is_held:
            _hold(capture, inspection.page_count, clock)
            return
        if recipe_id:
            _pass(capture, recipe_id, inspection.page_count, clock)
            return
        with transaction.atomic():
            if not _take(capture_id, "file", clock):
                return
            wishes = wishes_of(capture)
            document = create_document(
                actor_of(capture),
                kind_slug=wishes.kind,
                stored=stored,
                file_name=capture.file_name,
                title=wishes.title,
                party_id=wishes.party_id,
                folder_id=wishes.folder_id,
                facts={**_facts_read(capture), **wishes.facts},
                page_count=inspection.page_count,
                findings=[
                    {"code": f.code, "page": f.page, "detail": f.detail, "is_blocking": f.is_blocking}
                    for f in inspection.findings
                ],
                clock=clock,
            )
            Capture.objects.filter(id=capture_id).update(document=document, page_count=inspection.page_count)
            record(
                events.CAPTURE_FILED,
                organisation_id=capture.organisation_id,
                subject=("capture", capture.id),
                actor="system:examine",
                data={
                    "document_id": str(document.id),
                    "page_count": inspection.page_count,
                    "signatures": inspection.signature_count,
                },
                clock=clock,
            )
    except PliError as error:
        _park(capture_id, error, clock)


def _facts_read(capture: Capture) -> dict[str, str]:
    """What an electronic invoice says, as long as it is of the kind it was read for."""
    read = capture.wishes.get("read") or {}
    return dict(read.get("facts") or {}) if read.get("kind") == capture.wishes["kind"] else {}


def _recipe_of(capture: Capture) -> UUID | None:
    """The recipe asked for, or the one of its kind."""
    wishes = wishes_of(capture)
    if wishes.recipe_id:
        return wishes.recipe_id
    kinds = DocumentKind.objects.filter(organisation_id=capture.organisation_id, slug=wishes.kind, is_active=True)
    return kinds.values_list("recipe_id", flat=True).first()


@transaction.atomic
def _pass(capture: Capture, recipe_id: UUID, page_count: int, clock: Clock) -> None:
    """Hand a file that was inspected over to its recipe: whoever hears of it starts the run."""
    if not _take(capture.id, "pass", clock):
        return
    Capture.objects.filter(id=capture.id).update(page_count=page_count)
    record(
        events.CAPTURE_PASSED,
        organisation_id=capture.organisation_id,
        subject=("capture", capture.id),
        actor="system:examine",
        data={"recipe_id": str(recipe_id), "page_count": page_count},
        clock=clock,
    )


def _take(capture_id: UUID, verb: str, clock: Clock) -> bool:
    """Move the capture on if nobody did it first."""
    sources = CAPTURE.sources(verb)
    target = CAPTURE.next_state(sources[0], verb)
    return bool(Capture.objects.filter(id=capture_id, state__in=sources).update(state=target, ended_at=clock.now()))


@transaction.atomic
def _hold(capture: Capture, page_count: int, clock: Clock) -> None:
    """Leave a capture that was read to a person. Not over: ``ended_at`` stays empty."""
    moved = Capture.objects.filter(id=capture.id, state__in=CAPTURE.sources("hold"), is_held=True).update(
        state=CaptureState.WAITING, page_count=page_count
    )
    if moved:
        record(
            events.CAPTURE_HELD,
            organisation_id=capture.organisation_id,
            subject=("capture", capture.id),
            actor="system:examine",
            data={"page_count": page_count},
            clock=clock,
        )


@transaction.atomic
def _park(capture_id: UUID, error: PliError, clock: Clock) -> None:
    if not _take(capture_id, "park", clock):
        return
    details = write_details(error.details)
    problem = {"message": error.message, "kept": error.kept, "remedy": error.remedy, "details": details}
    Capture.objects.filter(id=capture_id).update(problem_code=error.code, problem=problem)
    capture = Capture.objects.get(id=capture_id)
    note_parked(capture, clock=clock)
    record(
        events.CAPTURE_PARKED,
        organisation_id=capture.organisation_id,
        subject=("capture", capture.id),
        actor="system:examine",
        data={"code": error.code},
        clock=clock,
    )
