"""Quotes: sent, followed, withdrawn. Links and codes appear nowhere."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Query, Router, Schema, Status
from pydantic import Field, StringConstraints, model_validator

from pli.api.resources.ceremonies import ReasonIn
from pli.api.schema import Limit, Line, Page, Strict, Text
from pli.api.security import ApiRequest, needs
from pli.journey.api import QuoteWishes, send_quote, withdraw_quote
from pli.parties.api import get_contact, get_member, get_organisation
from pli.quotes.api import QuoteFilter, find_quotes, get_quote
from pli.signing.api import SignerRequest, preferred_level

router = Router(tags=["quotes"])
State = Literal["SENT", "READ", "ACCEPTED", "SIGNED", "REFUSED", "EXPIRED", "WITHDRAWN"]


class QuoteOut(Schema):
    id: UUID
    state: State = Field(description="ACCEPTED: the client signed; SIGNED: the file is sealed and proved")
    title: str
    amount: str = Field(description="the total, as the document's facts say it")
    document_id: UUID
    annex_ids: list[UUID]
    party_id: UUID
    ceremony_id: UUID = Field(description="where the signed files and the proof are")
    recipient_name: str
    recipient_email: str
    sent_at: datetime
    read_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    expires_at: datetime
    reason: str = Field(description="why it was refused or withdrawn")


class RecipientIn(Strict):
    """A contact of the client, or somebody named here."""

    contact_id: UUID | None = None
    name: Line = ""
    email: Line = ""
    mobile: Annotated[str, StringConstraints(max_length=16)] = Field("", description="E.164, for codes by SMS")
    code_channel: Literal["EMAIL", "SMS", "BOTH"] = "EMAIL"
    language: Literal["fr", "en"] | None = None

    @model_validator(mode="after")
    def _is_one_person(self) -> RecipientIn:
        is_typed = bool(self.name or self.email)
        if is_typed == (self.contact_id is not None) or (is_typed and not (self.name and self.email)):
            raise ValueError("one_person")
        return self


class QuoteIn(Strict):
    document_id: UUID = Field(description="of kind `quote`, filed at a client's")
    recipient: RecipientIn
    deadline: date = Field(description="the last day to answer, in Europe/Paris")
    annex_ids: Annotated[list[UUID], Field(max_length=10)] = Field([], description="read and signed with it")
    message: Text = ""


class QuoteQuery(Schema):
    state: State | None = None
    q: Line = Field("", description="words of the title, of the client or of the recipient")
    since: date | None = None
    until: date | None = None
    after: Annotated[str, StringConstraints(max_length=40)] = Field("", description="the `next` of the page before")
    limit: Limit = 50


@router.get("/quotes", response=Page[QuoteOut], summary="List quotes", **needs("quotes:read"))
def list_all(request: ApiRequest, wanted: Query[QuoteQuery]) -> Any:
    """The newest first, of the documents the token's member may read."""
    chosen = QuoteFilter(wanted.q, wanted.state or "", wanted.since, wanted.until)
    found = find_quotes(request.auth.actor, chosen).order_by("-id")
    try:
        found = found.filter(id__lt=UUID(wanted.after)) if wanted.after else found
    except ValueError:
        found = found.none()
    rows = list(found[: wanted.limit + 1])
    shown = rows[: wanted.limit]
    return {"items": shown, "next": str(shown[-1].id) if len(rows) > len(shown) else None}


@router.get("/quotes/{quote_id}", response=QuoteOut, summary="Follow a quote", **needs("quotes:read"))
def read(request: ApiRequest, quote_id: UUID) -> Any:
    """Where it stands. Its signed file and proof are those of its `ceremony_id`."""
    return get_quote(request.auth.actor, quote_id)


@router.post("/quotes", response={201: QuoteOut}, summary="Send a quote", **needs("quotes:write"))
def send(request: ApiRequest, body: QuoteIn) -> Any:
    """By e-mail with its link, and into the client's space. 409 while the same document waits for an answer."""
    actor = request.auth.actor
    account = get_member(actor, actor.member_id).account
    quote = send_quote(
        actor,
        QuoteWishes(
            document_id=body.document_id,
            recipient=_recipient(request, body.recipient),
            deadline=body.deadline,
            sender_name=account.name or account.email,
            sender_email=account.email,
            message=body.message,
            annex_ids=tuple(body.annex_ids),
            level=preferred_level(get_organisation(actor)),
        ),
    )
    return Status(201, quote)


def _recipient(request: ApiRequest, asked: RecipientIn) -> SignerRequest:
    if asked.contact_id is None:
        typed = asked.language or "fr"
        return SignerRequest(asked.name, asked.email, asked.mobile, "typed", typed, asked.code_channel)
    contact = get_contact(request.auth.actor, asked.contact_id)
    language: str = asked.language or contact.party.language
    mobile = asked.mobile or contact.mobile
    return SignerRequest(contact.name, contact.email, mobile, f"contact:{contact.id}", language, asked.code_channel)


@router.post("/quotes/{quote_id}/withdraw", response=QuoteOut, summary="Withdraw a quote", **needs("quotes:write"))
def withdraw(request: ApiRequest, quote_id: UUID, body: ReasonIn) -> Any:
    """Its link dies and the client is told, with the reason. 409 when it was answered or is over."""
    return withdraw_quote(request.auth.actor, quote_id, body.reason)
