"""What a template holds, as data and as the JSON it is kept in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any
from uuid import UUID

from pli.signing.requests import FieldRequest, Place, SignerRequest
from pli.signing.roles import FieldKind, OnRefusal

USUAL_DAYS = 14
# What a sender may fill in beforehand; the signer reads it, and may change it.
PREFILLED = (FieldKind.TEXT, FieldKind.DATE)


@dataclass(frozen=True)
class TemplateContent:
    """A request without its people. In ``roles`` an empty address means that somebody is named each time, and the name
    is the role's; a member or an address says who it always is. ``days``: how long one may sign, today not counted.
    """

    roles: tuple[SignerRequest, ...]
    document_ids: tuple[UUID, ...] = ()
    annex_ids: tuple[UUID, ...] = ()
    title: str = ""
    message: str = ""
    days: int = USUAL_DAYS
    is_in_order: bool = True
    on_refusal: str = OnRefusal.STOP
    may_delegate: bool = False

    @property
    def open_roles(self) -> tuple[SignerRequest, ...]:
        """The roles somebody is named for each time, in order."""
        return tuple(one for one in self.roles if is_open(one))


@dataclass(frozen=True)
class RolePerson:
    """Who takes a role this time; ``values`` fills fields beforehand, by their label."""

    name: str
    email: str
    mobile: str = ""
    origin: str = "typed"
    language: str = "fr"
    member_id: UUID | None = None
    values: Mapping[str, str] = field(default_factory=dict)


def is_open(role: SignerRequest) -> bool:
    """Whether somebody is named for this role each time."""
    return not role.email and role.member_id is None


def prefillable(role: SignerRequest) -> list[str]:
    """The labels of the fields of a role that may be filled in beforehand."""
    return [one.label for one in role.fields if one.kind in PREFILLED and one.label]


def named(content: TemplateContent, people: Sequence[RolePerson]) -> tuple[SignerRequest, ...]:
    """The people of a request: ``people`` take the open roles, in order.

    :raises ValueError: unless there are as many.
    """
    waiting = iter(people)
    if len(people) != len(content.open_roles):
        raise ValueError("a person for each open role")
    return tuple(_taken(role, next(waiting)) if is_open(role) else role for role in content.roles)


def _taken(role: SignerRequest, person: RolePerson) -> SignerRequest:
    filled = tuple(
        replace(one, value=person.values.get(one.label, one.value)) if one.kind in PREFILLED else one
        for one in role.fields
    )
    return replace(
        role,
        name=person.name,
        email=person.email,
        mobile=person.mobile,
        origin=person.origin,
        language=person.language,
        member_id=person.member_id,
        fields=filled,
    )


def dump_content(content: TemplateContent) -> dict[str, Any]:
    """As JSON holds it."""
    told: dict[str, Any] = _plain(asdict(content))
    return told


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return str(value) if isinstance(value, UUID) else value


def load_content(told: Mapping[str, Any]) -> TemplateContent:
    """What :func:`dump_content` was given."""
    return TemplateContent(
        **{
            **told,
            "roles": tuple(_role(one) for one in told["roles"]),
            "document_ids": tuple(UUID(one) for one in told["document_ids"]),
            "annex_ids": tuple(UUID(one) for one in told["annex_ids"]),
        }
    )


def _role(told: Mapping[str, Any]) -> SignerRequest:
    fields = tuple(
        FieldRequest(**{**one, "place": Place(**one["place"]) if one["place"] else None}) for one in told["fields"]
    )
    return SignerRequest(
        **{
            **told,
            "member_id": UUID(told["member_id"]) if told["member_id"] else None,
            "marks": tuple(Place(**one) for one in told["marks"]),
            "fields": fields,
            "asks": tuple(told["asks"]),
        }
    )
