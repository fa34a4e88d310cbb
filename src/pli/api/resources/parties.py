"""Clients, employees and suppliers, and the people who sign for them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Query, Router, Schema, Status
from pydantic import Field, StringConstraints

from pli.api.schema import After, Limit, Line, Page, Strict, read_text_key
from pli.api.security import ApiRequest, needs
from pli.parties.api import (
    Address,
    Contact,
    Party,
    PartyKind,
    add_contact,
    address_values,
    create_party,
    deactivate_contact,
    get_contact,
    get_main_address,
    get_party,
    list_contacts,
    list_parties,
    update_contact,
    update_party,
)

router = Router(tags=["parties"])
Kind = Literal["CLIENT", "EMPLOYEE", "SUPPLIER"]


class PartyOut(Schema):
    id: UUID
    kind: Kind
    code: str
    name: str
    siren: str
    siret: str
    vat_number: str
    ibans: list[str] = Field(description="bank accounts, without spaces")
    email: str
    email_quotes: str
    email_invoices: str
    email_reminders: str
    mobile: str = Field(description="E.164")
    language: str
    consent: str = Field(description="UNKNOWN, ASKED, ACCEPTED or REFUSED: receiving documents electronically")
    consent_at: datetime | None
    is_active: bool
    created_at: datetime
    updated_at: datetime

    @staticmethod
    def resolve_ibans(party: Party | dict[str, Any]) -> list[str]:
        return list(party["ibans"] if isinstance(party, dict) else party.bank_accounts)


class PartyWithAddress(PartyOut):
    address: dict[str, str] = Field(description="the main postal address; empty when there is none")


class PartyFields(Strict):
    """What may be changed; what is absent stays as it is, an empty text erases."""

    code: Annotated[str, StringConstraints(max_length=40)] | None = None
    name: Line | None = None
    siren: Line | None = None
    siret: Line | None = None
    vat_number: Line | None = None
    ibans: list[Line] | None = Field(None, max_length=5, description="bank accounts; a supplier is recognised by them")
    email: Line | None = None
    email_quotes: Line | None = None
    email_invoices: Line | None = None
    email_reminders: Line | None = None
    mobile: Line | None = Field(None, description="a French number as people write it, or international with +")
    language: Line | None = Field(None, description="fr or en")
    address: dict[str, Line] | None = Field(
        None, description="any of: `line1` … `line5`, `postcode`, `city`, `country` (two letters)"
    )


class PartyIn(PartyFields):
    kind: Kind
    code: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    name: Annotated[str, StringConstraints(min_length=1, max_length=200)]


class PartyQuery(Schema):
    q: Line = Field("", description="words of code, name, SIREN, SIRET or e-mail")
    kind: Kind | None = None
    is_active: bool | None = True
    after: After = ""
    limit: Limit = 50


class ContactOut(Schema):
    id: UUID
    party_id: UUID
    name: str
    email: str
    mobile: str
    job_title: str
    is_active: bool


class ContactFields(Strict):
    name: Line | None = None
    email: Line | None = None
    mobile: Line | None = None
    job_title: Line | None = None


class ContactIn(ContactFields):
    name: Annotated[str, StringConstraints(min_length=1, max_length=200)]


class ContactList(Schema):
    items: list[ContactOut]


def _values(fields: PartyFields | ContactFields) -> dict[str, str]:
    given = fields.model_dump(exclude_unset=True, exclude={"kind"})
    address = given.pop("address", None) or {}
    if "ibans" in given:
        given["ibans"] = ", ".join(given["ibans"] or ())
    return {name: value or "" for name, value in {**given, **address}.items()}


def _whole(party: Party) -> dict[str, Any]:
    address: Address | None = get_main_address(party)
    shown = {name: text for name, text in address_values(address).items() if text} if address else {}
    return {**PartyOut.from_orm(party).model_dump(), "address": shown}


@router.get("/parties", response=Page[PartyOut], summary="List or search parties", **needs("parties:read"))
def list_all(request: ApiRequest, wanted: Query[PartyQuery]) -> Any:
    """By name. `q` finds all its words in any order, accents and capitals aside."""
    found = list_parties(
        request.auth.actor,
        kind=PartyKind(wanted.kind) if wanted.kind else None,
        q=wanted.q,
        is_active=wanted.is_active,
        after=read_text_key(wanted.after),
        limit=wanted.limit,
    )
    return {"items": list(found.items), "next": found.next_key or None}


@router.post("/parties", response={201: PartyWithAddress}, summary="Create a party", **needs("parties:write"))
def create(request: ApiRequest, body: PartyIn) -> Any:
    """The code is unique among the parties of its kind. Numbers and addresses are checked (Luhn, VAT key, NF Z10-011),
    and every problem is told at once in `errors`."""
    party = create_party(actor=request.auth.actor, kind=PartyKind(body.kind), values=_values(body))
    return Status(201, _whole(party))


@router.get("/parties/{party_id}", response=PartyWithAddress, summary="Read a party", **needs("parties:read"))
def read(request: ApiRequest, party_id: UUID) -> Any:
    """One party with its main address."""
    return _whole(get_party(request.auth.actor, party_id))


@router.patch("/parties/{party_id}", response=PartyWithAddress, summary="Change a party", **needs("parties:write"))
def update(request: ApiRequest, party_id: UUID, body: PartyFields) -> Any:
    """Only the fields given change."""
    return _whole(update_party(actor=request.auth.actor, party_id=party_id, values=_values(body)))


@router.get(
    "/parties/{party_id}/contacts", response=ContactList, summary="List a party's contacts", **needs("parties:read")
)
def contacts(request: ApiRequest, party_id: UUID) -> Any:
    """The people who may be asked to sign for the party, by name."""
    return {"items": list_contacts(request.auth.actor, party_id)}


@router.post(
    "/parties/{party_id}/contacts", response={201: ContactOut}, summary="Add a contact", **needs("parties:write")
)
def add(request: ApiRequest, party_id: UUID, body: ContactIn) -> Any:
    """A person at the party. An e-mail address is needed before they can sign, a mobile for codes by SMS."""
    contact = add_contact(actor=request.auth.actor, party_id=party_id, values=_values(body))
    return Status(201, contact)


@router.patch("/contacts/{contact_id}", response=ContactOut, summary="Change a contact", **needs("parties:write"))
def change(request: ApiRequest, contact_id: UUID, body: ContactFields) -> Any:
    """Only the fields given change. A request for signature already sent keeps the address it went to."""
    contact: Contact = get_contact(request.auth.actor, contact_id)
    return update_contact(actor=request.auth.actor, contact_id=contact.id, values=_values(body))


@router.delete("/contacts/{contact_id}", response={204: None}, summary="Set a contact aside", **needs("parties:write"))
def set_aside(request: ApiRequest, contact_id: UUID) -> Any:
    """They are no longer offered; what they signed keeps their name. Safe to repeat."""
    deactivate_contact(actor=request.auth.actor, contact_id=contact_id)
    return Status(204, None)
