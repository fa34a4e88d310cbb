"""Captures: a file comes in, durable before it is acknowledged, once however often it is sent."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from ninja import Query, Router, Schema, Status
from pydantic import Field, StringConstraints, ValidationError

from pli.api.errors import (
    FieldProblem,
    FieldsRefused,
    FilesMiscounted,
    KeyMalformed,
    KeyOfAnotherRequest,
    MediaTypeRefused,
)
from pli.api.idempotency import REPLAYED, key_of
from pli.api.problems import explain_exception
from pli.api.schema import Strict, is_storable
from pli.api.security import ApiRequest, needs
from pli.capture.api import (
    BlobUpload,
    BlobUploadHandler,
    Capture,
    CaptureState,
    KeyReused,
    Wishes,
    get_capture,
    receive,
    store_body,
)
from pli.documents.api import StoredBytes
from pli.kit.ids import new_id
from pli.processing.api import RunState, get_recipe, run_of_capture

router = Router(tags=["captures"])
LONGEST_WAIT = 30
_LOOK_EVERY = 0.2
# A waiting request holds one of the server's threads: only so many of them, the others are answered at once.
_WAITING = threading.BoundedSemaphore(6)
Wait = Annotated[
    float, Field(ge=0, le=LONGEST_WAIT, description="seconds to wait for the capture, and the run it passed to, to end")
]
Facts = dict[Annotated[str, StringConstraints(max_length=80)], Annotated[str, StringConstraints(max_length=1000)]]


class WishesIn(Strict):
    """What the sender asks for: form fields beside the file, or the query of a raw body."""

    kind: Annotated[str, StringConstraints(max_length=40)] = "other"
    party_id: UUID | None = None
    folder_id: UUID | None = None
    title: Annotated[str, StringConstraints(max_length=200)] = ""
    facts: Facts = Field(default_factory=dict, description="a JSON object of texts")
    file_name: Annotated[str, StringConstraints(max_length=200)] = ""
    recipe_id: UUID | None = None


class CaptureProblem(Schema):
    code: str
    detail: str
    kept: str
    remedy: str


class CaptureOut(Schema):
    id: UUID
    state: Literal["RECEIVED", "WAITING", "FILED", "PASSED", "PARKED", "DISMISSED"]
    document_id: UUID | None
    run_id: UUID | None = Field(description="the run of its recipe, when PASSED")
    problem: CaptureProblem | None = Field(description="why it waits for a person, when PARKED")
    channel: str
    file_name: str
    sha256: str
    size: int
    resent: int = Field(description="how often the same input came again")
    received_at: datetime
    ended_at: datetime | None


class WaitQuery(Schema):
    wait: Wait = 0


_WISHES = ("kind", "party_id", "folder_id", "title", "facts", "file_name", "recipe_id")
_FORM = {
    "type": "object",
    "required": ["file"],
    "properties": {
        "file": {"type": "string", "format": "binary"},
        "kind": {"type": "string", "default": "other", "description": "slug of a kind"},
        "party_id": {"type": "string", "format": "uuid"},
        "folder_id": {"type": "string", "format": "uuid"},
        "title": {"type": "string"},
        "facts": {"type": "string", "description": "a JSON object of texts"},
        "recipe_id": {"type": "string", "format": "uuid", "description": "the recipe it goes through"},
        "wait": {"type": "number"},
    },
}
_PDF = {"schema": {"type": "string", "format": "binary"}}


def _describe(*, is_put: bool) -> dict[str, Any]:
    content: dict[str, Any] = {"application/pdf": _PDF}
    if not is_put:
        content = {"multipart/form-data": {"schema": _FORM}, **content}
    names = [*_WISHES, "wait"]
    return {
        "requestBody": {"required": True, "content": content},
        "parameters": [
            {"in": "query", "name": name, "required": False, "schema": {"type": "string"}} for name in names
        ],
        "x-pli-query": names,
        "x-pli-stream": True,
    }


@router.post(
    "/captures", response={201: CaptureOut}, summary="Send a file", **needs("captures:write", **_describe(is_put=False))
)
def create(request: ApiRequest, response: HttpResponse) -> Any:
    """A PDF as multipart/form-data (field `file`, wishes as form fields) or as the whole body (application/pdf, wishes
    in the query). Up to 1 GiB; 201 comes after the bytes are flushed to the disk and the record is committed.

    The capture is then examined; `wait` seconds (30 at most) holds the answer until it is FILED as a document, PARKED
    with its reason, or PASSED to a recipe (`recipe_id`, else the one its kind names) whose run has ended. With an
    Idempotency-Key, the same file sent again is the same capture.
    """
    return _receive(request, response, key_of(request))


@router.put(
    "/captures/by-key/{key}",
    response={201: CaptureOut},
    summary="Send a file under a key of yours",
    **needs("captures:write", **_describe(is_put=True)),
)
def put(request: ApiRequest, response: HttpResponse, key: str) -> Any:
    """A POST with `key` as its Idempotency-Key, made for `curl -T`: the same key with another file is refused."""
    if not 1 <= len(key) <= 120 or not key.isascii() or not key.isprintable():
        raise KeyMalformed
    return _receive(request, response, key)


@router.get("/captures/{capture_id}", response=CaptureOut, summary="Follow a capture", **needs("captures:write"))
def read(request: ApiRequest, capture_id: UUID, query: Query[WaitQuery]) -> Any:
    """Its state, the document it became, the run of its recipe, or the reason why it waits for a person. `wait` seconds
    (30 at most) holds the answer until the capture and its run have ended."""
    return _show(request, _wait_for(request, get_capture(request.auth.actor, capture_id), query.wait))


def _receive(request: ApiRequest, response: HttpResponse, key: str) -> Any:
    request.auth.actor.require_writer()
    if request.content_type == "multipart/form-data" and request.method == "POST":
        stored, name, fields = _read_form(request)
    elif request.content_type in ("application/pdf", "application/octet-stream"):
        fields = {field: value for field, value in request.GET.dict().items() if isinstance(value, str)}
        name = fields.get("file_name") or "document.pdf"
        stored = store_body(request, announced=_length(request), name=name)
    else:
        raise MediaTypeRefused(expected="application/pdf, ou multipart/form-data avec un champ « file »")
    wait = _read_wait(fields.pop("wait", "0"))
    wishes = _read_wishes(fields)
    if wishes.recipe_id:
        get_recipe(request.auth.actor, wishes.recipe_id)
    capture, is_new = _keep(request, stored, name, wishes, key)
    response["Location"] = f"/api/v1/captures/{capture.id}"
    if not is_new:
        response[REPLAYED] = "true"
    return Status(201, _show(request, _wait_for(request, capture, wait)))


def _length(request: HttpRequest) -> int | None:
    text = request.META.get("CONTENT_LENGTH") or ""
    return int(text) if text.isascii() and text.isdigit() else None


def _read_form(request: HttpRequest) -> tuple[StoredBytes, str, dict[str, str]]:
    """The one file and the wishes of a form; the file streams to the disk while it is read."""
    handler = BlobUploadHandler(request)
    request.upload_handlers = [handler]
    try:
        files = request.FILES
    except Exception:
        handler.discard()
        raise
    given = [item for name in files for item in files.getlist(name)]
    if len(given) != 1 or "file" not in files or not isinstance(given[0], BlobUpload):
        raise FilesMiscounted
    fields = {**request.GET.dict(), **{name: str(request.POST[name]) for name in request.POST}}
    upload = given[0]
    return upload.keep(), str(fields.get("file_name") or upload.name), {k: str(v) for k, v in fields.items()}


def _read_wait(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1
    if not 0 <= seconds <= LONGEST_WAIT:
        raise FieldsRefused([FieldProblem("wait", "invalid", gettext_noop("Nombre de secondes attendu, de 0 à 30."))])
    return seconds


def _read_wishes(fields: dict[str, str]) -> Wishes:
    data: dict[str, Any] = {name: value for name, value in fields.items() if value != "" or name not in _WISHES}
    try:
        if "facts" in data:
            data["facts"] = json.loads(data["facts"])
        asked = WishesIn.model_validate(data)
    except (json.JSONDecodeError, RecursionError):
        raise FieldsRefused([FieldProblem("facts", "invalid", gettext_noop("Objet JSON attendu."))]) from None
    except ValidationError as error:
        from ninja.errors import ValidationError as Refused

        findings = [{**item, "loc": ("form", *item["loc"])} for item in error.errors(include_url=False)]
        raise explain_exception(Refused(findings)) from None
    return Wishes(asked.kind, asked.party_id, asked.folder_id, asked.title, asked.facts, asked.recipe_id)


def _keep(request: ApiRequest, stored: StoredBytes, name: str, wishes: Wishes, key: str) -> tuple[Capture, bool]:
    """Record the capture; the key is the member's own, so nobody meets anybody else's."""
    actor = request.auth.actor
    source = f"{actor.member_id}:{hashlib.sha256(key.encode()).hexdigest()}" if key else f"once:{new_id()}"
    try:
        with transaction.atomic():
            capture, is_new = receive(
                actor,
                channel="rest",
                stored=stored,
                file_name=name if is_storable(name) else "document.pdf",
                source_key=source,
                wishes=wishes,
            )
            if not is_new and not _same_wishes(capture, wishes):
                raise KeyOfAnotherRequest
    except KeyReused:
        raise KeyOfAnotherRequest from None
    return capture, is_new


def _same_wishes(capture: Capture, wishes: Wishes) -> bool:
    kept = capture.wishes
    asked = (wishes.kind, wishes.title, dict(wishes.facts), _text(wishes.party_id), _text(wishes.folder_id))
    same = (kept["kind"], kept["title"], kept["facts"], kept["party_id"], kept["folder_id"]) == asked
    return same and kept.get("recipe_id") == _text(wishes.recipe_id)


def _text(value: UUID | None) -> str | None:
    return str(value) if value else None


def _wait_for(request: ApiRequest, capture: Capture, seconds: float) -> Capture:
    if seconds <= 0 or not _is_under_way(request, capture) or not _WAITING.acquire(blocking=False):
        return capture
    try:
        until = time.monotonic() + seconds
        while _is_under_way(request, capture) and time.monotonic() < until:
            time.sleep(_LOOK_EVERY)
            capture = get_capture(request.auth.actor, capture.id)
    finally:
        _WAITING.release()
    return capture


def _is_under_way(request: ApiRequest, capture: Capture) -> bool:
    """Whether it is being examined, or its run being worked on."""
    if capture.state != CaptureState.PASSED:
        return capture.state == CaptureState.RECEIVED
    run = run_of_capture(request.auth.actor, capture.id)
    return run is None or run.state in (RunState.READING, RunState.MAKING)


def _show(request: ApiRequest, capture: Capture) -> dict[str, Any]:
    run = run_of_capture(request.auth.actor, capture.id) if capture.state == CaptureState.PASSED else None
    saved, details = capture.problem, capture.problem.get("details") or {}

    def say(name: str) -> str:
        text = saved.get(name, "")
        return (_(text) % details if details else _(text)) if text else ""

    problem = {"code": capture.problem_code, "detail": say("message"), "kept": say("kept"), "remedy": say("remedy")}
    return {
        "id": capture.id,
        "state": capture.state,
        "document_id": capture.document_id,
        "run_id": run.id if run else None,
        "problem": problem if capture.state == CaptureState.PARKED else None,
        "channel": capture.channel,
        "file_name": capture.file_name,
        "sha256": capture.blob_id,
        "size": capture.blob.size,
        "resent": capture.resent,
        "received_at": capture.received_at,
        "ended_at": capture.ended_at,
    }
