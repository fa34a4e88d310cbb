"""Reading quotes: staff by what they may see of the documents, clients their own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet

from pli.documents.api import documents_for
from pli.kit.clock import PARIS
from pli.kit.errors import NotFound
from pli.parties.api import Actor, PortalActor, Role, StaffActor
from pli.quotes.models import Quote


@dataclass(frozen=True)
class QuoteFilter:
    """What a list of quotes is narrowed by; days of sending, Europe/Paris, both included."""

    text: str = ""
    state: str = ""
    since: date | None = None
    until: date | None = None


def quotes_for(actor: Actor) -> QuerySet[Quote]:
    """The quotes an actor may see: of documents they may read, or in a portal, sent to their own parties."""
    found = Quote.objects.filter(organisation_id=actor.organisation_id).select_related("party", "document")
    match actor:
        case StaffActor():
            if actor.role in (Role.ADMIN, Role.AUDITOR):
                return found
            return found.filter(document__in=documents_for(actor))
        case PortalActor():
            return found.filter(party_id__in=actor.party_ids)
        case _:
            return found.none()


def find_quotes(actor: Actor, wanted: QuoteFilter) -> QuerySet[Quote]:
    """Those that match; the caller orders and pages them by key."""
    found = quotes_for(actor)
    if wanted.state:
        found = found.filter(state=wanted.state)
    if wanted.since:
        found = found.filter(sent_at__gte=datetime.combine(wanted.since, time(), tzinfo=PARIS))
    if wanted.until:
        found = found.filter(sent_at__lt=datetime.combine(wanted.until + timedelta(days=1), time(), tzinfo=PARIS))
    for word in wanted.text.replace("\x00", " ").split()[:8]:
        named = Q(recipient_name__icontains=word) | Q(recipient_email__icontains=word)
        found = found.filter(named | Q(title__icontains=word) | Q(party__name__icontains=word))
    return found


def get_quote(actor: Actor, quote_id: UUID) -> Quote:
    """:raises NotFound: when it does not exist for this actor."""
    found = quotes_for(actor).filter(id=quote_id).first()
    if found is None:
        raise NotFound
    return found


def quotes_of(document_id: UUID) -> list[Quote]:
    """The sendings of a document the caller has already been let see, the newest first."""
    return list(Quote.objects.filter(document_id=document_id).order_by("-sent_at", "-id"))
