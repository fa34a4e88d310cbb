"""Endpoints: added, changed, rotated, tested, removed. Administrators only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from pli.api import events
from pli.api.errors import EventTypeUnknown, TooManyWebhooks, WebhookAddressRefused, WebhookDisabled
from pli.api.models import WebhookDelivery, WebhookEndpoint
from pli.api.webhooks.catalogue import PUBLIC_TYPES, TEST_TYPE
from pli.api.webhooks.queueing import queue_delivery, write_payload
from pli.api.webhooks.secrets import FORMER_LIVES, make_secret, seal_secret
from pli.journal.api import EventType, record
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.errors import NotFound
from pli.kit.outgoing import is_public
from pli.parties.api import Role, StaffActor

MOST_ENDPOINTS = 20


def endpoints_for(actor: StaffActor) -> QuerySet[WebhookEndpoint]:
    """The organisation's endpoints, newest first.

    :raises NotAllowed: unless the actor administers.
    """
    actor.require(Role.ADMIN)
    return WebhookEndpoint.objects.filter(organisation_id=actor.organisation_id).order_by("-created_at", "-id")


def get_endpoint(actor: StaffActor, endpoint_id: UUID) -> WebhookEndpoint:
    """:raises NotFound: for another organisation's; :raises NotAllowed: unless the actor administers."""
    found = endpoints_for(actor).filter(id=endpoint_id).first()
    if found is None:
        raise NotFound
    return found


def deliveries_for(actor: StaffActor, endpoint_id: UUID) -> QuerySet[WebhookDelivery]:
    """The delivery log of an endpoint, newest first. :raises NotFound, NotAllowed: as :func:`get_endpoint`."""
    return get_endpoint(actor, endpoint_id).deliveries.order_by("-created_at", "-id")


@transaction.atomic
def add_endpoint(
    actor: StaffActor, *, url: str, event_types: Sequence[str], name: str = "", clock: Clock = SYSTEM_CLOCK
) -> tuple[WebhookEndpoint, str]:
    """Add an address and return it with its signing secret, shown this once.

    :raises WebhookAddressRefused, EventTypeUnknown, TooManyWebhooks: as they say; :raises NotAllowed: for non-admins.
    """
    if endpoints_for(actor).count() >= MOST_ENDPOINTS:
        raise TooManyWebhooks(limit=MOST_ENDPOINTS)
    secret = make_secret()
    endpoint = WebhookEndpoint.objects.create(
        organisation_id=actor.organisation_id,
        url=check_url(url),
        name=_clean(name),
        event_types=check_types(event_types),
        sealed_secret=seal_secret(secret),
        created_at=clock.now(),
        created_by=actor.reference,
    )
    _tell(events.WEBHOOK_ADDED, endpoint, actor, clock, event_types=endpoint.event_types, host=_host(endpoint.url))
    return endpoint, secret


@transaction.atomic
def change_endpoint(
    actor: StaffActor,
    endpoint_id: UUID,
    *,
    url: str | None = None,
    event_types: Sequence[str] | None = None,
    name: str | None = None,
    is_active: bool | None = None,
    clock: Clock = SYSTEM_CLOCK,
) -> WebhookEndpoint:
    """Change what is given. Taking an endpoint up again forgets its failures.

    :raises: as :func:`add_endpoint`, and NotFound for another organisation's.
    """
    endpoint = _lock(actor, endpoint_id)
    if url is not None:
        endpoint.url = check_url(url)
    if event_types is not None:
        endpoint.event_types = check_types(event_types)
    if name is not None:
        endpoint.name = _clean(name)
    if is_active is not None and is_active != endpoint.is_active:
        endpoint.is_active = is_active
        endpoint.disabled_at = None if is_active else clock.now()
        endpoint.disabled_cause = ""
        endpoint.failing_since = None
    endpoint.save()
    _tell(
        events.WEBHOOK_CHANGED, endpoint, actor, clock,
        event_types=endpoint.event_types, is_active=endpoint.is_active, host=_host(endpoint.url),
    )  # fmt: skip
    return endpoint


@transaction.atomic
def rotate_secret(actor: StaffActor, endpoint_id: UUID, *, clock: Clock = SYSTEM_CLOCK) -> tuple[WebhookEndpoint, str]:
    """Give a new secret, shown this once; for 24 hours each message carries a signature by the former one as well."""
    endpoint = _lock(actor, endpoint_id)
    secret = make_secret()
    endpoint.former_sealed_secret = bytes(endpoint.sealed_secret)
    endpoint.former_secret_until = clock.now() + FORMER_LIVES
    endpoint.sealed_secret = seal_secret(secret)
    endpoint.save(update_fields=["former_sealed_secret", "former_secret_until", "sealed_secret"])
    _tell(events.WEBHOOK_SECRET_ROTATED, endpoint, actor, clock)
    return endpoint, secret


@transaction.atomic
def remove_endpoint(actor: StaffActor, endpoint_id: UUID, *, clock: Clock = SYSTEM_CLOCK) -> None:
    """Remove an address and its delivery log."""
    endpoint = _lock(actor, endpoint_id)
    _tell(events.WEBHOOK_REMOVED, endpoint, actor, clock)
    endpoint.delete()


@transaction.atomic
def send_test(actor: StaffActor, endpoint_id: UUID, *, clock: Clock = SYSTEM_CLOCK) -> WebhookDelivery:
    """Send an ``api.test`` message now: one try, whose outcome the log shows.

    :raises WebhookDisabled: when the endpoint is set aside.
    """
    endpoint = _lock(actor, endpoint_id)
    if not endpoint.is_active:
        raise WebhookDisabled
    payload = write_payload(TEST_TYPE, clock.now(), {"endpoint_id": str(endpoint.id)})
    return queue_delivery(endpoint, None, TEST_TYPE, payload, clock=clock, is_resend=True)


@transaction.atomic
def resend_delivery(
    actor: StaffActor, endpoint_id: UUID, delivery_id: UUID, *, clock: Clock = SYSTEM_CLOCK
) -> WebhookDelivery:
    """Send the same message again now, under the same webhook-id, so that a receiver knows it for the same.

    One try; what was still to be tried by itself goes on being tried.

    :raises NotFound: for a delivery of another endpoint; :raises WebhookDisabled: when the endpoint is set aside.
    """
    endpoint = _lock(actor, endpoint_id)
    delivery = endpoint.deliveries.select_for_update().filter(id=delivery_id).first()
    if delivery is None:
        raise NotFound
    if not endpoint.is_active:
        raise WebhookDisabled
    from pli.api.tasks import deliver_webhook

    delivery.is_resend = delivery.is_resend or delivery.state != "WAITING"
    delivery.state, delivery.next_try_at, delivery.ended_at = "WAITING", clock.now(), None
    delivery.save(update_fields=["is_resend", "state", "next_try_at", "ended_at"])
    deliver_webhook.defer(delivery_id=str(delivery.id))
    return delivery


def check_url(text: str) -> str:
    """An address notifications may go to. What its name resolves to is judged again at each sending.

    :raises WebhookAddressRefused: saying why.
    """
    text = text.strip()
    allow_private: bool = settings.PLI_ALLOW_PRIVATE_WEBHOOKS
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise WebhookAddressRefused(reason="elle est mal formée") from None
    if not text.isascii() or any(character <= " " for character in text) or len(text) > 1000 or not host:
        raise WebhookAddressRefused(reason="elle est mal formée")
    if parts.scheme not in (("https", "http") if allow_private else ("https",)) or port == 0:
        raise WebhookAddressRefused(reason="elle ne commence pas par https://")
    if parts.username is not None or parts.password is not None:
        raise WebhookAddressRefused(reason="elle contient un nom d’utilisateur")
    if not allow_private and _is_inner(host):
        raise WebhookAddressRefused(reason="elle désigne un réseau privé")
    return text


def _is_inner(host: str) -> bool:
    try:
        return not is_public(str(ip_address(host)))
    except ValueError:
        return "." not in host or host.lower().rstrip(".").endswith((".localhost", ".local", ".internal"))


def check_types(names: Sequence[str]) -> list[str]:
    """:raises EventTypeUnknown: for none, or for one webhooks do not carry."""
    unknown = [name for name in names if name not in PUBLIC_TYPES]
    if unknown or not names:
        raise EventTypeUnknown(name=unknown[0][:80] if unknown else "—")
    return sorted(set(names))


def _lock(actor: StaffActor, endpoint_id: UUID) -> WebhookEndpoint:
    found = endpoints_for(actor).select_for_update().filter(id=endpoint_id).first()
    if found is None:
        raise NotFound
    return found


def _clean(name: str) -> str:
    return " ".join(name.replace("\x00", "").split())[:80]


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def _tell(kind: EventType, endpoint: WebhookEndpoint, actor: StaffActor, clock: Clock, **data: Any) -> None:
    given: Mapping[str, Any] = data
    record(
        kind,
        organisation_id=endpoint.organisation_id,
        subject=("webhook", endpoint.id),
        actor=actor.reference,
        data=given,
        clock=clock,
    )
