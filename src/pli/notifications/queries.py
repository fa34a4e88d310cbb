"""Reading messages: about one thing, for a proof; in the history, for staff. Links and codes are always masked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from pli.kit.errors import NotFound
from pli.notifications.merge import Segment, as_text
from pli.notifications.models import Channel, Message
from pli.parties.api import Role, StaffActor


@dataclass(frozen=True)
class MessageTrace:
    """What may be told of a message in an evidence record: never its address in full, its link or its code."""

    id: UUID
    template: str
    channel: str
    to_masked: str
    state: str
    created_at: datetime
    sent_at: datetime | None
    provider: str
    provider_id: str
    server_reply: str
    text_sha256: str


def messages_about(subject: tuple[str, UUID]) -> list[MessageTrace]:
    """Every message about ``subject``, oldest first. The digest is of the plain text as kept, secrets masked."""
    rows = Message.objects.filter(subject_type=subject[0], subject_id=subject[1]).order_by("created_at", "id")
    return [
        MessageTrace(
            m.id, m.template, m.channel, mask_address(m.channel, m.to_address), m.state, m.created_at, m.sent_at,
            m.provider, m.provider_id, m.server_reply, m.text_sha256,
        )
        for m in rows
    ]  # fmt: skip


def mask_address(channel: str, address: str) -> str:
    """``j…n@exemple.fr`` or ``+336……78``: enough to recognise one's own, not to learn another's."""
    if channel == Channel.SMS:
        return f"{address[:4]}……{address[-2:]}" if len(address) > 8 else "……"
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}…{local[-1:] if len(local) > 2 else ''}@{domain}" if local else "…"


@dataclass(frozen=True)
class MessageFilter:
    """What the history is narrowed by; all of it stands in the page's address."""

    text: str = ""
    state: str = ""
    channel: str = ""


def history_of(actor: StaffActor) -> QuerySet[Message]:
    """The messages an actor may look at. A member sees documents folder by folder, and a message names a document
    whatever its folder: so the history is for those who see the whole.

    :raises NotAllowed: for a mere member.
    """
    actor.require(Role.ADMIN, Role.MANAGER, Role.AUDITOR)
    return Message.objects.filter(organisation_id=actor.organisation_id)


def find_messages(actor: StaffActor, wanted: MessageFilter) -> QuerySet[Message]:
    """The messages of the history that match; the caller orders and pages them by key.

    :raises NotAllowed: for a mere member.
    """
    found = history_of(actor)
    if wanted.state:
        found = found.filter(state=wanted.state)
    if wanted.channel:
        found = found.filter(channel=wanted.channel)
    text = wanted.text.replace("\x00", " ").strip()
    if text:
        found = found.filter(Q(to_address__icontains=text) | Q(to_name__icontains=text) | Q(title__icontains=text))
    return found


def get_message(actor: StaffActor, message_id: UUID) -> Message:
    """One message of the history.

    :raises NotFound: when it is not there for this actor.
    """
    message = history_of(actor).select_related("organisation").filter(id=message_id).first()
    if message is None:
        raise NotFound
    return message


def masked_text(message: Message) -> str:
    """The plain text of a message, its links and codes masked."""
    return as_text(Segment(kind, value) for kind, value in message.body)
