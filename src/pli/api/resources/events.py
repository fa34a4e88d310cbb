"""The journal, for auditors and administrators."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from ninja import Query, Router, Schema
from pydantic import AwareDatetime, Field, StringConstraints

from pli.api.schema import After, Limit, Page, read_event_key
from pli.api.security import ApiRequest, needs
from pli.journal.api import EventFilter, list_events
from pli.parties.api import Role

router = Router(tags=["events"])
Word = Annotated[str, StringConstraints(max_length=80)]


class EventOut(Schema):
    id: UUID
    name: str
    subject_type: str
    subject_id: UUID
    actor: str
    occurred_at: AwareDatetime
    data: dict[str, Any]
    personal_digest: str = Field(description="salted SHA-256 of the personal values, which stand beside the chain")
    position: int | None = Field(description="place in the organisation's chain; null until it is chained")
    chain_hash: str


class EventQuery(Schema):
    name: Word = Field("", description="a type of event, or a start with `*`: `signing.*`")
    actor: Word = ""
    subject_type: Word = ""
    subject_id: UUID | None = None
    since: AwareDatetime | None = Field(None, description="included")
    until: AwareDatetime | None = Field(None, description="not included")
    after: After = ""
    limit: Limit = 50


@router.get("/events", response=Page[EventOut], summary="Read the journal", **needs("events:read"))
def list_all(request: ApiRequest, wanted: Query[EventQuery]) -> Any:
    """The newest first; for administrators and auditors. Personal values are not given: only their digest."""
    actor = request.auth.actor
    actor.require(Role.ADMIN, Role.AUDITOR)
    wish = EventFilter(
        name=wanted.name,
        actor=wanted.actor,
        subject_type=wanted.subject_type,
        subject_id=wanted.subject_id,
        since=wanted.since,
        until=wanted.until,
    )
    found = list_events(actor.organisation_id, wish, key=read_event_key(wanted.after), size=wanted.limit)
    return {"items": found.events, "next": found.next_key or None}
