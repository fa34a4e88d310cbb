"""What the gateway needs of other rooms, asked of whoever knows them: the journey gives it at start."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Protocol
from uuid import UUID

from pli.kit.clock import Clock
from pli.parties.api import Organisation, StaffActor


@dataclass(frozen=True)
class Inbox:
    """An address of the gateway's own: what is sent to it becomes captures."""

    id: UUID
    organisation_id: UUID
    networks: tuple[str, ...] = ()
    """Whence it takes mail from a device that can't log in, as 192.168.1.0/24."""


class Inboxes(Protocol):
    """The sources of scans that have an address here."""

    def find(self, local_part: str) -> Inbox | None:
        """The one of this address, when it takes mail now."""
        ...

    def recognise(self, login: str, secret: str) -> Inbox | None:
        """The one whose device logs in so; wrong and unknown are both None."""
        ...

    def has_networks(self) -> bool:
        """Whether any takes mail from devices that don't log in."""
        ...

    def take(self, inbox_id: UUID, message: Path, key: str) -> None:
        """Make captures of a message; the same ``key`` again makes no other.

        :raises PliError: when the source takes nothing any more; what a message lacks is shown on the source's page.
        """
        ...


@dataclass(frozen=True)
class AskedSigner:
    """Who is asked to sign. ``recipient_id``: their row here, by which the link comes back."""

    recipient_id: UUID
    name: str
    email: str
    mobile: str
    by_sms: bool


@dataclass(frozen=True)
class AskedSignature:
    """A request for signature as a message asks for it."""

    title: str
    document_ids: tuple[UUID, ...]
    signers: tuple[AskedSigner, ...]
    days: int
    in_turn: bool


class SigningDesk(Protocol):
    """Where requests for signature are made."""

    def ask(self, actor: StaffActor, wanted: AskedSignature) -> UUID:
        """Make the request, in the caller's transaction, whose links come back by ``take_link``; its id.

        :raises PliError: when it can't be made as it is wanted.
        """
        ...

    def mobiles(self, actor: StaffActor, addresses: Sequence[str]) -> dict[str, str]:
        """The mobile numbers the address book knows, by address in small letters."""
        ...


class RecordSealer(Protocol):
    """Who seals what an organisation states."""

    def __call__(self, organisation: Organisation, plain: Path, sealed: Path, reason: str, clock: Clock) -> bytes:
        """Write ``plain`` to ``sealed``, sealed and timestamped by the organisation, locked; returns the timestamp.

        :raises PlugError: when the timestamp service is down.
        """
        ...


@dataclass(frozen=True)
class LastingProof:
    """A sealed proof whose timestamps are to be renewed. ``label``: the sending's number and what it proves."""

    organisation_id: UUID
    label: str
    message_id: UUID
    pdf_sha256: str
    json_sha256: str
    covers: tuple[str, ...]
    """The SHA-256 of the message and of its files."""
    made_at: datetime
    keep_until: date
    token: bytes
    """The timestamp of its seal; empty when it was not kept."""


class ProofKeeper(Protocol):
    """Who renews the timestamps of proofs."""

    def __call__(self, proof: LastingProof) -> None:
        """Take it over, once for a label, in the caller's transaction."""
        ...


class _Nothing:
    """While nobody gave the seam: no such address, no such device."""

    def find(self, local_part: str) -> Inbox | None:
        return None

    def recognise(self, login: str, secret: str) -> Inbox | None:
        return None

    def has_networks(self) -> bool:
        return False

    def take(self, inbox_id: UUID, message: Path, key: str) -> None:
        raise LookupError(inbox_id)


_inboxes: list[Inboxes] = [_Nothing()]
_desk: list[SigningDesk] = []
_sealer: list[RecordSealer] = []
_keeper: list[ProofKeeper] = []


def use_inboxes(inboxes: Inboxes) -> None:
    """Say, once at start, which sources of scans have an address here."""
    _inboxes[:] = [inboxes]


def inboxes() -> Inboxes:
    """Those in force."""
    return _inboxes[0]


def use_signing_desk(desk: SigningDesk) -> None:
    """Say, once at start, where requests for signature are made."""
    _desk[:] = [desk]


def signing_desk() -> SigningDesk:
    """The one in force.

    :raises LookupError: when none was given.
    """
    if not _desk:
        raise LookupError("no signing desk")
    return _desk[0]


def use_record_sealer(sealer: RecordSealer) -> None:
    """Say, once at start, who seals."""
    _sealer[:] = [sealer]


def record_sealer() -> RecordSealer:
    """The one in force.

    :raises LookupError: when none was given.
    """
    if not _sealer:
        raise LookupError("no record sealer")
    return _sealer[0]


def use_proof_keeper(keeper: ProofKeeper) -> None:
    """Say, once at start, who renews timestamps."""
    _keeper[:] = [keeper]


def proof_keeper() -> ProofKeeper:
    """The one in force.

    :raises LookupError: when none was given.
    """
    if not _keeper:
        raise LookupError("no proof keeper")
    return _keeper[0]
