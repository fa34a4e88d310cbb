"""From the journal to the endpoints: each event becomes one delivery per endpoint that asked for it, exactly once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from pli.api.models import WebhookDelivery, WebhookEndpoint
from pli.api.webhooks.catalogue import PUBLIC_TYPES
from pli.api.webhooks.states import WebhookState
from pli.journal.api import Event, declared, subscribe
from pli.kit.clock import SYSTEM_CLOCK, Clock


def subscribe_to_public_events() -> None:
    """Listen to every public type; called once, when Django is ready.

    :raises KeyError: when a room no longer declares a type promised to the public.
    """
    known = declared()
    for name in PUBLIC_TYPES:
        subscribe(known[name], f"webhooks.{name}", wanted=is_listened_to)(queue_event)


def is_listened_to(organisation_id: UUID, event_name: str) -> bool:
    """Whether an endpoint of the organisation asked for this type."""
    return _listening(organisation_id, event_name).exists()


def _listening(organisation_id: UUID, event_name: str) -> QuerySet[WebhookEndpoint]:
    return WebhookEndpoint.objects.filter(
        organisation_id=organisation_id, is_active=True, event_types__contains=[event_name]
    )


def queue_event(event: Event) -> None:
    """Queue an event for the endpoints that want it. Runs in the transaction that marks the event as handled."""
    endpoints = list(_listening(event.organisation_id, event.name))
    if not endpoints:
        return
    payload = write_payload(event.name, event.occurred_at, PUBLIC_TYPES[event.name].build(event))
    for endpoint in endpoints:
        queue_delivery(endpoint, event, event.name, payload)


def write_payload(event_type: str, at: datetime, data: Mapping[str, Any]) -> str:
    """The body of a message (Standard Webhooks, « payload structure »): type, timestamp, data. Kept as sent, since the
    signature covers these very bytes."""
    instant = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return json.dumps({"type": event_type, "timestamp": instant, "data": dict(data)}, ensure_ascii=False)


@transaction.atomic
def queue_delivery(
    endpoint: WebhookEndpoint,
    event: Event | None,
    event_type: str,
    payload: str,
    *,
    clock: Clock = SYSTEM_CLOCK,
    is_resend: bool = False,
) -> WebhookDelivery:
    """Write a delivery and its job. The same event for the same endpoint again is the same delivery."""
    from pli.api.tasks import deliver_webhook

    defaults = {
        "event_type": event_type,
        "payload": payload,
        "state": WebhookState.WAITING,
        "next_try_at": clock.now(),
        "created_at": clock.now(),
        "is_resend": is_resend,
    }
    if event is None:
        delivery, is_new = WebhookDelivery.objects.create(endpoint=endpoint, **defaults), True
    else:
        delivery, is_new = WebhookDelivery.objects.get_or_create(
            endpoint=endpoint, event_id=event.id, defaults=defaults
        )
    if is_new:
        deliver_webhook.defer(delivery_id=str(delivery.id))
    return delivery
