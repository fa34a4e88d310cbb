"""What the API tells the journal."""

from pli.journal.api import declare

TOKEN_ISSUED = declare(
    "api.token-issued",
    "A token of the API was made; its secret is nowhere.",
    fields=("member_id", "scopes", "expires_at"),
    personal=("name",),
)
TOKEN_REVOKED = declare("api.token-revoked", "A token of the API was made useless.")
WEBHOOK_ADDED = declare(
    "api.webhook-added", "An address will be told of some events.", fields=("event_types",), personal=("host",)
)
WEBHOOK_CHANGED = declare(
    "api.webhook-changed",
    "What an address is told of, or its place, was changed.",
    fields=("event_types", "is_active"),
    personal=("host",),
)
WEBHOOK_SECRET_ROTATED = declare(
    "api.webhook-secret-rotated", "A webhook got a new signing secret; the former one lives a day longer."
)
WEBHOOK_REMOVED = declare("api.webhook-removed", "An address is told nothing any more.")
WEBHOOK_DISABLED = declare(
    "api.webhook-disabled", "An address that kept failing is no longer told anything.", fields=("cause",)
)
