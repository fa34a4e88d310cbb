"""Relaying: hold, try, record. Nothing is lost, and what may have left twice carries the same Message-ID."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from pli.documents.api import BlobMissing, existing_blob_path
from pli.gateway import events
from pli.gateway.bounces import is_bounce_address, note_bounce, return_path
from pli.gateway.composing import compose
from pli.gateway.errors import LinkLost
from pli.gateway.models import MailMessage, MailRecipient
from pli.gateway.queueing import handle_later, relay_later
from pli.gateway.reports import report_delay, report_success, wants
from pli.gateway.sealing import LOCAL_KEEPING, open_links
from pli.gateway.seams import inboxes
from pli.gateway.sharing import is_files_link
from pli.gateway.states import RELAY, MailState, RelayState, Report
from pli.gateway.telling import tell_undelivered
from pli.gateway.tracked.sending import note_deposited, note_undelivered
from pli.journal.api import record
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.errors import PliError, PlugError
from pli.kit.retry import wait_before
from pli.notifications.api import Channel, RawEmail, Relayed, Verdict, held, local_channels, relay_email

LATE = timedelta(minutes=2)
_SWEPT_AT_ONCE = 500
TOO_LATE = "le courriel n’a pas pu partir à temps"


def relay_message(message_id: UUID, *, clock: Clock = SYSTEM_CLOCK) -> None:
    """Try to send a message, once, to each recipient who is due, and write down what came of it.

    Does nothing when it is in another worker's hands; a server's failure is written down, not raised.
    """
    with held(message_id) as is_mine:
        if not is_mine:
            return
        message = MailMessage.objects.select_related("organisation", "account__member__account").get(id=message_id)
        due = list(_due(message, clock.now()))
        for inbox in [one for one in due if one.inbox_id]:
            _deposit(message, inbox, clock)
        back = [one for one in due if not one.inbox_id and is_bounce_address(one.address)]
        for one in back:
            note_bounce(message, one, clock=clock)
        for group in _groups([one for one in due if not one.inbox_id and one not in back]):
            _relay(message, group, clock)


def _due(message: MailMessage, now: datetime) -> list[MailRecipient]:
    return list(message.recipients.filter(state=RelayState.QUEUED, next_try_at__lte=now).order_by("position"))


def _groups(due: Sequence[MailRecipient]) -> list[list[MailRecipient]]:
    """Those who get the same bytes from the same sender go together; whoever has a link of their own goes alone."""
    alone = [[one] for one in due if one.sealed_link or settings.PLI_SMTP_BOUNCES]
    together = [one for one in due if not (one.sealed_link or settings.PLI_SMTP_BOUNCES)]
    return [*([together] if together else []), *alone]


def _relay(message: MailMessage, group: list[MailRecipient], clock: Clock) -> None:
    MailRecipient.objects.filter(id__in=[one.id for one in group]).update(tries=F("tries") + 1)
    for one in group:
        one.tries += 1
    try:
        told = _hand_over(message, group)
    except PlugError as error:
        verdict = Verdict(is_taken=False, reply=str(error.details["reason"]), is_permanent=error.permanent)
        told = Relayed("", {one.address: verdict for one in group})
    except (LinkLost, BlobMissing) as error:
        # Bytes may come back from a backup; a lost key does not bring a link back.
        verdict = Verdict(is_taken=False, reply=error.message, is_permanent=isinstance(error, LinkLost))
        told = Relayed("", {one.address: verdict for one in group})
    with transaction.atomic():
        for one in group:
            verdict = told.verdicts[one.address]
            if verdict.is_taken:
                _record_relayed(message, one, told.provider, verdict.reply, clock)
                if not verdict.is_reporting:
                    report_success(one, Report.RELAYED, verdict.reply, clock=clock)
            else:
                _record_failure(one, verdict, clock)


def _hand_over(message: MailMessage, group: list[MailRecipient]) -> Relayed:
    content = compose(message, group[0])
    addresses = tuple(dict.fromkeys(one.address for one in group))
    sender = return_path(message, group[0])
    return relay_email(
        RawEmail(
            sender, addresses, content, needs_utf8=message.needs_utf8,
            options=_said(RET=message.returns, ENVID=message.envelope_id),
            recipient_options={one.address: _said(NOTIFY=one.notify, ORCPT=one.original) for one in group},
        )
    )  # fmt: skip


def _said(**parameters: str) -> tuple[str, ...]:
    return tuple(f"{name}={value}" for name, value in parameters.items() if value)


def _deposit(message: MailMessage, recipient: MailRecipient, clock: Clock) -> None:
    """What was sent to an address of our own becomes captures."""
    if recipient.inbox_id is None:
        return
    MailRecipient.objects.filter(id=recipient.id).update(tries=F("tries") + 1)
    recipient.tries += 1
    try:
        inboxes().take(recipient.inbox_id, existing_blob_path(message.blob_id), str(message.id))
    except PliError as error:
        reason = error.message % error.details if error.details else error.message
        with transaction.atomic():
            verdict = Verdict(is_taken=False, reply=reason, is_permanent=error.status < 500)
            _record_failure(recipient, verdict, clock)
        return
    with transaction.atomic():
        _record_relayed(message, recipient, "pli", "", clock)
        report_success(recipient, Report.DELIVERED, "", clock=clock)


def _record_relayed(message: MailMessage, one: MailRecipient, provider: str, reply: str, clock: Clock) -> None:
    # With a real mail server a link is of no use here once it has left; the local outbox still shows it.
    keeps = provider == "local"
    moved = MailRecipient.objects.filter(id=one.id, state__in=RELAY.sources("relay")).update(
        state=RelayState.RELAYED, relayed_at=clock.now(), provider=provider, server_reply=reply[:400], reason="",
        **({} if keeps else {"sealed_link": None}),
    )  # fmt: skip
    if moved:
        kind = events.LINK_CARRIED if _carries_signature(message, one) else events.MAIL_RELAYED
        record(
            kind, organisation_id=message.organisation_id, subject=("mail", message.id),
            actor="system:gateway", clock=clock,
            data={
                "recipient_id": str(one.id), "provider": provider, "sha256": message.blob_id,
                "server_reply": reply[:400],
            },
        )  # fmt: skip
        note_deposited(message, one, provider, reply, clock=clock)


def _carries_signature(message: MailMessage, one: MailRecipient) -> bool:
    """Whether a signer's link left with it: files may be behind a link beside it, or for a blind copy alone."""
    try:
        return bool(message.ceremony_id) and not all(is_files_link(link) for link in open_links(one))
    except LinkLost:
        return False


def _record_failure(one: MailRecipient, verdict: Verdict, clock: Clock) -> None:
    now = clock.now()
    again = now + wait_before(one.tries)
    if not verdict.is_permanent and again < one.give_up_at:
        waiting = MailRecipient.objects.filter(id=one.id, state=RelayState.QUEUED)
        if waiting.update(next_try_at=again, reason=verdict.reply[:400]):
            relay_later([one.message_id], at=again)
            report_delay(one, verdict.reply, clock=clock)
        return
    reason = (verdict.reply or TOO_LATE)[:400]
    moved = MailRecipient.objects.filter(id=one.id, state__in=RELAY.sources("fail")).update(
        state=RelayState.FAILED, reason=reason, sealed_link=None
    )
    if moved:
        one.refresh_from_db()
        record(
            events.MAIL_FAILED, organisation_id=one.message.organisation_id, subject=("mail", one.message_id),
            actor="system:gateway", data={"recipient_id": str(one.id), "reason": reason}, clock=clock,
        )  # fmt: skip
        note_undelivered(one.message, one, reason, clock=clock)
        if wants(one, "FAILURE"):
            tell_undelivered(one, reason, clock=clock)


def sweep_mail(*, clock: Clock = SYSTEM_CLOCK) -> int:
    """Ask again for what should have been done and was not; erase links that nobody needs any more."""
    now = clock.now()
    is_due = Q(not_before=None) | Q(not_before__lt=now - LATE)
    accepted = MailMessage.objects.filter(is_due, state=MailState.ACCEPTED, received_at__lt=now - LATE)
    accepted = accepted.order_by("received_at")
    late = MailRecipient.objects.filter(state=RelayState.QUEUED, next_try_at__lt=now - LATE).order_by("next_try_at")
    to_handle = list(accepted.values_list("id", flat=True)[:_SWEPT_AT_ONCE])
    to_relay = list(dict.fromkeys(late.values_list("message_id", flat=True)[:_SWEPT_AT_ONCE]))
    with transaction.atomic():
        handle_later(to_handle)
        # Pushed on a little, so that the next sweep does not ask again while the queue catches up.
        late_rows = MailRecipient.objects.filter(message_id__in=to_relay, state=RelayState.QUEUED)
        late_rows.filter(next_try_at__lt=now - LATE).update(next_try_at=now - timedelta(seconds=1))
        relay_later(to_relay)
    gone = MailRecipient.objects.filter(state=RelayState.RELAYED).exclude(sealed_link=None)
    is_local = Channel.EMAIL in local_channels()
    gone.filter(Q(relayed_at__lt=now - LOCAL_KEEPING) if is_local else Q()).update(sealed_link=None)
    return len(to_handle) + len(to_relay)
