"""Captures: a file comes in, durable before it is acknowledged, once however often it is sent."""

from __future__ import annotations

import hashlib
import threading
import time
from typing import Annotated, Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.utils.datastructures import MultiValueDict
from ninja import Query, Router, Schema, Status
from pydantic import Field, StringConstraints

from pli.api.errors import (
    FilesMiscounted,
    KeyMalformed,
    KeyOfAnotherRequest,
    MediaTypeRefused,
)
from pli.api.idempotency import REPLAYED, key_of
from pli.api.resources.captures_told import CaptureOut, State, tell_capture, tell_captures
from pli.api.resources.wishes import WISHES, WISHES_FORM, Wait, read_wait, read_wishes, same_wishes
from pli.api.schema import Limit, Page, is_storable
from pli.api.security import ApiRequest, needs
from pli.capture.api import (
    BlobUpload,
    BlobUploadHandler,
    Capture,
    CaptureState,
    KeyReused,
    PrintJob,
    Wishes,
    captures_followed_by,
    get_followed,
    receive,
    store_body,
)
from pli.documents.api import StoredBytes
from pli.kit.ids import new_id
from pli.processing.api import RunState, get_recipe, run_of_capture

router = Router(tags=["captures"])
_LOOK_EVERY = 0.2
# A waiting request holds one of the server's threads: only so many of them, the others are answered at once.
_WAITING = threading.BoundedSemaphore(6)


class CaptureQuery(Schema):
    state: State | None = None
    channel: Annotated[str, StringConstraints(max_length=20)] = Field("", description="ipp, ftp, sftp, folder, rest…")
    source_id: UUID | None = None
    printer_id: UUID | None = None
    after: UUID | None = Field(None, description="the `next` of the page before")
    limit: Limit = 50


class WaitQuery(Schema):
    wait: Wait = 0


_FORM = {
    "type": "object",
    "required": ["file"],
    "properties": {"file": {"type": "string", "format": "binary"}, **WISHES_FORM},
}
_RAW = ("application/pdf", "application/xml", "text/xml", "application/octet-stream")
_PDF = {"schema": {"type": "string", "format": "binary"}}


def _describe(*, is_put: bool) -> dict[str, Any]:
    content: dict[str, Any] = {"application/pdf": _PDF, "application/xml": _PDF}
    if not is_put:
        content = {"multipart/form-data": {"schema": _FORM}, **content}
    names = [*WISHES, "wait"]
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
    """A PDF, or an electronic invoice as bare XML (UBL, CII), as multipart/form-data (field `file`, wishes as form
    fields) or as the whole body (application/pdf, application/xml; wishes in the query). Up to 1 GiB; 201 comes after
    the bytes are flushed to the disk and the record is committed.

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


@router.get("/captures", response=Page[CaptureOut], summary="List captures", **needs("captures:write"))
def list_all(request: ApiRequest, query: Query[CaptureQuery]) -> Any:
    """What came in by any channel, newest first: the whole organisation's; for a member what they sent or confirmed,
    what « Mes impressions » shows them and the scans that wait for the team. With `state=WAITING`, what waits for a
    person to confirm it; with `state=PARKED`, what waits for its problem."""
    actor = request.auth.actor
    found = captures_followed_by(actor)
    for name in ("state", "channel", "source_id"):
        if wanted := getattr(query, name):
            found = found.filter(**{name: wanted})
    if query.printer_id:
        found = found.filter(Exists(PrintJob.objects.filter(queue_id=query.printer_id, capture_id=OuterRef("id"))))
    if query.after:
        found = found.filter(id__lt=query.after)
    rows = list(found.order_by("-id")[: query.limit + 1])
    has_more, rows = len(rows) > query.limit, rows[: query.limit]
    return {"items": tell_captures(actor, rows), "next": str(rows[-1].id) if has_more else None}


@router.get("/captures/{capture_id}", response=CaptureOut, summary="Follow a capture", **needs("captures:write"))
def read(request: ApiRequest, capture_id: UUID, query: Query[WaitQuery]) -> Any:
    """Its state, the document it became, the run of its recipe, or the reason why it waits for a person. `wait` seconds
    (30 at most) holds the answer until the capture and its run have ended, or wait for a person."""
    actor = request.auth.actor
    return tell_capture(actor, wait_for(request, get_followed(actor, capture_id), query.wait))


def _receive(request: ApiRequest, response: HttpResponse, key: str) -> Any:
    request.auth.actor.require_writer()
    if request.content_type == "multipart/form-data" and request.method == "POST":
        stored, name, fields = _read_form(request)
    elif request.content_type in _RAW:
        fields = {field: value for field, value in request.GET.dict().items() if isinstance(value, str)}
        name = fields.get("file_name") or "document.pdf"
        stored = store_body(request, announced=_length(request), name=name)
    else:
        raise MediaTypeRefused(
            expected="application/pdf, application/xml, ou multipart/form-data avec un champ « file »"
        )
    wait = read_wait(fields.pop("wait", "0"))
    wishes = read_wishes(fields)
    if wishes.recipe_id:
        get_recipe(request.auth.actor, wishes.recipe_id)
    capture, is_new = _keep(request, stored, name, wishes, key)
    return answer(request, response, capture, is_new=is_new, wait=wait)


def answer(request: ApiRequest, response: HttpResponse, capture: Capture, *, is_new: bool, wait: float) -> Any:
    """201 with the capture, once it is where ``wait`` waits for; one that was there before says so in a header."""
    response["Location"] = f"/api/v1/captures/{capture.id}"
    if not is_new:
        response[REPLAYED] = "true"
    return Status(201, tell_capture(request.auth.actor, wait_for(request, capture, wait)))


def _length(request: HttpRequest) -> int | None:
    text = request.META.get("CONTENT_LENGTH") or ""
    return int(text) if text.isascii() and text.isdigit() else None


def _read_form(request: HttpRequest) -> tuple[StoredBytes, str, dict[str, str]]:
    """The one file and the wishes of a form; the file streams to the disk while it is read."""
    files, fields = stream_form(request)
    given = [item for name in files for item in files.getlist(name)]
    if len(given) != 1 or "file" not in files or not isinstance(given[0], BlobUpload):
        raise FilesMiscounted
    upload = given[0]
    return upload.keep(), fields.get("file_name") or str(upload.name), fields


def stream_form(request: HttpRequest) -> tuple[MultiValueDict[str, Any], dict[str, str]]:
    """The files and the texts of a form (those of the address too), the files written while they come."""
    handler = BlobUploadHandler(request)
    request.upload_handlers = [handler]
    try:
        files = request.FILES
    except Exception:
        handler.discard()
        raise
    texts = {**request.GET.dict(), **{name: request.POST[name] for name in request.POST}}
    return files, {name: str(value) for name, value in texts.items()}


def _keep(request: ApiRequest, stored: StoredBytes, name: str, wishes: Wishes, key: str) -> tuple[Capture, bool]:
    """Record the capture; sent again under its key it must be the same."""
    try:
        with transaction.atomic():
            capture, is_new = receive(
                request.auth.actor,
                channel="rest",
                stored=stored,
                file_name=name if is_storable(name) else "document.pdf",
                source_key=source_key(request, key),
                wishes=wishes,
            )
            if not is_new and not same_wishes(capture, wishes):
                raise KeyOfAnotherRequest
    except KeyReused:
        raise KeyOfAnotherRequest from None
    return capture, is_new


def source_key(request: ApiRequest, key: str) -> str:
    """What makes a second sending the same one: the member's own, so that nobody meets anybody else's."""
    member_id = request.auth.actor.member_id
    return f"{member_id}:{hashlib.sha256(key.encode()).hexdigest()}" if key else f"once:{new_id()}"


def wait_for(request: ApiRequest, capture: Capture, seconds: float) -> Capture:
    """The capture once it and its run have ended, or after that many seconds."""
    if seconds <= 0 or not _is_under_way(request, capture) or not _WAITING.acquire(blocking=False):
        return capture
    try:
        until = time.monotonic() + seconds
        while _is_under_way(request, capture) and time.monotonic() < until:
            time.sleep(_LOOK_EVERY)
            capture = get_followed(request.auth.actor, capture.id)
    finally:
        _WAITING.release()
    return capture


def _is_under_way(request: ApiRequest, capture: Capture) -> bool:
    """Whether it is being examined, or its run being worked on."""
    if capture.state != CaptureState.PASSED:
        return capture.state == CaptureState.RECEIVED
    run = run_of_capture(request.auth.actor, capture.id)
    return run is None or run.state in (RunState.READING, RunState.MAKING)
