"""What a sender asks for: the papers, the people, what each of them does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from pli.signing.roles import COPY, OnRefusal, SignerRole

MAXIMUM_SIGNERS = 20
LEVELS = ("B-B", "B-T", "B-LT", "B-LTA")
LONGEST_DEADLINE_DAYS = 365
ROLES = (*SignerRole.values, COPY)


@dataclass(frozen=True)
class Place:
    """A box on a page, in points from its top left corner as displayed; ``paper`` is the rank among those to sign.

    With ``anchor`` the box starts where that word stands in the paper, and page, x and y are not read. A page below
    zero counts from the last one: -1 is the last.
    """

    paper: int = 1
    page: int = 1
    x: float = 0
    y: float = 0
    width: float = 0
    height: float = 0
    anchor: str = ""


@dataclass(frozen=True)
class FieldRequest:
    """Something to fill: TEXT, DATE, CHECKBOX, or PHRASE (``expected``, word for word). Without a place it stands in
    the mark. GIVEN is what nobody types: the answer brings it along under the name ``expected``. INITIALS, made of the
    name, always have a place."""

    kind: str
    label: str = ""
    expected: str = ""
    is_required: bool = True
    place: Place | None = None
    value: str = ""
    """For TEXT and DATE (ISO 8601): written in beforehand; the signer reads it, and may change it."""


BON_POUR_ACCORD = FieldRequest("PHRASE", "Bon pour accord", "Bon pour accord")


@dataclass(frozen=True)
class SignerRequest:
    """One person to ask; ``origin`` says where name and address came from (contact:<id>, party:<id>, typed).

    ``role``: SIGNER, APPROVER, or COPY for who is only sent the finished file. ``step``: whoever has the same one is
    asked at the same time, lower ones first; None: their rank in an ordered request, else all at once.
    ``member_id``: a member of the team, whose name and address are then those of their account.
    ``code_channel``: EMAIL, SMS, or BOTH. ``side``: left or right puts the mark at the foot of each last page, empty
    leaves it to the signer, None to the organisation's setting; ``marks`` are places chosen by the sender, one a paper
    at most. ``has_initials``: on each page. ``asks``: what papers of their own the signer shall join.
    ``is_in_person``: signs beside the sender, on a device of theirs; no link is sent, the code still goes to them.
    ``needs_own_key``: a member of the team who may sign with a key of their own only, never with the seal.
    """

    name: str
    email: str
    mobile: str = ""
    origin: str = "typed"
    language: str = "fr"
    code_channel: str = "EMAIL"
    role: str = SignerRole.SIGNER
    step: int | None = None
    member_id: UUID | None = None
    side: str | None = None
    marks: tuple[Place, ...] = ()
    fields: tuple[FieldRequest, ...] = ()
    has_initials: bool = False
    asks: tuple[str, ...] = ()
    is_in_person: bool = False
    needs_own_key: bool = False

    @property
    def is_copy(self) -> bool:
        """Whether nothing is asked of this person."""
        return self.role == COPY


@dataclass(frozen=True)
class AddedPages:
    """Pages of ours put behind a paper before anybody is shown it; they are read and signed with it."""

    document_id: UUID
    pdf: bytes


@dataclass(frozen=True)
class CeremonyRequest:
    """All of a request. ``deadline`` is the last day on which one may sign, in Europe/Paris.

    ``annex_ids`` are papers shown with the others, and never signed. ``on_refusal``: STOP ends the request for all,
    GO_ON asks the others still. ``may_delegate``: whoever is asked may name somebody else in their place.
    """

    document_ids: tuple[UUID, ...]
    signers: tuple[SignerRequest, ...]
    deadline: date
    sender_name: str
    sender_email: str
    title: str = ""
    message: str = ""
    is_in_order: bool = True
    level: str = "B-T"
    annex_ids: tuple[UUID, ...] = ()
    on_refusal: str = OnRefusal.STOP
    may_delegate: bool = False
    added_pages: tuple[AddedPages, ...] = ()
    template_id: UUID | None = None
    template_version: int | None = None
    """Where it was copied from, for the record."""
    once: UUID | None = None
    """Made with the form: the same sender sending it in twice has asked once."""
