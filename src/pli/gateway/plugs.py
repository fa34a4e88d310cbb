"""What a tag is: a word of the subject, and what it makes of a message. No Django, no rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Protocol

from pli.gateway.options import SenderOptions


@dataclass(frozen=True)
class Attachment:
    """A file of the message: ``part`` is its number, ``size`` that of its bytes as they travel."""

    part: str
    file_name: str
    media_type: str
    size: int
    is_pdf: bool


@dataclass(frozen=True)
class Person:
    """Somebody the message goes to. ``field``: to, cc, or bcc when no field names them."""

    address: str
    name: str
    field: str


@dataclass(frozen=True)
class Letter:
    """What a tag is shown of a message; its text stays its own."""

    subject: str
    people: tuple[Person, ...]
    """In the order of To, then Cc, then the others."""
    attachments: tuple[Attachment, ...]
    received_at: datetime


@dataclass(frozen=True)
class Signatory:
    """One of the people to sign, by the address they were written to."""

    address: str
    mobile: str = ""


@dataclass(frozen=True)
class Plan:
    """What is to be done with the message. Nothing said: it leaves at once, without its tag."""

    not_before: datetime | None = None
    papers: tuple[str, ...] = ()
    """The parts to be signed."""
    signatories: tuple[Signatory, ...] = ()
    shared: tuple[str, ...] = ()
    """The parts that stay here, behind a link."""
    is_tracked: bool = False
    """Each recipient gets a notice, and answers before they read."""


class Tag(Protocol):
    """One word of the subject, written ``*SLUG``."""

    slug: ClassVar[str]
    argument: ClassVar[str]
    """What may follow it, as a pattern; it takes what it matches out of the subject."""
    rank: ClassVar[int]
    """Tags are asked, and named, in this order."""
    excludes: ClassVar[frozenset[str]]
    """Tags it can't be obeyed with."""
    takes_large: ClassVar[bool]
    """Whether what is attached stays here, so that it may be larger than what mail servers take."""

    def plan(self, letter: Letter, argument: str, options: SenderOptions) -> Plan:
        """What to do.

        :raises TagRefused: when it can't be done, in a sentence its sender understands.
        """
        ...
