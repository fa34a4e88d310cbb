"""Reading: each sender sees what they sent, and nobody else's."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Prefetch, Q, QuerySet

from pli.gateway.models import MailMessage, MailRecipient, TrackedAct, TrackedProof, TrackedSending
from pli.gateway.states import MailState, RelayState
from pli.kit.errors import NotFound
from pli.parties.api import Actor, StaffActor


@dataclass(frozen=True)
class MailFilter:
    """What is looked for: words of the subject or an address, a state (see ``MailTally.state``), a tag."""

    words: str = ""
    state: str = ""
    tag: str = ""


@dataclass(frozen=True)
class MailTally:
    """How many of a message's recipients stand where."""

    total: int
    relayed: int
    undelivered: int
    pending: int
    cancelled: int
    is_refused: bool

    @property
    def state(self) -> str:
        """The one word for a list: REFUSED, UNDELIVERED, PENDING, CANCELLED or RELAYED."""
        if self.is_refused:
            return "REFUSED"
        if self.undelivered:
            return "UNDELIVERED"
        if self.pending:
            return "PENDING"
        return "CANCELLED" if self.cancelled and not self.relayed else "RELAYED"


def mails_for(actor: Actor) -> QuerySet[MailMessage]:
    """The messages the actor sent through their own log-in."""
    if not isinstance(actor, StaffActor):
        return MailMessage.objects.none()
    return MailMessage.objects.filter(organisation_id=actor.organisation_id, account__member_id=actor.member_id)


def find_mails(actor: Actor, wanted: MailFilter | None = None) -> QuerySet[MailMessage]:
    """Theirs, filtered, each with what ``tally_of`` counts."""
    wanted = wanted or MailFilter()
    rows = mails_for(actor).annotate(
        total=Count("recipients"),
        relayed=Count("recipients", filter=Q(recipients__state=RelayState.RELAYED)),
        undelivered=Count("recipients", filter=Q(recipients__state__in=(RelayState.FAILED, RelayState.BOUNCED))),
        pending=Count("recipients", filter=Q(recipients__state__in=(RelayState.WAITING, RelayState.QUEUED))),
        cancelled=Count("recipients", filter=Q(recipients__state=RelayState.CANCELLED)),
    )
    for word in wanted.words.replace("\0", "").split()[:10]:
        named = MailRecipient.objects.filter(address__icontains=word).values("message_id")
        rows = rows.filter(Q(subject__icontains=word) | Q(id__in=named))
    if wanted.tag:
        rows = rows.filter(tag="") if wanted.tag == "none" else rows.filter(tag__regex=_word(wanted.tag))
    return _in_state(rows, wanted.state)


def _word(tag: str) -> str:
    return rf"(^| ){re.sub('[^A-Za-z0-9]', '', tag) or '-'}( |$)"


def _in_state(rows: Any, state: str) -> QuerySet[MailMessage]:
    is_going = rows.exclude(state=MailState.REFUSED)
    found: QuerySet[MailMessage] = {
        "REFUSED": rows.filter(state=MailState.REFUSED),
        "UNDELIVERED": is_going.filter(undelivered__gt=0),
        "PENDING": is_going.filter(undelivered=0, pending__gt=0),
        "RELAYED": is_going.filter(undelivered=0, pending=0, relayed__gt=0),
        "CANCELLED": is_going.filter(undelivered=0, pending=0, relayed=0),
    }.get(state, rows)
    return found


def tally_of(mail: MailMessage) -> MailTally:
    """Of a message that ``find_mails`` gave."""
    counts = {name: int(getattr(mail, name)) for name in ("total", "relayed", "undelivered", "pending", "cancelled")}
    return MailTally(**counts, is_refused=mail.state == MailState.REFUSED)


def get_mail(actor: Actor, mail_id: UUID) -> MailMessage:
    """:raises NotFound: when the actor did not send it."""
    found = find_mails(actor).filter(id=mail_id).first()
    if found is None:
        raise NotFound
    return found


def tracked_sendings(mail: MailMessage) -> list[TrackedSending]:
    """The tracked sendings of a message, each with its trace and its proofs, in the order of its recipients."""
    rows = TrackedSending.objects.filter(recipient__message=mail).select_related("recipient")
    acts = Prefetch("acts", TrackedAct.objects.order_by("at", "id"))
    return list(rows.prefetch_related(acts, "proofs").order_by("recipient__position"))


def tracked_sending(mail: MailMessage, sending_id: UUID) -> TrackedSending:
    """One of a message's, with its proofs.

    :raises NotFound: when it is not of this message.
    """
    found = next((one for one in tracked_sendings(mail) if one.id == sending_id), None)
    if found is None:
        raise NotFound
    return found


def tracked_proof(mail: MailMessage, proof_id: UUID) -> TrackedProof:
    """:raises NotFound: when it is not about this message."""
    rows = TrackedProof.objects.select_related("sending")
    found = rows.filter(id=proof_id, sending__recipient__message=mail).first()
    if found is None:
        raise NotFound
    return found
