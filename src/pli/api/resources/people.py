"""A person named in a request: a contact of the address book, or somebody written there."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from pli.api.schema import Line, Strict
from pli.kit.errors import NotFound
from pli.parties.api import StaffActor, get_contact
from pli.signing.api import SignerRequest


class PersonIn(Strict):
    """A contact of a client, or somebody named here."""

    contact_id: UUID | None = None
    name: Line = ""
    email: Line = ""
    mobile: Annotated[str, StringConstraints(max_length=16)] = Field("", description="E.164, for codes by SMS")
    code_channel: Literal["EMAIL", "SMS", "BOTH"] = "EMAIL"
    language: Literal["fr", "en"] | None = None

    @model_validator(mode="after")
    def _is_one_person(self) -> PersonIn:
        is_typed = bool(self.name or self.email)
        if is_typed + self.known_as() != 1 or (is_typed and not (self.name and self.email)):
            raise ValueError("one_person")
        return self

    def known_as(self) -> int:
        """In how many ways the body names somebody Pli knows."""
        return int(self.contact_id is not None)


def read_person(actor: StaffActor, asked: PersonIn) -> SignerRequest:
    """Who is asked, and where they are reached. :raises NotFound: for a contact that is not there any more."""
    if asked.contact_id is None:
        typed = asked.language or "fr"
        return SignerRequest(asked.name, asked.email, asked.mobile, "typed", typed, asked.code_channel)
    contact = get_contact(actor, asked.contact_id)
    if not contact.is_active:
        raise NotFound
    language: str = asked.language or contact.party.language
    mobile = asked.mobile or contact.mobile
    return SignerRequest(contact.name, contact.email, mobile, f"contact:{contact.id}", language, asked.code_channel)
