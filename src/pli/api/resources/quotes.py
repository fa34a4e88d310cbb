"""Quotes: sent, followed, withdrawn. Links and codes appear nowhere."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Query, Router, Schema, Status
from pydantic import Field, StringConstraints

from pli.api.resources.ceremonies import ReasonIn
from pli.api.resources.people import PersonIn, read_person
from pli.api.schema import Limit, Line, Page, Strict, Text
from pli.api.security import ApiRequest, needs
from pli.journey.api import QuoteWishes, send_quote, withdraw_quote
from pli.parties.api import get_member, get_organisation
from pli.quotes.api import MOST_LINES, OfferedLine, Quote, QuoteFilter, find_quotes, get_quote, offered_lines
from pli.signing.api import preferred_level

router = Router(tags=["quotes"])
State = Literal["SENT", "READ", "ACCEPTED", "SIGNED", "REFUSED", "EXPIRED", "WITHDRAWN"]


class QuoteOut(Schema):
    id: UUID
    state: State = Field(description="ACCEPTED: the client signed; SIGNED: the file is sealed and proved")
    title: str
    amount: str = Field(description="VAT included: what was ordered, else the usual choice, else as the facts say it")
    document_id: UUID
    annex_ids: list[UUID]
    party_id: UUID
    ceremony_id: UUID = Field(description="where the signed files and the proof are")
    recipient_name: str = Field(description="who answers it now: a colleague, once it was passed on")
    recipient_email: str
    sent_at: datetime
    read_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    expires_at: datetime
    reason: str = Field(description="why it was refused or withdrawn")


class LineIn(Strict):
    """A line to choose from. With `is_optional` the client may leave it; lines of one `group` exclude each other."""

    label: Annotated[str, StringConstraints(min_length=1, max_length=120)]
    unit_price: Decimal = Field(description="EUR without VAT, for one")
    vat_rate: Decimal = Field(Decimal(20), description="percent")
    quantity: Decimal = Field(Decimal(1), description="chosen at first; 0 for a line not taken unless chosen")
    minimum: Decimal | None = Field(None, description="`quantity` when left out")
    maximum: Decimal | None = Field(None, description="`quantity` when left out")
    is_optional: bool = False
    group: Annotated[str, StringConstraints(max_length=60)] = ""

    def to_offer(self) -> OfferedLine:
        """As the quote takes it; a line not taken at first is taken once, unless its bounds say otherwise."""
        least = self.quantity or Decimal(1)
        return OfferedLine(
            self.label, self.unit_price, self.vat_rate, self.quantity,
            least if self.minimum is None else self.minimum, least if self.maximum is None else self.maximum,
            self.is_optional, self.group,
        )  # fmt: skip


class LineOut(Schema):
    label: str
    unit_price: Decimal
    vat_rate: Decimal
    quantity: Decimal = Field(alias="usual")
    minimum: Decimal
    maximum: Decimal
    is_optional: bool
    group: str


class OrderedLine(Schema):
    position: int
    label: str
    quantity: Decimal
    unit_price: Decimal
    vat_rate: Decimal
    net: Decimal
    is_optional: bool
    group: str


class VatOut(Schema):
    rate: Decimal
    base: Decimal
    amount: Decimal


class OrderOut(Schema):
    currency: Literal["EUR"]
    lines: list[OrderedLine]
    vat: list[VatOut]
    net: Decimal
    total: Decimal = Field(description="VAT included; what the signed file says")


class QuoteWhole(QuoteOut):
    lines: list[LineOut] = Field(description="what there is to choose from")
    order: OrderOut | None = Field(description="what the client chose; null until they sign, and without lines")

    @staticmethod
    def resolve_lines(quote: Quote) -> list[OfferedLine]:
        return offered_lines(quote)


class QuoteIn(Strict):
    document_id: UUID = Field(description="of kind `quote`, filed at a client's")
    recipient: PersonIn
    deadline: date = Field(description="the last day to answer, in Europe/Paris")
    annex_ids: Annotated[list[UUID], Field(max_length=10)] = Field([], description="read with it, not signed")
    message: Text = ""
    lines: Annotated[list[LineIn], Field(max_length=MOST_LINES)] = Field(
        [], description="all the lines of the quote, when the client has a choice; a page for it is added to the file"
    )
    asks_approval: bool = Field(default=False, description="the signer types « Bon pour accord »")
    may_delegate: bool = Field(
        default=False, description="the recipient may pass the quote to a colleague who may sign"
    )


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


@router.get("/quotes/{quote_id}", response=QuoteWhole, summary="Follow a quote", **needs("quotes:read"))
def read(request: ApiRequest, quote_id: UUID) -> Any:
    """Where it stands. Its signed file and proof are those of its `ceremony_id`."""
    return get_quote(request.auth.actor, quote_id)


@router.post("/quotes", response={201: QuoteWhole}, summary="Send a quote", **needs("quotes:write"))
def send(request: ApiRequest, body: QuoteIn) -> Any:
    """By e-mail with its link, and into the client's space. 409 while the same document waits for an answer."""
    actor = request.auth.actor
    account = get_member(actor, actor.member_id).account
    quote = send_quote(
        actor,
        QuoteWishes(
            document_id=body.document_id,
            recipient=read_person(actor, body.recipient),
            deadline=body.deadline,
            sender_name=account.name or account.email,
            sender_email=account.email,
            message=body.message,
            annex_ids=tuple(body.annex_ids),
            level=preferred_level(get_organisation(actor)),
            lines=tuple(line.to_offer() for line in body.lines),
            asks_approval=body.asks_approval,
            may_delegate=body.may_delegate,
        ),
    )
    return Status(201, quote)


@router.post("/quotes/{quote_id}/withdraw", response=QuoteWhole, summary="Withdraw a quote", **needs("quotes:write"))
def withdraw(request: ApiRequest, quote_id: UUID, body: ReasonIn) -> Any:
    """Its link dies and the client is told, with the reason. 409 when it was answered or is over."""
    return withdraw_quote(request.auth.actor, quote_id, body.reason)
