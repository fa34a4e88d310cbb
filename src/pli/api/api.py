"""The entrance of the API's own records, for the screens that manage them and for the demonstration start."""

from pli.api.models import ApiToken, WebhookDelivery, WebhookEndpoint
from pli.api.scopes import SCOPES
from pli.api.tokens import issue_token, make_demo_token, revoke_token, tokens_for
from pli.api.webhooks.catalogue import PUBLIC_TYPES
from pli.api.webhooks.services import (
    add_endpoint,
    change_endpoint,
    deliveries_for,
    endpoints_for,
    get_endpoint,
    remove_endpoint,
    resend_delivery,
    rotate_secret,
    send_test,
)
from pli.api.webhooks.states import WEBHOOK, WebhookState

__all__ = [
    "PUBLIC_TYPES",
    "SCOPES",
    "WEBHOOK",
    "ApiToken",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookState",
    "add_endpoint",
    "change_endpoint",
    "deliveries_for",
    "endpoints_for",
    "get_endpoint",
    "issue_token",
    "make_demo_token",
    "remove_endpoint",
    "resend_delivery",
    "revoke_token",
    "rotate_secret",
    "send_test",
    "tokens_for",
]
