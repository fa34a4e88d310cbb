"""Sending: hold, try, record. Whatever happens in between, a message is sent again rather than lost, and each new
try carries the same Message-ID, so that a server or a reader can tell a second copy for what it is."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F

from pli.journal.api import record
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.errors import PlugError
from pli.kit.ids import new_id
from pli.notifications.catalogue import KINDS, THREE_DAYS
from pli.notifications.errors import SecretLost
from pli.notifications.events import MESSAGE_CANCELLED, MESSAGE_FAILED, MESSAGE_SENT
from pli.notifications.hold import held
from pli.notifications.models import AttemptOutcome, Channel, Message, MessageAttempt, MessageSecret, MessageState
from pli.notifications.outgoing import outgoing_of
from pli.notifications.plugs import Receipt
from pli.notifications.routing import gateway_for, is_local
from pli.notifications.scheduling import next_try, schedule_sending
from pli.notifications.secret_values import LOCAL_KEEPING, wipe_secrets
from pli.notifications.states import MESSAGE

log = logging.getLogger(__name__)
ACTOR = "system:notifications"
INTERRUPTED = "interrompu avant la réponse du serveur ; renvoyé sous le même identifiant"
TOO_LATE = "le message n’a pas pu partir à temps"
# A job asked for this long ago and not yet run was lost, or the workers are late: asking twice is harmless.
LATE = timedelta(minutes=2)
_SWEPT_AT_ONCE = 500


def deliver(message_id: UUID, *, clock: Clock = SYSTEM_CLOCK) -> None:
    """Try to send a message, once, and write down what came of it.

    Does nothing when it is not waiting, not yet due, or in another worker's hands; a provider's failure is written
    down, not raised.
    """
    with held(message_id) as is_mine:
        if not is_mine:
            return
        message = _take_up(message_id, clock)
        if message is None:
            return
        attempt = MessageAttempt.objects.create(message=message, started_at=clock.now())
        receipt, reason, is_permanent = None, "", False
        try:
            receipt = gateway_for(message.channel).send(outgoing_of(message, clock=clock))
        except PlugError as error:
            reason, is_permanent = str(error.details["reason"]), error.permanent
        except SecretLost:
            reason, is_permanent = SecretLost.message, True
        if receipt is not None:
            taken = receipt
            _firmly(lambda: _record_sent(message, attempt, taken, clock))
        else:
            _firmly(lambda: _record_failure(message, attempt, reason, clock, permanent=is_permanent))


def _take_up(message_id: UUID, clock: Clock) -> Message | None:
    """The message with this worker's claim on it, or None when there is nothing to send now."""
    now, claim = clock.now(), new_id()
    with transaction.atomic():
        due = Message.objects.filter(id=message_id, state__in=MESSAGE.sources("send"), next_try_at__lte=now)
        if not due.update(claim=claim, tries=F("tries") + 1):
            return None
        MessageAttempt.objects.filter(message_id=message_id, ended_at=None).update(
            ended_at=now, server_reply=INTERRUPTED
        )
    message = Message.objects.select_related("organisation").get(id=message_id)
    if message.cancel_asked_at is not None:
        _move(message, "cancel", clock)
        return None
    if message.give_up_at <= now:
        _move(message, "fail", clock, reason=message.reason or TOO_LATE)
        return None
    return message


def _record_sent(message: Message, attempt: MessageAttempt, receipt: Receipt, clock: Clock) -> None:
    with transaction.atomic():
        _end(attempt, AttemptOutcome.SENT, receipt, clock)
        moved = _move(
            message, "send", clock,
            sent_at=clock.now(), reason="", provider=receipt.provider,
            provider_id=receipt.provider_id[:200], server_reply=receipt.server_reply[:400],
        )  # fmt: skip
        if not moved:
            log.warning("message %s left, but its state had changed meanwhile", message.id)
        if receipt.provider == "local":
            MessageSecret.objects.filter(message=message).update(expires_at=clock.now() + LOCAL_KEEPING)
        else:
            wipe_secrets(message.id)


def _record_failure(message: Message, attempt: MessageAttempt, reason: str, clock: Clock, *, permanent: bool) -> None:
    kind = KINDS.get(message.template)
    now = clock.now()
    again = next_try(message.tries, now=now, useful_for=kind.useful_for if kind else THREE_DAYS)
    is_over = permanent or again >= message.give_up_at
    outcome = AttemptOutcome.REFUSED if permanent else AttemptOutcome.POSTPONED
    with transaction.atomic():
        _end(attempt, outcome, Receipt("", "", reason), clock)
        waiting = Message.objects.filter(id=message.id, claim=message.claim, state=MessageState.WAITING)
        if is_over:
            _move(message, "fail", clock, reason=reason[:400])
        elif waiting.exclude(cancel_asked_at=None).exists():
            _move(message, "cancel", clock)
        elif waiting.update(next_try_at=again, reason=reason[:400], claim=None):
            schedule_sending(message.id, at=again)


def _end(attempt: MessageAttempt, outcome: str, receipt: Receipt, clock: Clock) -> None:
    attempt.ended_at, attempt.outcome, attempt.provider = clock.now(), outcome, receipt.provider
    attempt.provider_id, attempt.server_reply = receipt.provider_id[:200], receipt.server_reply[:400]
    attempt.save()


def _move(message: Message, verb: str, clock: Clock, **changes: object) -> bool:
    """Move by conditional update and tell the journal; False when somebody moved the message first."""
    state = MESSAGE.next_state(message.state, verb)
    with transaction.atomic():
        mine = Message.objects.filter(id=message.id, state__in=MESSAGE.sources(verb), claim=message.claim)
        if not mine.update(state=state, claim=None, **changes):
            return False
        message.refresh_from_db()
        tell(message, clock)
        if state == MessageState.CANCELLED:
            wipe_secrets(message.id)
    return True


def tell(message: Message, clock: Clock, *, actor: str = ACTOR) -> None:
    """Write to the journal what became of a message; the caller holds the transaction."""
    kind = {
        MessageState.SENT: MESSAGE_SENT, MessageState.FAILED: MESSAGE_FAILED, MessageState.CANCELLED: MESSAGE_CANCELLED,
    }[MessageState(message.state)]  # fmt: skip
    data = {
        "message_id": str(message.id), "template": message.template, "channel": message.channel,
        "provider": message.provider, "provider_id": message.provider_id, "text_sha256": message.text_sha256,
    }  # fmt: skip
    if kind is MESSAGE_SENT:
        data["server_reply"] = message.server_reply
    elif kind is MESSAGE_FAILED:
        data["reason"] = message.reason
    subject = (message.subject_type, message.subject_id)
    record(kind, organisation_id=message.organisation_id, subject=subject, actor=actor, data=data, clock=clock)


def _firmly(write: Callable[[], None], *, pauses: Sequence[float] = (0.2, 0.5, 1, 2, 5, 10)) -> None:
    """Write down the outcome even when the database restarts this very instant: the message may have left already,
    and an outcome that is lost is a message sent twice."""
    for pause in pauses:
        try:
            return write()
        except (OperationalError, InterfaceError):
            if connection.in_atomic_block:
                raise
            connection.close()
            time.sleep(pause)
    return write()


def sweep_messages(*, clock: Clock = SYSTEM_CLOCK) -> int:
    """Ask again for every waiting message whose time has come and gone; erase links and codes that have expired, or
    whose message left by the local outbox before a real provider was set. Gives how many messages were asked for."""
    now = clock.now()
    late = Message.objects.filter(state=MessageState.WAITING, next_try_at__lt=now - LATE).order_by("next_try_at")
    ids = list(late.values_list("id", flat=True)[:_SWEPT_AT_ONCE])
    for message_id in ids:
        with transaction.atomic():
            # Pushed on a little, so that the next sweep does not ask again while the queue catches up.
            Message.objects.filter(id=message_id, state=MessageState.WAITING).update(
                next_try_at=now - timedelta(seconds=1)
            )
            schedule_sending(message_id)
    MessageSecret.objects.filter(expires_at__lt=now).delete()
    for channel in Channel.values:
        if not is_local(channel):
            MessageSecret.objects.filter(message__channel=channel, message__state=MessageState.SENT).delete()
    return len(ids)
