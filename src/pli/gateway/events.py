"""What the gateway tells the journal. No address, subject or link stands in the chain."""

from pli.journal.api import declare

ACCOUNT_CREATED = declare(
    "gateway.account-created", "A member got a log-in at the mail gateway.", fields=("member_id",)
)
ACCOUNT_CHANGED = declare(
    "gateway.account-changed",
    "What a member's log-in at the mail gateway allows was changed.",
    fields=("is_active", "takes_large", "options"),
    personal=("addresses",),
)
ACCOUNT_SECRET_RENEWED = declare(
    "gateway.account-secret-renewed", "A member's gateway password was made anew; the former one is refused."
)
MAIL_ACCEPTED = declare(
    "gateway.mail-accepted",
    "A message arrived at the mail gateway and is durable.",
    fields=("sha256", "size", "recipients", "tag"),
)
MAIL_REFUSED = declare(
    "gateway.mail-refused", "What a message's subject asked could not be done; its sender was told.", fields=("code",)
)
MAIL_CANCELLED = declare("gateway.mail-cancelled", "A message was withdrawn before it left.", fields=("recipients",))
MAIL_RELAYED = declare(
    "gateway.mail-relayed",
    "The mail server took a message for one recipient.",
    fields=("recipient_id", "provider", "sha256"),
    personal=("server_reply",),
)
LINK_CARRIED = declare(
    "gateway.link-carried",
    "A message that carried a signer's link was taken by the mail server.",
    fields=("recipient_id", "provider", "sha256"),
    personal=("server_reply",),
)
MAIL_FAILED = declare(
    "gateway.mail-failed",
    "A message will not be tried again for one recipient; its sender was told.",
    fields=("recipient_id",),
    personal=("reason",),
)
MAIL_BOUNCED = declare(
    "gateway.mail-bounced",
    "A server further on sent a message back.",
    fields=("recipient_id", "status"),
    personal=("reason",),
)
MAIL_REPORTED = declare(
    "gateway.mail-reported",
    "What became of a message for one recipient after it left, or that it is late: DELAYED, RELAYED, EXPANDED, "
    "DELIVERED.",
    fields=("recipient_id", "report", "status"),
)
FILE_DOWNLOADED = declare(
    "gateway.file-downloaded",
    "A recipient fetched a file left behind a link.",
    fields=("file_id", "recipient_id", "sha256"),
)
TRACKED_DEPOSITED = declare(
    "gateway.tracked-deposited",
    "The mail server took the notice of a tracked sending; its recipient has fifteen days.",
    fields=("sending_id", "number", "provider"),
)
TRACKED_CLOSED = declare(
    "gateway.tracked-closed",
    "A tracked sending was received, declined, left unclaimed, or could not be delivered.",
    fields=("sending_id", "number", "provider", "outcome"),
    personal=("ip",),
)
TRACKED_PROVEN = declare(
    "gateway.tracked-proven",
    "The sealed proof of where a tracked sending stood was made.",
    fields=("sending_id", "number", "kind", "json_sha256", "pdf_sha256"),
)
MOBILES_ASKED = declare(
    "gateway.mobiles-asked", "A sender was asked for mobile numbers that a code by SMS needs.", fields=("people",)
)
MOBILES_GIVEN = declare(
    "gateway.mobiles-given", "A sender gave mobile numbers; the request goes out.", fields=("people",)
)
