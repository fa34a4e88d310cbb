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
class SignerRequest:
    """One person to ask; ``origin`` says where name and address came from (contact:<id>, party:<id>, typed).

    ``role``: SIGNER, APPROVER, or COPY for who is only sent the finished file. ``step``: whoever has the same one is
    asked at the same time, lower ones first; None: their rank in an ordered request, else all at once.
    ``member_id``: a member of the team, whose name and address are then those of their account.
    ``code_channel``: EMAIL, SMS, or BOTH.
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

    @property
    def is_copy(self) -> bool:
        """Whether nothing is asked of this person."""
        return self.role == COPY


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
