"""A capture as the API tells it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field

from pli.api.kept_problems import KeptProblem, tell_kept
from pli.capture.api import Capture, CaptureState, PrintJob, prints_of, wishes_of
from pli.parties.api import StaffActor
from pli.processing.api import Run, runs_of_captures

State = Literal["RECEIVED", "WAITING", "FILED", "PASSED", "PARKED", "DISMISSED"]


class CaptureWishes(Schema):
    kind: str
    party_id: UUID | None
    title: str = Field(description="empty: after its file's name")
    recipe_id: UUID | None = Field(description="null: what its kind says")


class CapturePrint(Schema):
    printer_id: UUID
    printer_name: str
    job_name: str
    user_name: str = Field(description="what the computer says; nobody checks it")


class CaptureOut(Schema):
    id: UUID
    state: State = Field(
        description="RECEIVED: to be examined; WAITING: a person confirms it first (a print or a scan whose printer or"
        " source asks); FILED: a document; PASSED: in its recipe; PARKED: a person looks at its problem; DISMISSED"
    )
    document_id: UUID | None
    run_id: UUID | None = Field(description="the run of its recipe, when PASSED")
    problem: KeptProblem | None = Field(description="why it waits for a person, when PARKED")
    wishes: CaptureWishes = Field(
        description="what its sender, its printer or its source, then whoever confirmed it, asked for"
    )
    channel: str
    file_name: str
    sha256: str
    size: int
    resent: int = Field(description="how often the same input came again")
    page_count: int = Field(description="0 until it is examined")
    source_id: UUID | None = Field(description="the source of scans it came from")
    source_name: str | None
    printed: CapturePrint | None = Field(description="the job, for what came by a virtual printer")
    received_at: datetime
    ended_at: datetime | None = Field(description="null while somebody or something is awaited")


def tell_captures(actor: StaffActor, captures: Sequence[Capture]) -> list[dict[str, Any]]:
    """Each with its run and its print job, in as many questions for a page as for one."""
    runs = runs_of_captures(actor, [one.id for one in captures if one.state == CaptureState.PASSED])
    prints = prints_of([one.id for one in captures if one.channel == "ipp"])
    return [_tell(one, runs.get(one.id), prints.get(one.id)) for one in captures]


def tell_capture(actor: StaffActor, capture: Capture) -> dict[str, Any]:
    """One of them."""
    return tell_captures(actor, [capture])[0]


def _tell(capture: Capture, run: Run | None, job: PrintJob | None) -> dict[str, Any]:
    wishes = wishes_of(capture)
    return {
        "id": capture.id,
        "state": capture.state,
        "document_id": capture.document_id,
        "run_id": run.id if run else None,
        "problem": tell_kept(capture.problem_code, capture.problem) if capture.state == CaptureState.PARKED else None,
        "wishes": {name: getattr(wishes, name) for name in CaptureWishes.model_fields},
        "channel": capture.channel,
        "file_name": capture.file_name,
        "sha256": capture.blob_id,
        "size": capture.blob.size,
        "resent": capture.resent,
        "page_count": capture.page_count,
        "source_id": capture.source_id,
        "source_name": capture.source.name if capture.source else None,
        "printed": _print(job) if job else None,
        "received_at": capture.received_at,
        "ended_at": capture.ended_at,
    }


def _print(job: PrintJob) -> dict[str, Any]:
    return {
        "printer_id": job.queue_id,
        "printer_name": job.queue.name,
        "job_name": job.name,
        "user_name": job.user_name,
    }
