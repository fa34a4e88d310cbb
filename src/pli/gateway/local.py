"""What was relayed while no mail server is set, for the on-screen local outbox: as its recipient would have got it."""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage
from uuid import UUID

from pli.documents.api import BlobMissing
from pli.gateway.composing import compose
from pli.gateway.errors import LinkLost
from pli.gateway.models import MailMessage, MailRecipient
from pli.gateway.states import RelayState
from pli.notifications.api import Channel, LocalMessage

_LIMIT = 50
_LARGEST = 5_000_000


def relayed_here(organisation_id: UUID) -> list[LocalMessage]:
    """The last messages of an organisation that stayed on this machine, newest first, links included."""
    rows = MailRecipient.objects.select_related("message__organisation", "message__blob").filter(
        message__organisation_id=organisation_id, state=RelayState.RELAYED, provider="local"
    )
    shown = rows.filter(message__blob__size__lt=_LARGEST).order_by("-relayed_at", "-id")[:_LIMIT]
    return [_opened(recipient.message, recipient) for recipient in shown]


def _opened(message: MailMessage, recipient: MailRecipient) -> LocalMessage:
    text, html = "", ""
    try:
        parsed = email.message_from_bytes(compose(message, recipient), policy=email.policy.default)
        text, html = _form(parsed, "plain"), _form(parsed, "html")
    except (LinkLost, BlobMissing):
        text = "…"
    return LocalMessage(
        id=recipient.id, channel=Channel.EMAIL, to=recipient.address, subject=message.subject, text=text, html=html,
        attachments=(), created_at=recipient.relayed_at or message.received_at,
    )  # fmt: skip


def _form(parsed: EmailMessage, subtype: str) -> str:
    try:
        part = parsed.get_body(preferencelist=(subtype,))
        return str(part.get_content()) if part is not None else ""
    except Exception:  # noqa: BLE001 - anybody's mail, shown on a trial's screen: what can't be read is left out
        return ""
