"""Reading messages: about one thing, for a proof; in the history, for staff. Links and codes are always masked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pli.notifications.models import Channel, Message


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
