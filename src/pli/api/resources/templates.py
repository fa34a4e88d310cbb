"""Templates of requests for signature: made, changed, put away, and made into requests."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Query, Router, Schema, Status
from pydantic import Field, StringConstraints, model_validator

from pli.api.resources.ceremonies import CeremonyWhole
from pli.api.resources.ceremonies import read as read_ceremony
from pli.api.resources.ceremony_requests import AskedIn, SignerIn, read_signer
from pli.api.schema import Line, Strict, Text
from pli.api.security import ApiRequest, needs
from pli.parties.api import get_member
from pli.signing.api import (
    RolePerson,
    SignerRequest,
    SigningTemplate,
    TemplateContent,
    TemplateUse,
    UnableToSend,
    content_of,
    get_template,
    is_open,
    list_templates,
    preferred_level,
    prefillable,
    save_template,
    send_from_template,
    set_archived,
)

router = Router(tags=["templates"])


class RoleIn(AskedIn):
    """A role somebody is named for each time; with a member or an e-mail address it is always the same person."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=200)] = Field(description="of the role, or person")
    member_id: UUID | None = None
    email: Line = ""
    mobile: Annotated[str, StringConstraints(max_length=16)] = ""

    def to_request(self) -> SignerRequest:
        """As a template keeps it."""
        return SignerRequest(
            name=self.name, email=self.email, mobile=self.mobile, member_id=self.member_id, **self.asked()
        )


class TemplateIn(Strict):
    name: Annotated[str, StringConstraints(min_length=1, max_length=120)]
    roles: Annotated[list[RoleIn], Field(min_length=1, max_length=40)]
    document_ids: Annotated[list[UUID], Field(max_length=20)] = Field(
        [], description="what is signed when a request names nothing else; places are checked on it"
    )
    annex_ids: Annotated[list[UUID], Field(max_length=19)] = []
    title: Line = ""
    message: Text = ""
    days: int = Field(14, ge=1, le=365, description="how long one may sign")
    is_in_order: bool = True
    on_refusal: Literal["STOP", "GO_ON"] = "STOP"
    may_delegate: bool = False

    def to_content(self) -> TemplateContent:
        """As a template keeps it."""
        return TemplateContent(
            roles=tuple(role.to_request() for role in self.roles),
            document_ids=tuple(dict.fromkeys(self.document_ids)),
            annex_ids=tuple(dict.fromkeys(self.annex_ids)),
            title=self.title,
            message=self.message,
            days=self.days,
            is_in_order=self.is_in_order,
            on_refusal=self.on_refusal,
            may_delegate=self.may_delegate,
        )


class TemplateChangeIn(TemplateIn):
    version: int | None = Field(None, ge=1, description="the one you read: refused with 409 when there is a newer one")


class RoleOut(Schema):
    name: str
    role: str
    is_open: bool = Field(description="whether somebody is named each time")
    fields: list[str] = Field(description="labels of what may be filled in beforehand")


class TemplateOut(Schema):
    id: UUID
    name: str
    version: int
    is_archived: bool
    created_at: datetime
    changed_at: datetime
    document_ids: list[UUID]
    annex_ids: list[UUID]
    days: int
    roles: list[RoleOut]


class TemplateList(Schema):
    items: list[TemplateOut]


class TemplateQuery(Schema):
    is_archived: bool = False


class PersonIn(Strict):
    """Who takes a role: a contact, a member, or somebody named here."""

    role: Annotated[str, StringConstraints(min_length=1, max_length=200)] = Field(description="the role's name")
    contact_id: UUID | None = None
    member_id: UUID | None = None
    name: Line = ""
    email: Line = ""
    mobile: Annotated[str, StringConstraints(max_length=16)] = ""
    language: Literal["fr", "en"] | None = None
    values: dict[Line, Annotated[str, StringConstraints(max_length=500)]] = Field(
        {}, description="texts and dates (ISO 8601) written in beforehand, by label", max_length=30
    )

    @model_validator(mode="after")
    def _is_one_person(self) -> PersonIn:
        self.to_signer()
        return self

    def to_signer(self) -> SignerIn:
        """The person, as a request names one."""
        told = {"contact_id", "member_id", "name", "email", "mobile", "language"}
        return SignerIn.model_validate(self.model_dump(include=told))


class TemplateUseIn(Strict):
    people: Annotated[list[PersonIn], Field(max_length=40)] = Field([], description="one for each open role")
    document_ids: Annotated[list[UUID], Field(max_length=20)] = Field([], description="empty: the template's own")
    annex_ids: Annotated[list[UUID], Field(max_length=19)] = Field([], description="besides the template's own")
    title: Line = ""
    message: Text | None = Field(None, description="left out: the template's own")
    deadline: date | None = Field(None, description="the last day on which one may sign; left out: the template's days")
    level: Literal["B-B", "B-T", "B-LT", "B-LTA"] | None = None


@router.get("/templates", response=TemplateList, summary="List templates", **needs("ceremonies:read"))
def list_all(request: ApiRequest, wanted: Query[TemplateQuery]) -> Any:
    """Those whose every document the token's member may read, by name."""
    return {"items": [_out(one) for one in list_templates(request.auth.actor, is_archived=wanted.is_archived)]}


@router.post("/templates", response={201: TemplateOut}, summary="Make a template", **needs("ceremonies:write"))
def create(request: ApiRequest, body: TemplateIn) -> Any:
    """Roles, places, fields, annexes and words, set once. Checked as a request would be."""
    return Status(201, _out(save_template(request.auth.actor, body.name, body.to_content())))


@router.get("/templates/{template_id}", response=TemplateOut, summary="Read a template", **needs("ceremonies:read"))
def read(request: ApiRequest, template_id: UUID) -> Any:
    """Its roles and what may be filled in beforehand."""
    return _out(get_template(request.auth.actor, template_id))


@router.put("/templates/{template_id}", response=TemplateOut, summary="Change a template", **needs("ceremonies:write"))
def change(request: ApiRequest, template_id: UUID, body: TemplateChangeIn) -> Any:
    """All of it anew. Requests already sent keep what they were made of."""
    content = body.to_content()
    kept = save_template(request.auth.actor, body.name, content, template_id=template_id, version=body.version)
    return _out(kept)


@router.post(
    "/templates/{template_id}/archive", response=TemplateOut, summary="Put a template away", **needs("ceremonies:write")
)
def archive(request: ApiRequest, template_id: UUID) -> Any:
    """No request is made from it any more."""
    return _out(set_archived(request.auth.actor, template_id, is_archived=True))


@router.post(
    "/templates/{template_id}/restore",
    response=TemplateOut,
    summary="Take a template out again",
    **needs("ceremonies:write"),
)
def restore(request: ApiRequest, template_id: UUID) -> Any:
    """Requests are made from it again."""
    return _out(set_archived(request.auth.actor, template_id, is_archived=False))


@router.post(
    "/templates/{template_id}/ceremonies",
    response={201: CeremonyWhole},
    summary="Ask for signatures from a template",
    **needs("ceremonies:write"),
)
def send(request: ApiRequest, template_id: UUID, body: TemplateUseIn) -> Any:
    """A person for each open role; everything else is the template's. 404 for a template put away."""
    actor = request.auth.actor
    content = content_of(get_template(actor, template_id))
    member = get_member(actor, actor.member_id)
    use = TemplateUse(
        people=_people(request, content, body.people),
        sender_name=member.account.name or member.organisation.name,
        sender_email=member.account.email,
        document_ids=tuple(dict.fromkeys(body.document_ids)),
        annex_ids=tuple(dict.fromkeys(body.annex_ids)),
        title=body.title,
        message=body.message,
        deadline=body.deadline,
        level=body.level or preferred_level(member.organisation),
    )
    return Status(201, read_ceremony(request, send_from_template(actor, template_id, use).id))


def _people(request: ApiRequest, content: TemplateContent, given: list[PersonIn]) -> list[RolePerson]:
    by_role = {one.role.casefold(): one for one in given}
    wanted = [role.name.casefold() for role in content.open_roles]
    if sorted(wanted) != sorted(by_role) or len(by_role) != len(given):
        raise UnableToSend(reason="Nommez une personne pour chaque rôle du modèle.")
    return [_person(request, by_role[name]) for name in wanted]


def _person(request: ApiRequest, given: PersonIn) -> RolePerson:
    one = read_signer(request.auth.actor, given.to_signer())
    return RolePerson(one.name, one.email, one.mobile, one.origin, one.language, one.member_id, given.values)


def _out(template: SigningTemplate) -> dict[str, Any]:
    content = content_of(template)
    return {
        "id": template.id,
        "name": template.name,
        "version": template.version,
        "is_archived": template.is_archived,
        "created_at": template.created_at,
        "changed_at": template.changed_at,
        "document_ids": list(content.document_ids),
        "annex_ids": list(content.annex_ids),
        "days": content.days,
        "roles": [
            {"name": one.name, "role": one.role, "is_open": is_open(one), "fields": prefillable(one)}
            for one in content.roles
        ],
    }
