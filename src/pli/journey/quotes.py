"""Quotes on their way: sent as a request for signature and into the client's space, followed to their answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from django.db import transaction

from pli.delivery.api import Parcel, deliver_by_portal
from pli.documents.api import Document, get_for
from pli.journal.api import Event, subscribe
from pli.journey.ordering import confirm_order
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.parties.api import PortalActor, StaffActor
from pli.quotes.api import (
    NewQuote,
    OfferedLine,
    Quote,
    UnableToSendQuote,
    check_lines,
    check_quote,
    draw_order_pages,
    get_quote,
    move_quote,
    open_quote,
    pass_quote,
    quote_signed_by,
)
from pli.signing.api import (
    BON_POUR_ACCORD,
    CEREMONY_COMPLETED,
    CEREMONY_EXPIRED,
    CEREMONY_REFUSED,
    CEREMONY_WITHDRAWN,
    SIGNER_DELEGATED,
    SIGNER_OPENED,
    SIGNER_SIGNED,
    AddedPages,
    Ceremony,
    CeremonyRequest,
    FieldRequest,
    Place,
    Signer,
    SignerRequest,
    SignerState,
    awaited_signers,
    remind_signer,
    send_ceremony,
    withdraw_ceremony,
)

MOST_ANNEXES = 10


@dataclass(frozen=True)
class QuoteWishes:
    """A quote to send: the document, what goes with it, to whom, until which day (Europe/Paris, included).

    ``annex_ids`` are read and not signed; ``lines`` are what the client chooses from; ``asks_approval``: they type
    « Bon pour accord »; ``may_delegate``: they may pass it to the colleague who may sign.
    """

    document_id: UUID
    recipient: SignerRequest
    deadline: date
    sender_name: str
    sender_email: str
    message: str = ""
    annex_ids: tuple[UUID, ...] = ()
    level: str = "B-T"
    lines: tuple[OfferedLine, ...] = ()
    asks_approval: bool = False
    may_delegate: bool = False


@transaction.atomic
def send_quote(actor: StaffActor, wishes: QuoteWishes, *, clock: Clock = SYSTEM_CLOCK) -> Quote:
    """Send a quote by e-mail with its link, and show it in the client's space.

    :raises UnableToSendQuote, QuoteAlreadyOut: when it can't go out as a quote.
    :raises UnableToSend, UnableToSignFile: when the address, the day or a file is not right.
    :raises NotFound, NotAllowed: as the actor's rights say.
    """
    actor.require_writer()
    document = get_for(actor, wishes.document_id)
    wanted = [one for one in dict.fromkeys(wishes.annex_ids) if one != document.id]
    if len(wanted) > MOST_ANNEXES:
        raise UnableToSendQuote(reason="un devis a dix annexes au plus.")
    annexes = [get_for(actor, one) for one in wanted]
    check_quote(document, annexes)
    check_lines(wishes.lines)
    fields, pages = _order_pages(document, wishes, clock)
    approval = (BON_POUR_ACCORD,) if wishes.asks_approval else ()
    ceremony = send_ceremony(
        actor,
        CeremonyRequest(
            document_ids=(document.id,),
            annex_ids=tuple(wanted),
            signers=(replace(wishes.recipient, fields=(*wishes.recipient.fields, *approval, *fields)),),
            added_pages=pages,
            deadline=wishes.deadline,
            sender_name=wishes.sender_name,
            sender_email=wishes.sender_email,
            title=document.title,
            message=wishes.message,
            level=wishes.level,
            may_delegate=wishes.may_delegate,
        ),
        clock=clock,
    )
    signer = ceremony.signers.get()
    new = NewQuote(document, annexes, ceremony.id, signer.name, signer.email, ceremony.expires_at, wishes.lines)
    quote = open_quote(actor, new, clock=clock)
    for one in (document, *annexes):
        if one.kind.is_shown_in_portal and one.party_id is not None:
            deliver_by_portal(actor, Parcel(one, (), f"quote:{quote.id}:{one.id}"), clock=clock)
    return quote


def _order_pages(
    document: Document, wishes: QuoteWishes, clock: Clock
) -> tuple[tuple[FieldRequest, ...], tuple[AddedPages, ...]]:
    """The page that says what is ordered, and its boxes as fields that the client's signature fills."""
    if not wishes.lines:
        return (), ()
    drawn = draw_order_pages(document.title, wishes.lines, wishes.recipient.language, made_at=clock.now())
    fields = (
        FieldRequest(
            "GIVEN", words, box.name,
            place=Place(1, box.page - drawn.page_count - 1, box.x, box.y, box.width, box.height),
        )
        for box, words in drawn.boxes
    )  # fmt: skip
    return tuple(fields), (AddedPages(document.id, drawn.pdf),)


@transaction.atomic
def withdraw_quote(actor: StaffActor, quote_id: UUID, reason: str, *, clock: Clock = SYSTEM_CLOCK) -> Quote:
    """Withdraw a quote that waits for its answer; the client is told, with the reason.

    :raises NotFound, NotAllowed: as the actor's rights say; :raises UnableToMove: when it was answered or is over.
    """
    quote = get_quote(actor, quote_id)
    ceremony = withdraw_ceremony(actor, quote.ceremony_id, reason, clock=clock)
    move_quote(ceremony.id, "withdraw", actor=actor.reference, reason=ceremony.withdrawal_reason, clock=clock)
    quote.refresh_from_db()
    return quote


def send_link_again(actor: PortalActor | StaffActor, quote_id: UUID, *, clock: Clock = SYSTEM_CLOCK) -> bool:
    """Send the recipient a fresh link, to their own mailbox alone; False when there is nothing to answer any more.

    :raises NotFound: when the quote does not exist for this actor.
    """
    quote = get_quote(actor, quote_id)
    waiting = awaited_signers(Ceremony.objects.get(id=quote.ceremony_id))
    return any([remind_signer(signer.id, by=actor.reference, clock=clock) for signer in waiting])


@subscribe(SIGNER_OPENED, "journey.quote-read")
def follow_opening(event: Event) -> None:
    """The client opened the link of a quote."""
    move_quote(event.subject_id, "read", actor=event.actor)


@subscribe(SIGNER_DELEGATED, "journey.quote-passed")
def follow_delegation(event: Event) -> None:
    """The client passed the quote to a colleague: they are who is waited for, and written to."""
    other = Signer.objects.get(id=event.data["to_signer_id"])
    pass_quote(event.subject_id, name=other.name, email=other.email, actor=event.actor)


@subscribe(SIGNER_SIGNED, "journey.quote-accepted")
def follow_signature(event: Event) -> None:
    """The client signed: the quote is accepted, its file is being sealed."""
    move_quote(event.subject_id, "accept", actor=event.actor)
    quote = quote_signed_by(event.subject_id)
    if quote is not None:
        confirm_order(quote)


@subscribe(CEREMONY_COMPLETED, "journey.quote-signed")
def follow_completion(event: Event) -> None:
    """Sealed and proved."""
    numbers = [str(number) for number in event.data["evidence_numbers"]]
    move_quote(event.subject_id, "sign", actor=event.actor, evidence_numbers=numbers)


@subscribe(CEREMONY_REFUSED, "journey.quote-refused")
def follow_refusal(event: Event) -> None:
    """The client refused, with a reason."""
    refuser = Signer.objects.filter(ceremony_id=event.subject_id, state=SignerState.REFUSED).first()
    move_quote(event.subject_id, "refuse", actor=event.actor, reason=refuser.refusal_reason if refuser else "")


@subscribe(CEREMONY_EXPIRED, "journey.quote-expired")
def follow_expiry(event: Event) -> None:
    """The last day passed."""
    move_quote(event.subject_id, "expire", actor=event.actor)


@subscribe(CEREMONY_WITHDRAWN, "journey.quote-withdrawn")
def follow_withdrawal(event: Event) -> None:
    """The request was withdrawn, from whichever screen."""
    ceremony = Ceremony.objects.get(id=event.subject_id)
    move_quote(event.subject_id, "withdraw", actor=event.actor, reason=ceremony.withdrawal_reason)
