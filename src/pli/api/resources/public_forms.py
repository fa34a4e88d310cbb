"""Public forms: an address where whoever knows it takes the open role of a template."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from ninja import Query, Router, Schema, Status
from pydantic import Field

from pli.api.problems import told_problem
from pli.api.resources.ceremonies import State
from pli.api.resources.sending_lists import Told
from pli.api.schema import Limit, Page, Strict
from pli.api.security import ApiRequest, needs
from pli.kit.errors import NotFound
from pli.signing.api import (
    FormVisit,
    PublicForm,
    answers_of,
    close_form,
    count_made,
    form_of,
    form_trouble,
    get_template,
    open_form,
)

router = Router(tags=["public forms"])


class FormIn(Strict):
    last_day: date | None = Field(None, description="the last day it takes requests, in Europe/Paris")
    most: int | None = Field(None, ge=1, le=100_000, description="how many requests it makes at most")


class FormOut(Schema):
    template_id: UUID
    url: str = Field(description="the address to publish; a later opening has another one")
    is_open: bool
    last_day: date | None
    most: int | None
    made: int = Field(description="requests made by it so far")
    trouble: Told | None = Field(description="why it takes nothing as things stand, although it is open")
    opened_at: datetime
    closed_at: datetime | None

    @staticmethod
    def resolve_url(form: PublicForm) -> str:
        return f"{settings.PLI_BASE_URL}/form/{form.token}"

    @staticmethod
    def resolve_made(form: PublicForm) -> int:
        return count_made(form)

    @staticmethod
    def resolve_trouble(form: PublicForm) -> dict[str, str] | None:
        return told_problem(form_trouble(form)) if form.is_open else None


class AnswerOut(Schema):
    at: datetime
    name: str
    email: str
    ceremony_id: UUID
    ceremony_state: State


class AnswerQuery(Schema):
    after: int | None = Field(None, ge=1, le=2**62, description="the `next` of the page before")
    limit: Limit = 50


@router.get(
    "/templates/{template_id}/form", response=FormOut, summary="Read the public form", **needs("ceremonies:read")
)
def read(request: ApiRequest, template_id: UUID) -> Any:
    """The open form of a template, and whether it works. 404 when none is open."""
    form = form_of(get_template(request.auth.actor, template_id))
    if form is None:
        raise NotFound
    return form


@router.post(
    "/templates/{template_id}/form",
    response={201: FormOut},
    summary="Open a public form",
    **needs("ceremonies:write"),
)
def create(request: ApiRequest, template_id: UUID, body: FormIn) -> Any:
    """Gives a template a public address: it has its own document and one open role, which signs. What comes in is
    asked in the name of the token's member."""
    return Status(201, open_form(request.auth.actor, template_id, last_day=body.last_day, most=body.most))


@router.post(
    "/templates/{template_id}/form/close",
    response=FormOut,
    summary="Close the public form",
    **needs("ceremonies:write"),
)
def close(request: ApiRequest, template_id: UUID) -> Any:
    """Its address is off for good; requests made by it go on. 409 when none is open."""
    return close_form(request.auth.actor, template_id)


@router.get(
    "/templates/{template_id}/form/answers",
    response=Page[AnswerOut],
    summary="List what came in by the form",
    **needs("ceremonies:read"),
)
def answers(request: ApiRequest, template_id: UUID, wanted: Query[AnswerQuery]) -> Any:
    """Each request made by the template's forms, closed ones included, the newest first. What the signer filled in and
    signed is in the request's files."""
    found = answers_of(request.auth.actor, template_id, before=wanted.after, limit=wanted.limit + 1)
    shown = found[: wanted.limit]
    items = [_answer(one) for one in shown]
    return {"items": items, "next": str(shown[-1].id) if len(found) > len(shown) else None}


def _answer(visit: FormVisit) -> dict[str, Any]:
    ceremony = visit.ceremony
    signer = next((one for one in ceremony.signers.all() if one.origin == "form"), None) if ceremony else None
    return {
        "at": visit.at,
        "name": signer.name if signer else "",
        "email": signer.email if signer else visit.email,
        "ceremony_id": visit.ceremony_id,
        "ceremony_state": ceremony.state if ceremony else None,
    }
