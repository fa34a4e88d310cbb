"""What the API takes to ask for signatures: papers, people, what each does, fills in and joins."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from pli.api.resources.people import PersonIn, read_person
from pli.api.schema import Line, Strict, Text
from pli.parties.api import StaffActor
from pli.signing.api import FieldRequest, Place, SignerRequest


class PlaceIn(Strict):
    """A box of a page in points from its top left corner as displayed, or the place of a word of the document."""

    document: int = Field(1, ge=1, le=20, description="its rank among the documents to sign")
    page: int = Field(1, ge=1)
    x: float = Field(0, ge=0)
    y: float = Field(0, ge=0)
    width: float = Field(0, ge=0, description="0: the usual size")
    height: float = Field(0, ge=0)
    anchor: Annotated[str, StringConstraints(max_length=60)] = Field(
        "", description="such as #signature_client#: the box starts where this word stands; page, x and y are not read"
    )

    def to_place(self) -> Place:
        """As the request takes it."""
        return Place(self.document, self.page, self.x, self.y, self.width, self.height, self.anchor)


class FieldIn(Strict):
    """Something the signer fills in; without a place it is written in their mark. INITIALS need a place."""

    kind: Literal["TEXT", "DATE", "CHECKBOX", "PHRASE", "INITIALS"]
    label: Annotated[str, StringConstraints(max_length=100)] = ""
    expected: Annotated[str, StringConstraints(max_length=100)] = Field(
        "", description="for PHRASE: what must be typed, word for word"
    )
    is_required: bool = True
    place: PlaceIn | None = None

    def to_request(self) -> FieldRequest:
        """As the request takes it."""
        place = self.place.to_place() if self.place else None
        return FieldRequest(self.kind, self.label, self.expected, self.is_required, place)


class AskedIn(Strict):
    """What one person is asked, whoever it is."""

    role: Literal["SIGNER", "APPROVER", "COPY"] = Field(
        "SIGNER", description="APPROVER agrees and does not sign; COPY is sent the finished files"
    )
    step: Annotated[int, Field(ge=1, le=20)] | None = Field(
        None, description="whoever has the same step is asked at the same time, lower steps first"
    )
    side: Literal["", "left", "right"] | None = Field(
        None,
        description="puts the mark at the foot of each last page; empty: where the signer likes; left out: the "
        "folder's setting, else the kind's, else the organisation's",
    )
    marks: Annotated[list[PlaceIn], Field(max_length=20)] = Field([], description="at most one a document")
    fields: Annotated[list[FieldIn], Field(max_length=30)] = []
    has_initials: bool = False
    is_in_person: bool = Field(
        default=False,
        description="signs beside the sender, on a device of theirs: no link is sent, `in-person` opens it; the code "
        "still goes to the signer",
    )
    needs_own_key: bool = Field(
        default=False, description="a member of the team who may sign with a key of their own only, never with the seal"
    )
    asks: Annotated[list[Line], Field(max_length=5)] = Field([], description="papers of their own to join")
    code_channel: Literal["EMAIL", "SMS", "BOTH"] = "EMAIL"
    language: Literal["fr", "en"] | None = None

    def asked(self) -> dict[str, Any]:
        """As ``SignerRequest`` takes it."""
        return {
            "language": self.language or "fr",
            "code_channel": self.code_channel,
            "role": self.role,
            "step": self.step,
            "side": self.side,
            "marks": tuple(mark.to_place() for mark in self.marks),
            "fields": tuple(one.to_request() for one in self.fields),
            "has_initials": self.has_initials,
            "asks": tuple(self.asks),
            "is_in_person": self.is_in_person,
            "needs_own_key": self.needs_own_key,
        }


class SignerIn(AskedIn, PersonIn):
    """A contact of a party, a member of the team, or somebody named here."""

    member_id: UUID | None = None

    def known_as(self) -> int:
        """A member of the team is known, too."""
        return super().known_as() + (self.member_id is not None)


class CeremonyIn(Strict):
    document_ids: Annotated[list[UUID], Field(min_length=1, max_length=20)]
    annex_ids: Annotated[list[UUID], Field(max_length=19)] = Field([], description="shown with them, never signed")
    signers: Annotated[list[SignerIn], Field(min_length=1, max_length=40)]
    deadline: date = Field(description="the last day on which one may sign, in Europe/Paris")
    title: Line = ""
    message: Text = ""
    is_in_order: bool = Field(default=True, description="each in turn, else all at once")
    on_refusal: Literal["STOP", "GO_ON"] = Field(
        "STOP", description="STOP: it ends for all; GO_ON: the others are still asked"
    )
    may_delegate: bool = Field(default=False, description="whoever is asked may name somebody else in their place")
    level: Literal["B-B", "B-T", "B-LT", "B-LTA"] | None = Field(
        None, description="PAdES level (ETSI EN 319 142-1); the organisation's own choice when left out"
    )


def read_signer(actor: StaffActor, asked: SignerIn) -> SignerRequest:
    """What is asked of one person. :raises NotFound: for a contact that is not there any more."""
    who = read_person(actor, asked)
    return replace(who, member_id=asked.member_id, **{**asked.asked(), "language": who.language})
