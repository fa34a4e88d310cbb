"""Who the token acts as, and which kinds of documents there are."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from ninja import Router, Schema

from pli.api.models import ApiToken
from pli.api.security import ApiRequest, needs
from pli.documents.api import kinds_of
from pli.parties.api import get_member

router = Router(tags=["me"])


class OrganisationOut(Schema):
    id: UUID
    slug: str
    name: str
    siren: str


class MemberOut(Schema):
    id: UUID
    name: str
    email: str
    role: str


class TokenOut(Schema):
    id: UUID
    name: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None


class MeOut(Schema):
    organisation: OrganisationOut
    member: MemberOut
    token: TokenOut


class KindFieldOut(Schema):
    name: str
    label_fr: str = ""
    label_en: str = ""
    type: str = "text"
    required: bool = False


class KindOut(Schema):
    id: UUID
    slug: str
    name_fr: str
    name_en: str
    fields: list[KindFieldOut]
    retention_years: int
    is_shown_in_portal: bool


class KindList(Schema):
    items: list[KindOut]


@router.get("/me", response=MeOut, summary="Who this token acts as", **needs())
def read_me(request: ApiRequest) -> Any:
    """The organisation, the member whose role applies, and the token's scopes. Any token may ask."""
    caller = request.auth
    member = get_member(caller.actor, caller.actor.member_id)
    return {
        "organisation": member.organisation,
        "member": {
            "id": member.id,
            "name": member.account.name,
            "email": member.account.email,
            "role": member.role,
        },
        "token": ApiToken.objects.get(id=caller.token_id),
    }


@router.get(
    "/document-kinds", response=KindList, tags=["documents"], summary="Kinds of documents", **needs("documents:read")
)
def list_kinds(request: ApiRequest) -> Any:
    """The kinds in use, with the facts each one carries: name, type (text, date, amount, integer, siren, siret, vat,
    iban) and whether it is required."""
    return {"items": kinds_of(request.auth.actor.organisation_id)}
