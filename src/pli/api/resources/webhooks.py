"""Webhook endpoints and their delivery log."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Query, Router, Schema, Status
from pydantic import Field, StringConstraints

from pli.api.schema import Limit, Page, Strict
from pli.api.security import ApiRequest, needs
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

router = Router(tags=["webhooks"])
Url = Annotated[str, StringConstraints(max_length=1000)]
Name = Annotated[str, StringConstraints(max_length=80)]
Types = Annotated[list[Name], Field(min_length=1, max_length=100)]


class EventTypeOut(Schema):
    name: str
    meaning: str
    fields: list[str]


class EventTypeList(Schema):
    items: list[EventTypeOut]


class EndpointIn(Strict):
    url: Url = Field(description="public https address")
    event_types: Types
    name: Name = ""


class EndpointChange(Strict):
    url: Url | None = None
    event_types: Types | None = None
    name: Name | None = None
    is_active: bool | None = None


class EndpointOut(Schema):
    id: UUID
    url: str
    name: str
    event_types: list[str]
    is_active: bool
    disabled_at: datetime | None
    disabled_cause: str = Field(description="failures, gone (410), or empty when set aside by hand")
    failing_since: datetime | None
    former_secret_until: datetime | None
    created_at: datetime


class EndpointWithSecret(EndpointOut):
    secret: str = Field(description="whsec_…: shown this once")


class EndpointList(Schema):
    items: list[EndpointOut]


class AttemptOut(Schema):
    at: datetime
    status: int | None
    milliseconds: int | None = None
    answer: str = Field(description="the first 2 kB")
    problem: str = ""


class WebhookDeliveryOut(Schema):
    id: UUID
    event_type: str
    event_id: UUID | None
    state: Literal["WAITING", "DELIVERED", "FAILED"]
    payload: str
    attempts: list[AttemptOut]
    next_try_at: datetime | None
    created_at: datetime
    ended_at: datetime | None


class DeliveryQuery(Schema):
    after: UUID | None = Field(None, description="the `next` of the page before")
    limit: Limit = 50


@router.get("/webhook-event-types", response=EventTypeList, summary="Types of events", **needs("webhooks:write"))
def event_types(request: ApiRequest) -> Any:
    """What a webhook may be told of, and the fields of each message's `data`."""
    return {
        "items": [
            {"name": name, "meaning": kind.meaning, "fields": list(kind.fields)} for name, kind in PUBLIC_TYPES.items()
        ]
    }


@router.get("/webhooks", response=EndpointList, summary="List webhooks", **needs("webhooks:write"))
def list_all(request: ApiRequest) -> Any:
    """The organisation's endpoints, newest first; for administrators."""
    return {"items": list(endpoints_for(request.auth.actor))}


@router.post("/webhooks", response={201: EndpointWithSecret}, summary="Add a webhook", **needs("webhooks:write"))
def create(request: ApiRequest, body: EndpointIn) -> Any:
    """The answer holds the signing secret, shown this once (and again under the same Idempotency-Key)."""
    endpoint, secret = add_endpoint(request.auth.actor, url=body.url, event_types=body.event_types, name=body.name)
    return Status(201, {**EndpointOut.from_orm(endpoint).model_dump(), "secret": secret})


@router.get("/webhooks/{webhook_id}", response=EndpointOut, summary="Read a webhook", **needs("webhooks:write"))
def read(request: ApiRequest, webhook_id: UUID) -> Any:
    """One endpoint; never its secret."""
    return get_endpoint(request.auth.actor, webhook_id)


@router.patch("/webhooks/{webhook_id}", response=EndpointOut, summary="Change a webhook", **needs("webhooks:write"))
def update(request: ApiRequest, webhook_id: UUID, body: EndpointChange) -> Any:
    """Only the fields given change; `is_active` true takes up again an endpoint that was set aside."""
    return change_endpoint(
        request.auth.actor,
        webhook_id,
        url=body.url,
        event_types=body.event_types,
        name=body.name,
        is_active=body.is_active,
    )


@router.delete("/webhooks/{webhook_id}", response={204: None}, summary="Remove a webhook", **needs("webhooks:write"))
def delete(request: ApiRequest, webhook_id: UUID) -> Any:
    """With its delivery log."""
    remove_endpoint(request.auth.actor, webhook_id)
    return Status(204, None)


@router.post(
    "/webhooks/{webhook_id}/rotate-secret",
    response=EndpointWithSecret,
    summary="Rotate the secret",
    **needs("webhooks:write"),
)
def rotate(request: ApiRequest, webhook_id: UUID) -> Any:
    """A new secret, shown this once; for 24 hours messages are signed with the former one as well."""
    endpoint, secret = rotate_secret(request.auth.actor, webhook_id)
    return {**EndpointOut.from_orm(endpoint).model_dump(), "secret": secret}


@router.post(
    "/webhooks/{webhook_id}/test", response={202: WebhookDeliveryOut}, summary="Send a test", **needs("webhooks:write")
)
def test(request: ApiRequest, webhook_id: UUID) -> Any:
    """An `api.test` message, tried once; the delivery log says what came of it."""
    return Status(202, send_test(request.auth.actor, webhook_id))


@router.get(
    "/webhooks/{webhook_id}/deliveries",
    response=Page[WebhookDeliveryOut],
    summary="Delivery log",
    **needs("webhooks:write"),
)
def deliveries(request: ApiRequest, webhook_id: UUID, wanted: Query[DeliveryQuery]) -> Any:
    """Every message with every try: when, status, duration, first 2 kB of the answer. Newest first, kept 30 days."""
    rows = deliveries_for(request.auth.actor, webhook_id)
    if wanted.after:
        rows = rows.filter(id__lt=wanted.after)
    found = list(rows.order_by("-id")[: wanted.limit + 1])
    has_more, found = len(found) > wanted.limit, found[: wanted.limit]
    return {"items": found, "next": str(found[-1].id) if has_more else None}


@router.post(
    "/webhooks/{webhook_id}/deliveries/{delivery_id}/resend",
    response={202: WebhookDeliveryOut},
    summary="Send a message again",
    **needs("webhooks:write"),
)
def resend(request: ApiRequest, webhook_id: UUID, delivery_id: UUID) -> Any:
    """The same bytes under the same `webhook-id`, now, once."""
    return Status(202, resend_delivery(request.auth.actor, webhook_id, delivery_id))
