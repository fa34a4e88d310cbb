"""What anybody may know who holds the number of a tracked sending; nobody's address, no subject, no file's name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pli.gateway.tracked.models import TrackedProof, TrackedSending
from pli.gateway.tracked.states import TrackedState
from pli.kit.errors import NotFound
from pli.kit.ids import read_typed_number


@dataclass(frozen=True)
class PublicProof:
    """One of its proofs. ``label`` is its name among all proofs."""

    label: str
    kind: str
    made_at: datetime
    pdf_sha256: str
    json_sha256: str


@dataclass(frozen=True)
class PublicSending:
    """Where it stands, since when, about which bytes. ``answered_at`` is None while nobody answered."""

    number: str
    organisation: str
    recipient_initials: str
    state: str
    deposited_at: datetime | None
    answered_at: datetime | None
    message_sha256: str
    files: tuple[tuple[int, str], ...]
    """Of each file its size in bytes and its SHA-256."""
    proofs: tuple[PublicProof, ...]


def public_sending(number: str) -> PublicSending:
    """What the public page says of a tracked sending, as soon as one of its proofs is made.

    :raises NotFound: when no proof bears this number.
    """
    found = TrackedSending.objects.select_related("organisation", "recipient__message")
    sending = found.filter(number=read_typed_number(number)).first()
    proofs = list(TrackedProof.objects.filter(sending=sending).select_related("sending").order_by("made_at"))
    if sending is None or not proofs:
        raise NotFound
    person, message = sending.recipient, sending.recipient.message
    return PublicSending(
        number=sending.number,
        organisation=sending.organisation.name,
        recipient_initials=_initials(person.name),
        state=sending.state,
        deposited_at=sending.deposited_at,
        answered_at=sending.answered_at,
        message_sha256=message.blob_id,
        files=tuple(message.files.order_by("id").values_list("blob__size", "blob_id")),
        proofs=tuple(
            PublicProof(one.label, TrackedState(one.kind).value, one.made_at, one.pdf_sha256, one.json_sha256)
            for one in proofs
        ),
    )


def _initials(name: str) -> str:
    return "".join(part[0].upper() + "." for part in name.split()[:3])


def sendings_of_proof(sha256: str) -> list[str]:
    """The number a proof's own file is about, by its digest; nothing for another file."""
    return list(TrackedProof.objects.filter(pdf_sha256=sha256).values_list("sending__number", flat=True))
