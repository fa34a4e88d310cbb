"""Handing a message over: claimed by one worker, signed, sent outside any transaction, its outcome written down."""

from __future__ import annotations

import random
import time
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from standardwebhooks import Webhook

from pli.api import events
from pli.api.models import WebhookDelivery, WebhookEndpoint
from pli.api.webhooks.secrets import active_secrets
from pli.api.webhooks.states import WEBHOOK, WebhookState
from pli.journal.api import record
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.errors import PlugError
from pli.kit.outgoing import OutgoingPolicy, OutgoingResponse, send_request
from pli.notifications.api import Channel, Recipient, send_notice
from pli.parties.api import Member, Role

# The waits the Standard Webhooks specification suggests, the last one again and again until three days are over.
WAITS = tuple(timedelta(seconds=s) for s in (5, 300, 1800, 7200, 18_000, 36_000))
TRIED_FOR = timedelta(days=3)
DISABLED_AFTER = timedelta(days=5)
# A claim outlives the longest call, so that no second worker sends meanwhile.
CLAIM = timedelta(seconds=90)
KEPT_ANSWER = 2048
KEPT_LOG = timedelta(days=30)
_SWEPT_AT_ONCE = 500


def policy() -> OutgoingPolicy:
    """Fifteen seconds to answer; redirects are failures, as the specification wants; inner addresses are refused."""
    return OutgoingPolicy(
        allow_private=settings.PLI_ALLOW_PRIVATE_WEBHOOKS,
        timeout=15.0,
        deadline=20.0,
        max_response_bytes=64 << 10,
        max_redirects=0,
    )


def deliver(delivery_id: UUID, *, clock: Clock = SYSTEM_CLOCK) -> None:
    """Try once to hand a message over. Does nothing when it is over, not yet due, or in another worker's hands."""
    delivery = _claim(delivery_id, clock)
    if delivery is None:
        return
    if not delivery.endpoint.is_active:
        _settle(delivery, {"problem": "adresse suspendue"}, verb="give_up", clock=clock)
        return
    attempt, is_delivered, is_gone = _try(delivery, clock)
    if is_delivered:
        _settle(delivery, attempt, verb="deliver", clock=clock)
    else:
        _record_failure(delivery, attempt, clock, is_gone=is_gone)


def _claim(delivery_id: UUID, clock: Clock) -> WebhookDelivery | None:
    now = clock.now()
    free = Q(claimed_until=None) | Q(claimed_until__lt=now)
    due = WebhookDelivery.objects.filter(free, id=delivery_id, state=WebhookState.WAITING, next_try_at__lte=now)
    if not due.update(claimed_until=now + CLAIM):
        return None
    return WebhookDelivery.objects.select_related("endpoint").get(id=delivery_id)


def _try(delivery: WebhookDelivery, clock: Clock) -> tuple[dict[str, Any], bool, bool]:
    """One call: what to write in the log, whether it was taken, whether the endpoint says it is gone (410)."""
    at, started = clock.now(), time.monotonic()
    attempt: dict[str, Any] = {"at": at.isoformat(), "status": None, "answer": "", "problem": ""}
    response: OutgoingResponse | None = None
    try:
        response = send_request(
            "POST",
            delivery.endpoint.url,
            service="webhook",
            headers=_headers(delivery, at, clock),
            content=delivery.payload.encode(),
            policy=policy(),
        )
    except PlugError as error:
        attempt["problem"] = str(error.details["reason"])
    attempt["milliseconds"] = round((time.monotonic() - started) * 1000)
    if response is None:
        return attempt, False, False
    attempt["status"] = response.status
    attempt["answer"] = response.content[:KEPT_ANSWER].decode("utf-8", "replace").replace("\x00", "")
    if not response.is_success:
        is_redirect = 300 <= response.status < 400
        attempt["problem"] = "redirection non suivie" if is_redirect else f"réponse {response.status}"
    return attempt, response.is_success, response.status == 410


def _headers(delivery: WebhookDelivery, at: datetime, clock: Clock) -> dict[str, str]:
    identity = f"msg_{delivery.id}"
    signatures = [
        Webhook(secret).sign(msg_id=identity, timestamp=at, data=delivery.payload)
        for secret in active_secrets(delivery.endpoint, clock=clock)
    ]
    return {
        "content-type": "application/json",
        "user-agent": "Pli-Webhooks/1",
        "webhook-id": identity,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


@transaction.atomic
def _settle(
    delivery: WebhookDelivery,
    attempt: dict[str, Any],
    *,
    verb: str,
    clock: Clock,
    next_try_at: datetime | None = None,
) -> None:
    """Write the outcome of a try, unless somebody settled the delivery meanwhile."""
    row = WebhookDelivery.objects.select_for_update().get(id=delivery.id)
    if row.state not in WEBHOOK.sources(verb):
        return
    row.state = WEBHOOK.next_state(row.state, verb)
    row.attempts = [*row.attempts, {"at": clock.now().isoformat(), "status": None, "answer": "", **attempt}][-40:]
    row.claimed_until, row.next_try_at = None, next_try_at
    row.ended_at = clock.now() if next_try_at is None else None
    row.save()
    if verb == "deliver":
        WebhookEndpoint.objects.filter(id=row.endpoint_id).exclude(failing_since=None).update(failing_since=None)
    if next_try_at is not None:
        from pli.api.tasks import deliver_webhook

        deliver_webhook.configure(schedule_at=next_try_at).defer(delivery_id=str(row.id))


@transaction.atomic
def _record_failure(delivery: WebhookDelivery, attempt: dict[str, Any], clock: Clock, *, is_gone: bool) -> None:
    now = clock.now()
    again = next_try(len(delivery.attempts) + 1, now)
    is_over = delivery.is_resend or is_gone or again - delivery.created_at > TRIED_FOR
    if is_over:
        _settle(delivery, attempt, verb="give_up", clock=clock)
    else:
        _settle(delivery, attempt, verb="postpone", clock=clock, next_try_at=again)
    endpoint = WebhookEndpoint.objects.select_for_update().get(id=delivery.endpoint_id)
    if not endpoint.is_active:
        return
    if endpoint.failing_since is None:
        endpoint.failing_since = now
        endpoint.save(update_fields=["failing_since"])
    if is_gone:
        _disable(endpoint, "gone", clock)
    elif now - endpoint.failing_since >= DISABLED_AFTER:
        _disable(endpoint, "failures", clock)


def next_try(attempts: int, now: datetime) -> datetime:
    """When to try again after ``attempts`` failures: 5 s, 5 min, 30 min, 2 h, 5 h, then every 10 h, a little apart."""
    wait = WAITS[min(attempts, len(WAITS)) - 1]
    # Not a secret: it only keeps the messages of one outage from all coming back at once.
    return now + wait * random.uniform(1.0, 1.1)  # noqa: S311


def _disable(endpoint: WebhookEndpoint, cause: str, clock: Clock) -> None:
    """Set an endpoint aside and tell the administrators. The caller holds the transaction."""
    endpoint.is_active, endpoint.disabled_at, endpoint.disabled_cause = False, clock.now(), cause
    endpoint.save(update_fields=["is_active", "disabled_at", "disabled_cause"])
    record(
        events.WEBHOOK_DISABLED,
        organisation_id=endpoint.organisation_id,
        subject=("webhook", endpoint.id),
        actor="system:webhooks",
        data={"cause": cause},
        clock=clock,
    )
    admins = Member.objects.filter(
        organisation_id=endpoint.organisation_id, role=Role.ADMIN, is_active=True, account__is_active=True
    ).select_related("account")
    for member in admins.exclude(account__email=""):
        account = member.account
        send_notice(
            organisation_id=endpoint.organisation_id,
            template="api.webhook_disabled",
            channel=Channel.EMAIL,
            to=Recipient(account.name, account.email, account.language),
            # The address itself may carry a secret: only the name given to it is told.
            fields={
                "document": endpoint.name or str(endpoint.id),
                "lien": f"{settings.PLI_BASE_URL}/office/settings/api/",
            },
            subject=("webhook", endpoint.id),
            dedupe_key=f"webhook-disabled:{endpoint.id}:{endpoint.disabled_at:%Y%m%d%H%M%S}:{member.id}",
            clock=clock,
        )


def sweep_webhooks(*, clock: Clock = SYSTEM_CLOCK) -> int:
    """Take up again whatever should have left two minutes ago, and drop logs older than a month; returns how many
    were taken up."""
    from pli.api.tasks import deliver_webhook

    now = clock.now()
    free = Q(claimed_until=None) | Q(claimed_until__lt=now)
    late = WebhookDelivery.objects.filter(
        free, state=WebhookState.WAITING, next_try_at__lt=now - timedelta(minutes=2)
    ).values_list("id", flat=True)[:_SWEPT_AT_ONCE]
    for delivery_id in (found := list(late)):
        deliver_webhook.configure(queueing_lock=f"webhook-late:{delivery_id}").defer(delivery_id=str(delivery_id))
    WebhookDelivery.objects.filter(ended_at__lt=now - KEPT_LOG).delete()
    return len(found)
