"""Who acts: every read and write takes one, and every room refuses by it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from pli.kit.errors import NotAllowed
from pli.parties.models import Role


@dataclass(frozen=True)
class Actor:
    """Someone or something that acts inside one organisation."""

    organisation_id: UUID

    @property
    def reference(self) -> str:
        """How the journal names this actor: never a name or an address."""
        raise TypeError(type(self).__name__)


@dataclass(frozen=True)
class StaffActor(Actor):
    """A member of staff, by screen or by an API token made by them."""

    account_id: UUID
    member_id: UUID
    role: Role

    @property
    def reference(self) -> str:
        return f"member:{self.member_id}"

    def require(self, *roles: Role) -> None:
        """:raises NotAllowed: unless the member has one of ``roles``."""
        if self.role not in roles:
            raise NotAllowed(role=self.role)

    def require_writer(self) -> None:
        """:raises NotAllowed: for an auditor, who reads everything and changes nothing."""
        self.require(Role.ADMIN, Role.MANAGER, Role.MEMBER)


@dataclass(frozen=True)
class PortalActor(Actor):
    """A client, employee or supplier in their portal: sees only what was published to their parties."""

    account_id: UUID
    party_ids: frozenset[UUID]

    @property
    def reference(self) -> str:
        return f"account:{self.account_id}"


@dataclass(frozen=True)
class SystemActor(Actor):
    """Pli itself, for the purpose it names (a job, a sweep, a demonstration)."""

    purpose: str

    @property
    def reference(self) -> str:
        return f"system:{self.purpose}"
