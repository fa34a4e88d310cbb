"""« Boîte d’envoi locale »: the messages that stayed on this machine, in full, for a demonstration.

It exists for a channel only while no provider is set for it, and only for the organisation's administrators. As soon
as a provider is set, the links and codes kept for it are out of reach, then erased by the next sweep.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pli.notifications.attachments import AttachmentRef
from pli.notifications.errors import NoLocalOutbox, SecretLost
from pli.notifications.merge import as_text
from pli.notifications.models import Channel, Message, MessageState
from pli.notifications.outgoing import html_of, segments_of
from pli.notifications.routing import is_local
from pli.notifications.secret_values import reveal_secrets
from pli.parties.api import Actor, Role, StaffActor

_LIMIT = 100


@dataclass(frozen=True)
class LocalMessage:
    """A message as its recipient would have got it."""

    id: UUID
    channel: str
    to: str
    subject: str
    text: str
    html: str
    attachments: tuple[AttachmentRef, ...]
    created_at: datetime


LocalSource = Callable[[UUID], list[LocalMessage]]
_others: list[LocalSource] = []


def add_local_source(source: LocalSource) -> None:
    """Say, once at start, where other messages of an organisation that stayed here are found, newest first."""
    if source not in _others:
        _others.append(source)


def local_channels() -> list[str]:
    """The channels whose messages stay on this machine."""
    return [channel for channel in Channel.values if is_local(channel)]


def local_outbox(actor: Actor, *, limit: int = _LIMIT) -> list[LocalMessage]:
    """The last messages that stayed here, newest first, secrets included.

    :raises NoLocalOutbox: (404) unless a channel is local and the actor an administrator.
    """
    rows = _readable_by(actor).order_by("-created_at", "-id")[:limit]
    found = [_opened(message) for message in rows]
    if Channel.EMAIL in local_channels():
        found += [message for source in _others for message in source(actor.organisation_id)]
    return sorted(found, key=lambda one: (one.created_at, one.id), reverse=True)[:limit]


def local_message(actor: Actor, message_id: UUID) -> LocalMessage:
    """One of them.

    :raises NoLocalOutbox: as above, or when it is not there for this actor.
    """
    message = _readable_by(actor).filter(id=message_id).first()
    if message is None:
        for other in (one for source in _others for one in source(actor.organisation_id)):
            if other.id == message_id and other.channel in local_channels():
                return other
        raise NoLocalOutbox
    return _opened(message)


def _readable_by(actor: Actor):  # type: ignore[no-untyped-def]  # noqa: ANN202
    channels = local_channels()
    if not channels or not isinstance(actor, StaffActor) or actor.role != Role.ADMIN:
        raise NoLocalOutbox
    return Message.objects.select_related("organisation").filter(
        organisation_id=actor.organisation_id, state=MessageState.SENT, provider="local", channel__in=channels
    )


def _opened(message: Message) -> LocalMessage:
    try:
        secrets: dict[str, str] | None = reveal_secrets(message)
    except SecretLost:
        secrets = None
    return LocalMessage(
        id=message.id, channel=message.channel, to=message.to_address, subject=message.title,
        text=as_text(segments_of(message), secrets),
        html=html_of(message, secrets) if message.channel == Channel.EMAIL else "",
        attachments=tuple(AttachmentRef(**kept) for kept in message.attachments), created_at=message.created_at,
    )  # fmt: skip
