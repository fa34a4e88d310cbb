"""Sending in number: a table of people for a template, checked line by line, confirmed, followed to each request."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Query, Router, Schema, Status
from pydantic import Field, StringConstraints

from pli.api.errors import MediaTypeRefused
from pli.api.problems import told_problem
from pli.api.resources.ceremonies import State as CeremonyStateName
from pli.api.schema import Limit, Line, Page, Strict
from pli.api.security import ApiRequest, needs
from pli.api.uploads import read_upload
from pli.signing.api import (
    MOST_LIST_BYTES,
    ListState,
    RowState,
    SendingList,
    SendingRow,
    Target,
    cancel_list,
    check_list,
    confirm_list,
    count_rows,
    get_list,
    get_template,
    lists_of,
    load_content,
    receive_list,
    resume_list,
    targets_of,
)

router = Router(tags=["sending in number"])
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_BARE = ("text/csv", _XLSX, "application/octet-stream")
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_FORM = {"type": "object", "required": ["file"], "properties": {"file": {"type": "string", "format": "binary"}}}
_UPLOAD: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"multipart/form-data": {"schema": _FORM}, "text/csv": _BINARY, _XLSX: _BINARY},
    },
    "x-pli-upload": MOST_LIST_BYTES,
}

StateName = Literal["UPLOADED", "CHECKED", "SENDING", "STOPPED", "DONE", "CANCELLED"]
RowStateName = Literal["WRONG", "READY", "SENT", "FAILED", "LEFT"]


class Told(Schema):
    """Why something did not go out."""

    code: str
    detail: str
    remedy: str


class TargetOut(Schema):
    """One thing a line may say."""

    key: str = Field(description="what `columns` names: `<rank of the role>:name`, `:email`, `:mobile`, `:=<label>`")
    role: str
    part: str = Field(description="name, email or mobile; with is_field, the label of a field; empty for the title")
    is_field: bool
    is_needed: bool


class ListOut(Schema):
    id: UUID
    template_id: UUID
    template_version: int = Field(description="every line goes out as the template stood when the file came")
    state: StateName = Field(
        description="UPLOADED: columns to choose; CHECKED: nothing has gone out, to be confirmed; STOPPED: what has not"
        " gone waits until it is resumed"
    )
    file_name: str
    sha256: str
    counts: dict[RowStateName, int]
    stopped: Told | None = Field(description="what keeps it from going on, when STOPPED")
    created_at: datetime
    confirmed_at: datetime | None
    ended_at: datetime | None

    @staticmethod
    def resolve_counts(sending: SendingList) -> dict[str, int]:
        return count_rows(sending)

    @staticmethod
    def resolve_stopped(sending: SendingList) -> dict[str, str] | None:
        return told_problem(sending.told)


class ListWhole(ListOut):
    headers: list[str]
    sample: list[list[str]] = Field(description="the first lines under the headers")
    targets: list[TargetOut]
    columns: dict[str, int] = Field(
        alias="mapping", description="target → position of its column, from 0; guessed until chosen"
    )

    @staticmethod
    def resolve_targets(sending: SendingList) -> list[Target]:
        return targets_of(load_content(sending.content))


class ListQuery(Schema):
    template_id: UUID | None = None
    after: UUID | None = Field(None, description="the `next` of the page before")
    limit: Limit = 50


class UploadQuery(Schema):
    file_name: Line = Field("", description="for a bare body; a form names its file itself")


class ColumnsIn(Strict):
    columns: Annotated[dict[Annotated[str, StringConstraints(max_length=110)], int], Field(max_length=200)] | None = (
        Field(None, description="target → position of its column, from 0; left out: as guessed")
    )


class RowPerson(Schema):
    name: str
    email: str
    mobile: str
    values: dict[str, str]


class RowOut(Schema):
    number: int = Field(description="as the spreadsheet counts: the headers are line 1")
    state: RowStateName = Field(description="LEFT: given up before it went out")
    title: str
    people: list[RowPerson] = Field(description="in the order of the open roles")
    ceremony_id: UUID | None
    ceremony_state: CeremonyStateName | None
    problem: Told | None = Field(
        description="why it is WRONG or FAILED, or why a READY one waits when the list stopped"
    )


class RowQuery(Schema):
    state: RowStateName | None = None
    after: int = Field(0, ge=0, le=10_000, description="the `next` of the page before")
    limit: Limit = 100


@router.post(
    "/templates/{template_id}/sending-lists",
    response={201: ListWhole},
    summary="Bring a list of people",
    **needs("ceremonies:write", **_UPLOAD),
)
def create(request: ApiRequest, template_id: UUID, wanted: Query[UploadQuery]) -> Any:
    """An Excel workbook or CSV, 5 MB and 2,000 lines at most, as multipart/form-data (field `file`) or as the whole
    body. Its first line holds headers; each other one becomes a request. Nothing goes out yet: choose the columns."""
    actor = request.auth.actor
    actor.require_writer()
    get_template(actor, template_id)
    if request.content_type not in ("multipart/form-data", *_BARE):
        raise MediaTypeRefused(expected="text/csv, un classeur .xlsx, ou multipart/form-data avec un champ « file »")
    upload = read_upload(request, MOST_LIST_BYTES)
    name = wanted.file_name or upload.name or "liste"
    return Status(201, receive_list(actor, template_id, file_name=name, file=io.BytesIO(upload.content)))


@router.get("/sending-lists", response=Page[ListOut], summary="List sendings in number", **needs("ceremonies:read"))
def list_all(request: ApiRequest, wanted: Query[ListQuery]) -> Any:
    """The newest first, of the templates whose every document the token's member may read."""
    found = lists_of(request.auth.actor, wanted.limit + 1, template_id=wanted.template_id, before=wanted.after)
    shown = found[: wanted.limit]
    return {"items": shown, "next": str(shown[-1].id) if len(found) > len(shown) else None}


@router.get(
    "/sending-lists/{list_id}", response=ListWhole, summary="Follow a sending in number", **needs("ceremonies:read")
)
def read(request: ApiRequest, list_id: UUID) -> Any:
    """Its columns, how many lines stand where, and what stopped it, if anything did."""
    return get_list(request.auth.actor, list_id)


@router.get(
    "/sending-lists/{list_id}/rows", response=Page[RowOut], summary="Read its lines", **needs("ceremonies:read")
)
def rows(request: ApiRequest, list_id: UUID, wanted: Query[RowQuery]) -> Any:
    """What each line says and what became of it: before it is confirmed this is the preview, afterwards the result."""
    sending = get_list(request.auth.actor, list_id)
    found = sending.rows.filter(number__gt=wanted.after).select_related("ceremony").order_by("number")
    if wanted.state:
        found = found.filter(state=wanted.state)
    lines = list(found[: wanted.limit + 1])
    shown = lines[: wanted.limit]
    is_more = len(lines) > len(shown)
    return {"items": [_row(one, sending) for one in shown], "next": str(shown[-1].number) if is_more else None}


@router.put(
    "/sending-lists/{list_id}/columns",
    response=ListWhole,
    summary="Choose its columns",
    **needs("ceremonies:write"),
)
def choose(request: ApiRequest, list_id: UUID, body: ColumnsIn) -> Any:
    """Says which column is which and checks every line; again, until it is confirmed. Nothing goes out."""
    sending = get_list(request.auth.actor, list_id)
    chosen = sending.mapping if body.columns is None else body.columns
    return check_list(request.auth.actor, list_id, chosen)


@router.post(
    "/sending-lists/{list_id}/confirm",
    response=ListWhole,
    summary="Send what is ready",
    **needs("ceremonies:write"),
)
def confirm(request: ApiRequest, list_id: UUID) -> Any:
    """Every READY line becomes a request, exactly once; lines in error never do. 409 when it was confirmed already."""
    return confirm_list(request.auth.actor, list_id)


@router.post(
    "/sending-lists/{list_id}/resume",
    response=ListWhole,
    summary="Go on after a stop",
    **needs("ceremonies:write"),
)
def resume(request: ApiRequest, list_id: UUID) -> Any:
    """Sends what had not gone out when the list was STOPPED, once what stopped it is mended."""
    return resume_list(request.auth.actor, list_id)


@router.post(
    "/sending-lists/{list_id}/cancel",
    response=ListWhole,
    summary="Give up what has not gone",
    **needs("ceremonies:write"),
)
def cancel(request: ApiRequest, list_id: UUID) -> Any:
    """Requests already out go on. 409 when it is over."""
    return cancel_list(request.auth.actor, list_id)


def _row(row: SendingRow, sending: SendingList) -> dict[str, Any]:
    # What keeps the whole list from going out keeps each line that waits.
    is_held = row.state == RowState.READY and sending.state == ListState.STOPPED
    told = sending.told if is_held else next(iter(row.told), {})
    return {
        "number": row.number,
        "state": row.state,
        "title": row.title,
        "people": row.people,
        "ceremony_id": row.ceremony_id,
        "ceremony_state": row.ceremony.state if row.ceremony else None,
        "problem": told_problem(told),
    }
