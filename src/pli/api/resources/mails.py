"""What the token's owner sent through the mail gateway."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from ninja import Query, Router, Schema
from pydantic import Field, StringConstraints

from pli.api.schema import Limit, Page
from pli.api.security import ApiRequest, needs
from pli.gateway.api import MailFilter, MailMessage, MailRecipient, find_mails, get_mail, tally_of

router = Router(tags=["mails"])
Words = Annotated[str, StringConstraints(max_length=200)]


class MailOut(Schema):
    id: UUID
    subject: str = Field(description="without its tag")
    tag: str = Field(description="SIGN, SUIVI, LIEN, DIFFERE; several as SIGN DIFFERE; or nothing")
    state: str = Field(description="PENDING, RELAYED, UNDELIVERED, REFUSED or CANCELLED")
    received_at: datetime
    not_before: datetime | None = Field(description="held until then")
    message_id: str
    recipients: int
    relayed: int
    undelivered: int
    ceremony_id: UUID | None = Field(description="the request for signature it made")


class MailRecipientOut(Schema):
    id: UUID
    address: str
    name: str
    state: str = Field(description="WAITING, QUEUED, RELAYED, FAILED, BOUNCED or CANCELLED")
    relayed_at: datetime | None
    tries: int
    server_reply: str
    reason: str = Field(description="why it failed, came back, or still waits")
    report: str = Field(description="DELAYED, RELAYED, EXPANDED, DELIVERED (RFC 3464), or nothing")
    reported_at: datetime | None
    tracked_number: str = Field("", description="of a tracked sending")
    tracked_state: str = Field(
        "", description="PREPARED, DEPOSITED, RECEIVED, DECLINED, UNCLAIMED, UNDELIVERED, WITHDRAWN, or nothing"
    )


class SharedFileOut(Schema):
    id: UUID
    file_name: str
    size: int
    sha256: str
    expires_at: datetime
    downloads: int


class MailDetail(MailOut):
    people: list[MailRecipientOut]
    files: list[SharedFileOut]
    problem_code: str


class MailQuery(Schema):
    q: Words = Field("", description="words of the subject, or of an address")
    state: Annotated[str, StringConstraints(max_length=20)] = ""
    tag: Annotated[str, StringConstraints(max_length=20)] = Field("", description="`none`: those without a tag")
    after: UUID | None = Field(None, description="the `next` of the page before")
    limit: Limit = 50


@router.get("/mails", response=Page[MailOut], summary="What one sent by e-mail", **needs("mails:read"))
def list_all(request: ApiRequest, wanted: Query[MailQuery]) -> Any:
    """The messages that the token's owner sent through the gateway, the newest first."""
    rows = find_mails(request.auth.actor, MailFilter(wanted.q, wanted.state, wanted.tag)).order_by("-id")
    if wanted.after:
        # An id begins with its instant (RFC 9562): the order of ids is that of arrivals.
        rows = rows.filter(id__lt=wanted.after)
    found = list(rows[: wanted.limit + 1])
    shown = found[: wanted.limit]
    return {"items": [_tell(one) for one in shown], "next": str(shown[-1].id) if len(found) > len(shown) else None}


@router.get("/mails/{mail_id}", response=MailDetail, summary="Read a sent e-mail", **needs("mails:read"))
def read(request: ApiRequest, mail_id: UUID) -> Any:
    """Each recipient with what their server said, and the files behind links with how often they were fetched; never a
    link."""
    mail = get_mail(request.auth.actor, mail_id)
    files = mail.files.select_related("blob").prefetch_related("downloads").order_by("id")
    return _tell(mail) | {
        "problem_code": mail.problem_code,
        "people": [_person(one) for one in mail.recipients.select_related("tracked").order_by("position")],
        "files": [
            {
                "id": file.id, "file_name": file.file_name, "size": file.blob.size, "sha256": file.blob_id,
                "expires_at": file.expires_at, "downloads": len(file.downloads.all()),
            }
            for file in files
        ],
    }  # fmt: skip


def _person(one: MailRecipient) -> dict[str, Any]:
    tracked = getattr(one, "tracked", None)
    return {
        "id": one.id, "address": one.address, "name": one.name, "state": one.state, "relayed_at": one.relayed_at,
        "tries": one.tries, "server_reply": one.server_reply, "reason": one.reason,
        "report": one.report, "reported_at": one.reported_at,
        "tracked_number": tracked.number if tracked else "", "tracked_state": tracked.state if tracked else "",
    }  # fmt: skip


def _tell(mail: MailMessage) -> dict[str, Any]:
    tally = tally_of(mail)
    return {
        "id": mail.id, "subject": mail.subject, "tag": mail.tag, "state": tally.state, "received_at": mail.received_at,
        "not_before": mail.not_before, "message_id": mail.message_id, "recipients": tally.total,
        "relayed": tally.relayed, "undelivered": tally.undelivered, "ceremony_id": mail.ceremony_id,
    }  # fmt: skip
