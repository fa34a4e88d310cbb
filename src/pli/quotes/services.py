"""Writing quotes: opened when they go out, moved by what the client does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from pli.documents.api import Document
from pli.journal.api import EventType, record
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.parties.api import Actor
from pli.quotes import events
from pli.quotes.errors import QuoteAlreadyOut, UnableToSendQuote
from pli.quotes.models import Quote
from pli.quotes.offers import OfferedLine, add_up, usual_choice
from pli.quotes.ordering import write_lines
from pli.quotes.states import OPEN_STATES, QUOTE, QuoteState

QUOTE_KIND = "quote"
# Where a quote's total stands among its facts, by the names kinds give it.
_TOTALS = ("total", "amount", "total_ttc", "amount_with_tax", "total_incl_tax")
_TOLD: dict[str, EventType] = {
    "read": events.QUOTE_READ,
    "accept": events.QUOTE_ACCEPTED,
    "sign": events.QUOTE_SIGNED,
    "refuse": events.QUOTE_REFUSED,
    "expire": events.QUOTE_EXPIRED,
    "withdraw": events.QUOTE_WITHDRAWN,
}


@dataclass(frozen=True)
class NewQuote:
    """A quote about to be written; its request for signature is already there."""

    document: Document
    annexes: Sequence[Document]
    ceremony_id: UUID
    recipient_name: str
    recipient_email: str
    expires_at: datetime
    lines: Sequence[OfferedLine] = ()


def check_quote(document: Document, annexes: Sequence[Document]) -> None:
    """Whether a document may go out as a quote.

    :raises UnableToSendQuote: when it is no quote, or has no client; :raises QuoteAlreadyOut: when it waits already.
    """
    if document.kind.slug != QUOTE_KIND:
        raise UnableToSendQuote(reason="ce document n’est pas classé comme devis.")
    if document.party_id is None:
        raise UnableToSendQuote(reason="il n’est rattaché à aucun client.")
    if any(annex.party_id not in (None, document.party_id) for annex in annexes):
        raise UnableToSendQuote(reason="une annexe appartient à un autre client.")
    if Quote.objects.filter(document=document, state__in=OPEN_STATES).exists():
        raise QuoteAlreadyOut


def open_quote(actor: Actor, wanted: NewQuote, *, clock: Clock = SYSTEM_CLOCK) -> Quote:
    """Write a quote that goes out; the caller holds the transaction.

    :raises QuoteAlreadyOut: when the same document went out at the same instant.
    """
    document = wanted.document
    if document.party_id is None:
        raise ValueError("check_quote comes first")
    amount = next((str(document.facts[name]) for name in _TOTALS if document.facts.get(name)), "")
    if wanted.lines:
        amount = str(add_up(wanted.lines, usual_choice(wanted.lines)).total)
    try:
        with transaction.atomic():
            quote = Quote.objects.create(
                organisation_id=actor.organisation_id, party_id=document.party_id, document=document,
                annex_ids=[str(annex.id) for annex in wanted.annexes], ceremony_id=wanted.ceremony_id,
                state=QuoteState.SENT, title=document.title, amount=amount[:60],
                recipient_name=wanted.recipient_name, recipient_email=wanted.recipient_email,
                sent_by=actor.reference, sent_at=clock.now(), expires_at=wanted.expires_at,
            )  # fmt: skip
    except IntegrityError:
        raise QuoteAlreadyOut from None
    write_lines(quote, wanted.lines)
    record(
        events.QUOTE_SENT,
        organisation_id=actor.organisation_id,
        subject=("quote", quote.id),
        actor=actor.reference,
        data={
            "document_id": document.id, "annexes": quote.annex_ids, "ceremony_id": quote.ceremony_id,
            "party_id": quote.party_id, "lines": len(wanted.lines), "expires_at": quote.expires_at,
            "title": quote.title, "recipient": {"name": quote.recipient_name, "address": quote.recipient_email},
        },
        clock=clock,
    )  # fmt: skip
    return quote


@transaction.atomic
def move_quote(
    ceremony_id: UUID,
    verb: str,
    *,
    actor: str,
    reason: str = "",
    evidence_numbers: Sequence[str] = (),
    clock: Clock = SYSTEM_CLOCK,
) -> Quote | None:
    """Follow what happened to a quote's request; None when it is no quote's, or the quote has already gone further.

    Safe to repeat: the state moves once.
    """
    quote = Quote.objects.select_for_update(of=("self",)).filter(ceremony_id=ceremony_id).first()
    if quote is None or quote.state not in QUOTE.sources(verb):
        return None
    now = clock.now()
    quote.state, quote.reason = QuoteState(QUOTE.next_state(quote.state, verb)), reason[:1000]
    if verb == "read":
        quote.read_at = now
    if verb in ("accept", "sign", "refuse"):
        quote.answered_at = quote.answered_at or now
    if quote.state in QUOTE.final:
        quote.ended_at = now
    quote.save(update_fields=["state", "reason", "read_at", "answered_at", "ended_at"])
    kind = _TOLD[verb]
    told = {
        "document_id": quote.document_id, "ceremony_id": quote.ceremony_id, "reason": quote.reason,
        "evidence_numbers": list(evidence_numbers), "order": quote.order,
    }  # fmt: skip
    record(
        kind,
        organisation_id=quote.organisation_id,
        subject=("quote", quote.id),
        actor=actor,
        data={name: value for name, value in told.items() if name in kind.fields | kind.personal},
        clock=clock,
    )
    return quote


@transaction.atomic
def pass_quote(ceremony_id: UUID, *, name: str, email: str, actor: str, clock: Clock = SYSTEM_CLOCK) -> Quote | None:
    """Note who answers a quote now that its recipient named somebody else; None when it is no quote's.

    Safe to repeat.
    """
    quote = Quote.objects.select_for_update(of=("self",)).filter(ceremony_id=ceremony_id).first()
    if quote is None or (quote.recipient_name, quote.recipient_email) == (name, email):
        return quote
    quote.recipient_name, quote.recipient_email = name, email
    quote.save(update_fields=["recipient_name", "recipient_email"])
    record(
        events.QUOTE_PASSED,
        organisation_id=quote.organisation_id,
        subject=("quote", quote.id),
        actor=actor,
        data={
            "document_id": quote.document_id, "ceremony_id": quote.ceremony_id,
            "recipient": {"name": name, "address": email},
        },
        clock=clock,
    )  # fmt: skip
    return quote
