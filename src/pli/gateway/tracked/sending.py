"""A tracked sending prepared, deposited, or not delivered: what becomes of its notice on the way."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from django.conf import settings
from django.db import transaction

from pli.gateway.models import MailMessage, MailRecipient
from pli.gateway.sealing import seal_link
from pli.gateway.telling import tell_tracked
from pli.gateway.tracked.acts import move, note_act
from pli.gateway.tracked.models import TrackedSending
from pli.gateway.tracked.states import TRACKED_PREFIX, TrackedState
from pli.kit.clock import Clock, end_of_paris_day, paris_day
from pli.kit.ids import digest_token, new_readable_number, new_token

OPEN_DAYS = 15
"""Days to receive it, counted in Europe/Paris from the day after it was sent."""


def is_tracked_link(link: str) -> bool:
    """Whether ``prepare_tracking`` made it."""
    return "/t/" in link


def prepare_tracking(recipient: MailRecipient, *, days: int, clock: Clock) -> TrackedSending:
    """A number and a link of the recipient's own, to leave with the message. In the caller's transaction."""
    token, now = new_token(), clock.now()
    sending = TrackedSending.objects.create(
        organisation_id=recipient.message.organisation_id, recipient=recipient,
        number=new_readable_number(TRACKED_PREFIX), state=TrackedState.PREPARED, link_sha256=digest_token(token),
        prepared_at=now, readable_until=now + timedelta(days=max(days, OPEN_DAYS + 1)),
    )  # fmt: skip
    _carry(recipient, token)
    note_act(sending, "prepared", clock=clock)
    return sending


def _carry(recipient: MailRecipient, token: str) -> None:
    link = f"{settings.PLI_BASE_URL}/t/{token}/"
    MailRecipient.objects.filter(id=recipient.id).update(sealed_link=seal_link(recipient.id, link))


def prepare_again(recipient: MailRecipient, *, clock: Clock) -> None:
    """A new link for one that could not be delivered; the former one is void. In the caller's transaction."""
    sending = tracked_of(recipient)
    token = new_token()
    if sending and move(sending, "retry", clock=clock, link_sha256=digest_token(token), reason=""):
        _carry(recipient, token)


def tracked_of(recipient: MailRecipient) -> TrackedSending | None:
    """The recipient's tracked sending, if the message is one."""
    return TrackedSending.objects.select_related("recipient__message").filter(recipient=recipient).first()


def note_deposited(message: MailMessage, recipient: MailRecipient, provider: str, reply: str, *, clock: Clock) -> None:
    """The next server took the notice: the days to receive it begin. In the caller's transaction."""
    sending = _if_tracked(message, recipient)
    if sending is not None:
        deposit(sending, {"provider": provider, "server_reply": reply[:400]}, clock=clock)


def deposit(sending: TrackedSending, detail: Mapping[str, str], *, clock: Clock) -> None:
    """Begin the days to receive it. In the caller's transaction."""
    now = clock.now()
    until = end_of_paris_day(paris_day(now) + timedelta(days=OPEN_DAYS))
    move(sending, "deposit", detail, clock=clock, deposited_at=now, expires_at=until)


def note_delivered(recipient: MailRecipient, status: str, *, clock: Clock) -> None:
    """A server further on says that it delivered the notice. In the caller's transaction."""
    sending = tracked_of(recipient)
    if sending is not None:
        note_act(sending, "delivered", {"status": status[:20]}, clock=clock)


def note_undelivered(message: MailMessage, recipient: MailRecipient, reason: str, *, clock: Clock) -> None:
    """The notice was refused for good, or came back. In the caller's transaction."""
    sending = _if_tracked(message, recipient)
    if sending is not None:
        move(sending, "fail", {"reason": reason[:400]}, clock=clock, reason=reason[:400], answered_at=clock.now())


def note_withdrawn(message: MailMessage, *, clock: Clock) -> None:
    """The message was withdrawn before it left for these. In the caller's transaction."""
    for sending in TrackedSending.objects.filter(recipient__message=message, state=TrackedState.PREPARED):
        move(sending, "withdraw", clock=clock)


def expire_tracked(*, clock: Clock) -> int:
    """Close those whose last day has passed without an answer; how many."""
    late = TrackedSending.objects.filter(state=TrackedState.DEPOSITED, expires_at__lt=clock.now())
    count = 0
    for sending in late.select_related("recipient__message")[:200]:
        count += close_unclaimed(sending, clock=clock)
    return count


def close_unclaimed(sending: TrackedSending, *, clock: Clock) -> bool:
    """Close one; its sender is told."""
    with transaction.atomic():
        moved = move(sending, "expire", clock=clock, answered_at=clock.now())
        if moved:
            tell_tracked(sending, clock=clock)
    return moved


def _if_tracked(message: MailMessage, recipient: MailRecipient) -> TrackedSending | None:
    return tracked_of(recipient) if message.plan.get("tracked") else None
