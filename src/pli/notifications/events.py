"""What notifications tells the journal.

An event's subject is what the message is about; it holds no address, link or code.
"""

from pli.journal.api import declare

_FIELDS = ("message_id", "template", "channel", "provider", "provider_id", "text_sha256")

MESSAGE_SENT = declare(
    "notifications.message-sent", "The provider took a message about the subject.", fields=(*_FIELDS, "server_reply")
)
MESSAGE_FAILED = declare(
    "notifications.message-failed",
    "A message about the subject will not be tried again.",
    fields=_FIELDS,
    personal=("reason",),
)
MESSAGE_CANCELLED = declare(
    "notifications.message-cancelled", "A message about the subject was withdrawn before it left.", fields=_FIELDS
)
MESSAGE_RESENT = declare(
    "notifications.message-resent",
    "A member of staff asked for a failed message about the subject to be tried again.",
    fields=("message_id",),
)
TEMPLATE_CHANGED = declare(
    "notifications.template-changed",
    "The organisation changed the wording of a message, or went back to Pli's own.",
    fields=("template", "channel", "language", "text_sha256"),
)
