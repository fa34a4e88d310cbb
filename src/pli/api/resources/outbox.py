"""The local outbox, while no mail or SMS provider is set: a demonstration's mailbox."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from ninja import Router, Schema

from pli.api.security import ApiRequest, needs
from pli.notifications.api import local_outbox

router = Router(tags=["local outbox"])


class AttachmentOut(Schema):
    file_name: str
    media_type: str
    size: int
    sha256: str


class LocalMessageOut(Schema):
    id: UUID
    channel: str
    to: str
    subject: str
    text: str
    attachments: list[AttachmentOut]
    created_at: datetime


class LocalOutbox(Schema):
    items: list[LocalMessageOut]


@router.get(
    "/local-outbox", response=LocalOutbox, summary="Messages that stayed on this machine", **needs("local-outbox:read")
)
def list_all(request: ApiRequest) -> Any:
    """In full, links and codes included, newest first. It exists only while messages stay on this machine (a trial) and
    for a token of an administrator; 404 otherwise."""
    return {"items": local_outbox(request.auth.actor)}
