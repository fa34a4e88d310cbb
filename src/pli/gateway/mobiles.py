"""Mobile numbers that a code by SMS needs and nobody knows: asked from the sender by a link, once, for a few days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction

from pli.gateway import events
from pli.gateway.errors import AskOver
from pli.gateway.models import MailMessage, MobileAsk
from pli.gateway.queueing import handle_later
from pli.gateway.seams import AskedSigner
from pli.gateway.states import AskState, MailState
from pli.gateway.telling import tell_mobiles_wanted
from pli.journal.api import EventType, record
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.ids import digest_token, new_token

ASK_DAYS = 3


@dataclass(frozen=True)
class Asking:
    """The page of an ask: the message, and whose numbers are missing, by recipient."""

    message: MailMessage
    people: tuple[tuple[str, str, str], ...]
    """Recipient, name, address."""
    expires_at: datetime


def ask_of(message: MailMessage) -> MobileAsk | None:
    """What was asked about a message, whatever became of it."""
    return MobileAsk.objects.filter(message=message).first()


def ask_mobiles(
    message: MailMessage, lacking: Sequence[AskedSigner], *, not_before: datetime | None, clock: Clock
) -> None:
    """Write to the sender; the message waits for their answer, or for the last instant to give it."""
    token, now = new_token(), clock.now()
    until = max(now + timedelta(days=ASK_DAYS), not_before or now)
    people = [{"id": str(one.recipient_id), "name": one.name, "address": one.email} for one in lacking]
    with transaction.atomic():
        waiting = MailMessage.objects.filter(id=message.id, state=MailState.ACCEPTED)
        if not waiting.update(not_before=until):
            return
        MobileAsk.objects.create(
            message=message, state=AskState.OPEN, token_sha256=digest_token(token), people=people, asked_at=now,
            expires_at=until,
        )  # fmt: skip
        _tell(events.MOBILES_ASKED, message, len(people), clock)
        names = ", ".join(f"{one.name} ({one.email})" for one in lacking)
        tell_mobiles_wanted(message, names, f"{settings.PLI_BASE_URL}/m/{token}/", until, clock=clock)
        handle_later([message.id], at=until)


def open_ask(token: str, *, clock: Clock = SYSTEM_CLOCK) -> Asking:
    """What a link asks. Looking consumes nothing.

    :raises AskOver: when it is unknown, answered, withdrawn, or too late.
    """
    return _asking(_open(token, clock))


@transaction.atomic
def answer_ask(token: str, numbers: Mapping[str, str], *, clock: Clock = SYSTEM_CLOCK) -> MailMessage:
    """Give numbers (E.164, by recipient), once: the request goes out. Whoever has none gets their code by e-mail.

    :raises AskOver: as ``open_ask``.
    """
    ask = _open(token, clock)
    known = {one["id"] for one in ask.people}
    given = {recipient: number for recipient, number in numbers.items() if recipient in known and number}
    mine = MobileAsk.objects.filter(id=ask.id, state=AskState.OPEN)
    if not mine.update(state=AskState.ANSWERED, numbers=given, answered_at=clock.now()):
        raise AskOver
    MailMessage.objects.filter(id=ask.message_id, state=MailState.ACCEPTED).update(not_before=None)
    _tell(events.MOBILES_GIVEN, ask.message, len(given), clock)
    handle_later([ask.message_id])
    return ask.message


def close_ask(message_id: UUID, state: AskState) -> None:
    """No answer is awaited any more. In the caller's transaction."""
    MobileAsk.objects.filter(message_id=message_id, state=AskState.OPEN).update(state=state)


def _open(token: str, clock: Clock) -> MobileAsk:
    rows = MobileAsk.objects.select_related("message__organisation")
    found = rows.filter(token_sha256=digest_token(token), state=AskState.OPEN).first()
    if found is None or clock.now() >= found.expires_at or found.message.state != MailState.ACCEPTED:
        raise AskOver
    return found


def _asking(ask: MobileAsk) -> Asking:
    people = tuple((one["id"], one["name"], one["address"]) for one in ask.people)
    return Asking(ask.message, people, ask.expires_at)


def _tell(kind: EventType, message: MailMessage, count: int, clock: Clock) -> None:
    record(
        kind, organisation_id=message.organisation_id, subject=("mail", message.id), actor="system:gateway",
        data={"people": count}, clock=clock,
    )  # fmt: skip
