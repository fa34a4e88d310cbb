"""The entrance of notifications."""

from pli.notifications.attachments import AttachmentRef
from pli.notifications.events import MESSAGE_CANCELLED, MESSAGE_FAILED, MESSAGE_SENT
from pli.notifications.local import LocalMessage, local_channels, local_message, local_outbox
from pli.notifications.models import Channel, Message, MessageState
from pli.notifications.queries import MessageTrace, messages_about
from pli.notifications.services import Recipient, cancel_messages_about, send_notice

__all__ = [
    "MESSAGE_CANCELLED",
    "MESSAGE_FAILED",
    "MESSAGE_SENT",
    "AttachmentRef",
    "Channel",
    "LocalMessage",
    "Message",
    "MessageState",
    "MessageTrace",
    "Recipient",
    "cancel_messages_about",
    "local_channels",
    "local_message",
    "local_outbox",
    "messages_about",
    "send_notice",
]
