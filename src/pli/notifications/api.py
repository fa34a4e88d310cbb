"""The entrance of notifications."""

from pli.notifications.attachments import AttachmentRef
from pli.notifications.checks import Check, check_mail, check_message_key, check_message_queue, check_sms
from pli.notifications.errors import NoLocalOutbox, UnableToResend, UnableToSaveTemplate
from pli.notifications.events import MESSAGE_CANCELLED, MESSAGE_FAILED, MESSAGE_SENT
from pli.notifications.hold import held, hold_until_commit
from pli.notifications.local import LocalMessage, add_local_source, local_channels, local_message, local_outbox
from pli.notifications.models import Channel, Message, MessageState
from pli.notifications.plugs import RawEmail, Verdict
from pli.notifications.queries import (
    MessageFilter,
    MessageTrace,
    find_messages,
    get_message,
    masked_text,
    messages_about,
)
from pli.notifications.relaying import Relayed, relay_email
from pli.notifications.services import (
    Recipient,
    cancel_message,
    cancel_messages_about,
    resend_failed,
    resend_message,
    send_notice,
)
from pli.notifications.wording import (
    Preview,
    TemplateKey,
    check_template,
    default_wording,
    fields_help,
    list_templates,
    preview_template,
    restore_template,
    save_template,
    template_key,
    template_name,
    wording_in_force,
)

__all__ = [
    "MESSAGE_CANCELLED",
    "MESSAGE_FAILED",
    "MESSAGE_SENT",
    "AttachmentRef",
    "Channel",
    "Check",
    "LocalMessage",
    "Message",
    "MessageFilter",
    "MessageState",
    "MessageTrace",
    "NoLocalOutbox",
    "Preview",
    "RawEmail",
    "Recipient",
    "Relayed",
    "TemplateKey",
    "UnableToResend",
    "UnableToSaveTemplate",
    "Verdict",
    "add_local_source",
    "cancel_message",
    "cancel_messages_about",
    "check_mail",
    "check_message_key",
    "check_message_queue",
    "check_sms",
    "check_template",
    "default_wording",
    "fields_help",
    "find_messages",
    "get_message",
    "held",
    "hold_until_commit",
    "list_templates",
    "local_channels",
    "local_message",
    "local_outbox",
    "masked_text",
    "messages_about",
    "preview_template",
    "relay_email",
    "resend_failed",
    "resend_message",
    "restore_template",
    "save_template",
    "send_notice",
    "template_key",
    "template_name",
    "wording_in_force",
]
