"""Webhooks over real HTTP: signed, retried, logged, rotated, suspended; inner addresses refused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from pli.api.models import WebhookDelivery, WebhookEndpoint
from pli.api.webhooks import sending
from pli.api.webhooks.catalogue import PUBLIC_TYPES
from pli.api.webhooks.queueing import queue_event
from pli.api.webhooks.sending import deliver, next_try, sweep_webhooks
from pli.journal.api import Event, declared
from pli.kit.clock import FrozenClock
from pli.kit.outgoing import OutgoingPolicy
from pli.notifications.api import messages_about
from tests.api.conftest import Api, MakeDocument
from tests.api.receiver import Receiver, start_receiver
from tests.support.people import House
from tests.support.queue import RunJobs

FILED = "documents.document-filed"


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.PLI_ALLOW_PRIVATE_WEBHOOKS = True
    server = start_receiver()
    yield server
    server.close()


@pytest.fixture
def endpoint(alice: Api, receiver: Receiver) -> dict[str, Any]:
    answer = alice.post("/webhooks", {"url": receiver.url, "event_types": [FILED], "name": "ERP"})
    assert answer.status_code == 201, answer.content
    body: dict[str, Any] = answer.json()
    return body


def _last() -> WebhookDelivery:
    return WebhookDelivery.objects.order_by("-created_at", "-id")[0]


def _try_at(moment: datetime) -> WebhookDelivery:
    """What a worker does at that moment."""
    delivery = _last()
    deliver(delivery.id, clock=FrozenClock(moment))
    return _last()


def test_an_event_arrives_signed_and_once(
    alice: Api, endpoint: dict[str, Any], receiver: Receiver, make_document: MakeDocument, run_jobs: RunJobs
) -> None:
    document = make_document()
    run_jobs()
    [(headers, body)] = receiver.requests
    told = Webhook(endpoint["secret"]).verify(body, headers)
    assert told["type"] == FILED
    assert told["data"]["document_id"] == str(document.id)
    assert set(told["data"]) == set(PUBLIC_TYPES[FILED].fields)
    assert headers["content-type"] == "application/json"
    with pytest.raises(WebhookVerificationError):
        Webhook(endpoint["secret"]).verify(body + b" ", headers)
    [logged] = alice.get(f"/webhooks/{endpoint['id']}/deliveries").json()["items"]
    assert (logged["state"], logged["attempts"][0]["status"], logged["attempts"][0]["answer"]) == (
        "DELIVERED",
        200,
        "ok",
    )
    assert headers["webhook-id"] == f"msg_{logged['id']}"
    queue_event(Event.objects.get(name=FILED))
    run_jobs()
    assert len(receiver.requests) == 1


def test_other_organisations_and_other_types_are_not_told(
    stranger: Api, receiver: Receiver, make_document: MakeDocument, run_jobs: RunJobs, alice: Api
) -> None:
    stranger.post("/webhooks", {"url": receiver.url, "event_types": [FILED]})
    alice.post("/webhooks", {"url": receiver.url, "event_types": ["signing.ceremony-sent"]})
    make_document()
    run_jobs()
    assert receiver.requests == []


def test_a_failure_is_tried_again_under_the_same_id(
    alice: Api, endpoint: dict[str, Any], receiver: Receiver, make_document: MakeDocument, run_jobs: RunJobs
) -> None:
    receiver.then(500, 503, 200)
    make_document()
    run_jobs()
    waiting = _last()
    assert (waiting.state, waiting.attempts[0]["status"]) == ("WAITING", 500)
    assert WebhookEndpoint.objects.get().failing_since is not None
    assert waiting.next_try_at is not None
    assert _try_at(waiting.next_try_at - timedelta(seconds=1)).attempts == waiting.attempts
    second = _try_at(waiting.next_try_at)
    assert second.next_try_at is not None
    third = _try_at(second.next_try_at)
    assert [attempt["status"] for attempt in third.attempts] == [500, 503, 200]
    assert third.state == "DELIVERED"
    assert len({headers["webhook-id"] for headers, _ in receiver.requests}) == 1
    assert WebhookEndpoint.objects.get().failing_since is None


def test_the_waits_are_those_of_the_specification() -> None:
    now = datetime(2026, 11, 21, tzinfo=UTC)
    waits = [(next_try(n, now) - now).total_seconds() for n in range(1, 9)]
    for wait, expected in zip(waits, [5, 300, 1800, 7200, 18000, 36000, 36000, 36000], strict=True):
        assert expected <= wait <= expected * 1.1
    assert all(a <= b * 1.1 for a, b in pairwise(waits))


def test_after_three_days_a_message_is_given_up(
    endpoint: dict[str, Any], receiver: Receiver, make_document: MakeDocument
) -> None:
    receiver.then(500)
    make_document()
    queue_event(Event.objects.get(name=FILED))
    moment, tries = _last().created_at, 0
    while (row := _try_at(moment)).state == "WAITING" and tries < 30:
        assert row.next_try_at is not None
        moment, tries = row.next_try_at, tries + 1
    assert row.state == "FAILED"
    assert timedelta(days=2) < moment - row.created_at <= timedelta(days=3)


def test_a_slow_receiver_times_out(
    endpoint: dict[str, Any], receiver: Receiver, make_document: MakeDocument, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = OutgoingPolicy(allow_private=True, timeout=0.2, deadline=0.4)
    monkeypatch.setattr(sending, "policy", lambda: policy)
    receiver.delay = 1.0
    make_document()
    queue_event(Event.objects.get(name=FILED))
    row = _try_at(_last().created_at)
    assert row.state == "WAITING"
    assert row.attempts[0]["status"] is None
    assert "temps" in row.attempts[0]["problem"]


def test_a_redirect_is_a_failure_and_is_not_followed(
    endpoint: dict[str, Any], receiver: Receiver, make_document: MakeDocument
) -> None:
    inner = start_receiver()
    receiver.answers = [(302, {"Location": inner.url}, b"")]
    make_document()
    queue_event(Event.objects.get(name=FILED))
    row = _try_at(_last().created_at)
    inner.close()
    assert (row.state, row.attempts[0]["status"], inner.requests) == ("WAITING", 302, [])


def test_private_addresses_are_refused_when_added_and_when_sent(
    alice: Api, endpoint: dict[str, Any], receiver: Receiver, make_document: MakeDocument, settings: Any
) -> None:
    settings.PLI_ALLOW_PRIVATE_WEBHOOKS = False
    for url in (
        receiver.url, "http://example.com/", "https://127.0.0.1/", "https://[::1]/", "https://10.0.0.1/", "https://intranet/",
        "https://user:pass@example.com/", "https://169.254.169.254/", "ftp://example.com/", "https://", "javascript:1",
        "https://a b.example/", "https://x.internal/", "https://example.com:99999/",
    ):  # fmt: skip
        answer = alice.post("/webhooks", {"url": url, "event_types": [FILED]})
        assert (answer.status_code, answer.json()["code"]) == (422, "API-016"), url
    make_document()
    queue_event(Event.objects.get(name=FILED))
    row = _try_at(_last().created_at)
    assert row.attempts[0]["problem"] == "adresse interne refusée"
    assert receiver.requests == []


def test_two_secrets_sign_for_a_day(
    alice: Api, endpoint: dict[str, Any], receiver: Receiver, make_document: MakeDocument
) -> None:
    fresh = alice.post(f"/webhooks/{endpoint['id']}/rotate-secret").json()["secret"]
    assert fresh != endpoint["secret"]
    make_document()
    queue_event(Event.objects.get(name=FILED))
    _try_at(_last().created_at)
    headers, body = receiver.requests[0]
    for secret in (fresh, endpoint["secret"]):
        assert Webhook(secret).verify(body, headers)
    alice.post(f"/webhooks/{endpoint['id']}/test")
    WebhookEndpoint.objects.update(former_secret_until=datetime.now(UTC))
    _try_at(_last().created_at + timedelta(minutes=1))
    headers, _ = receiver.requests[1]
    assert len(headers["webhook-signature"].split()) == 1
    assert endpoint["secret"] not in str(list(WebhookEndpoint.objects.values()))


def test_a_test_is_tried_once_and_a_message_can_be_sent_again(
    alice: Api, endpoint: dict[str, Any], receiver: Receiver, run_jobs: RunJobs
) -> None:
    receiver.then(500, 200)
    sent = alice.post(f"/webhooks/{endpoint['id']}/test")
    assert sent.status_code == 202
    run_jobs()
    log = f"/webhooks/{endpoint['id']}/deliveries"
    assert alice.get(log).json()["items"][0]["state"] == "FAILED"
    assert alice.post(f"{log}/{sent.json()['id']}/resend").status_code == 202
    run_jobs()
    [row] = alice.get(log).json()["items"]
    assert (row["state"], [a["status"] for a in row["attempts"]]) == ("DELIVERED", [500, 200])
    assert receiver.requests[0][0]["webhook-id"] == receiver.requests[1][0]["webhook-id"]


def test_five_days_of_failures_suspend_the_endpoint_and_tell_the_administrators(
    alice: Api, endpoint: dict[str, Any], receiver: Receiver, make_document: MakeDocument, house: House
) -> None:
    receiver.then(500)
    WebhookEndpoint.objects.update(failing_since=datetime.now(UTC) - timedelta(days=5, minutes=1))
    make_document()
    queue_event(Event.objects.get(name=FILED))
    _try_at(_last().created_at)
    row = WebhookEndpoint.objects.get()
    assert (row.is_active, row.disabled_cause) == (False, "failures")
    [message] = messages_about(("webhook", row.id))
    assert message.template == "api.webhook_disabled"
    assert alice.post(f"/webhooks/{endpoint['id']}/test").status_code == 409
    again = alice.patch(f"/webhooks/{endpoint['id']}", {"is_active": True}).json()
    assert (again["is_active"], again["failing_since"]) == (True, None)


def test_gone_means_gone(endpoint: dict[str, Any], receiver: Receiver, make_document: MakeDocument) -> None:
    receiver.then(410)
    make_document()
    queue_event(Event.objects.get(name=FILED))
    assert _try_at(_last().created_at).state == "FAILED"
    assert WebhookEndpoint.objects.get().disabled_cause == "gone"


def test_a_lost_job_is_taken_up_by_the_sweep(
    endpoint: dict[str, Any], receiver: Receiver, make_document: MakeDocument, run_jobs: RunJobs
) -> None:
    make_document()
    run_jobs()
    former = datetime.now(UTC) - timedelta(minutes=5)
    WebhookDelivery.objects.update(state="WAITING", next_try_at=former, ended_at=None, claimed_until=former)
    assert sweep_webhooks() == 1
    run_jobs()
    assert len(receiver.requests) == 2


def test_a_claimed_message_is_left_alone(
    endpoint: dict[str, Any], receiver: Receiver, make_document: MakeDocument
) -> None:
    make_document()
    queue_event(Event.objects.get(name=FILED))
    WebhookDelivery.objects.update(claimed_until=datetime.now(UTC) + timedelta(seconds=60))
    deliver(_last().id)
    assert receiver.requests == []


def test_only_administrators_and_only_their_own(
    bruno: Api, stranger: Api, alice: Api, endpoint: dict[str, Any]
) -> None:
    address = f"/webhooks/{endpoint['id']}"
    assert bruno.get("/webhooks").status_code == 403
    assert stranger.get("/webhooks").json() == {"items": []}
    for method, path in (
        ("GET", ""),
        ("DELETE", ""),
        ("POST", "/test"),
        ("POST", "/rotate-secret"),
        ("GET", "/deliveries"),
    ):
        assert stranger.call(method, f"{address}{path}", {} if method == "POST" else None).status_code == 404
    assert alice.post("/webhooks", {"url": "https://x.example/", "event_types": ["nope"]}).json()["code"] == "API-017"
    assert "secret" not in alice.get(address).json()
    assert alice.call("DELETE", address).status_code == 204
    assert alice.get(address).status_code == 404


def test_every_public_type_is_declared_by_its_room() -> None:
    assert PUBLIC_TYPES.keys() <= declared().keys()
