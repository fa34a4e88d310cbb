"""What a gateway is: it carries one e-mail or one SMS out of the house, or says why not. No Django, no models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import ClassVar, Protocol


@dataclass(frozen=True)
class AttachedFile:
    """A file that leaves with an e-mail; ``path`` is where its bytes are."""

    path: Path
    file_name: str
    media_type: str


@dataclass(frozen=True)
class OutgoingEmail:
    """Everything a gateway needs to carry one e-mail. ``message_id`` is the same for every try."""

    message_id: str
    sender_name: str
    sender_address: str
    reply_to: str
    to_name: str
    to_address: str
    subject: str
    text: str
    html: str
    language: str
    written_at: datetime
    attachments: Sequence[AttachedFile] = ()
    logo: AttachedFile | None = None


@dataclass(frozen=True)
class RawEmail:
    """A message that somebody else wrote, carried as it is: not a byte of ``content`` changes on the way.

    ``sender``: the envelope's; empty for a message that must never be answered (RFC 5321 §4.5.5). Every line of
    ``content`` ends with CR LF.
    """

    sender: str
    recipients: tuple[str, ...]
    content: bytes = field(repr=False)
    needs_utf8: bool = False
    options: tuple[str, ...] = ()
    """What the sender asked of every server on the way, as MAIL says it (RFC 3461): for one that knows the norm."""
    recipient_options: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The same, as RCPT says it, by address."""


@dataclass(frozen=True)
class Verdict:
    """What the provider said of one recipient of a raw message."""

    is_taken: bool
    reply: str
    is_permanent: bool = False
    is_reporting: bool = False
    """Whether the provider tells the sender itself what becomes of it, as was asked."""


@dataclass(frozen=True)
class OutgoingSms:
    """One text message. ``to`` is E.164; ``reference`` is the same for every try."""

    reference: str
    to: str
    sender: str
    text: str


@dataclass(frozen=True)
class Receipt:
    """What the provider answered when it took the message; the room records it."""

    provider: str
    provider_id: str
    server_reply: str


@dataclass(frozen=True)
class GatewaySettings:
    """What the installation says of one channel: the provider's address, secrets included (never logged)."""

    url: str = field(repr=False)
    timeout: float = 30.0


class Gateway(Protocol):
    """One provider. Made from ``GatewaySettings``; a bad address raises ValueError with a plain reason."""

    slug: ClassVar[str]
    channel: ClassVar[str]
    schemes: ClassVar[frozenset[str]]
    """URL schemes this gateway answers to; ``*`` takes what no other wants."""

    def __init__(self, settings: GatewaySettings) -> None: ...

    def probe(self) -> str:
        """Ask the provider whether it would take a message, sending none; a plain sentence of what it said.

        :raises PlugError: when it would not.
        """
        ...


class EmailGateway(Gateway, Protocol):
    """A gateway for e-mail."""

    def send(self, mail: OutgoingEmail) -> Receipt:
        """Carry one e-mail.

        :raises PlugError: ``permanent`` only when the provider refused this very message (sender, recipient, content).
        """
        ...

    def relay(self, mail: RawEmail) -> Mapping[str, Verdict]:
        """Carry a raw message as it is; what became of it for each recipient.

        :raises PlugError: when nobody got it, or nobody can say; ``permanent`` only when it was refused for all.
        """
        ...


class SmsGateway(Gateway, Protocol):
    """A gateway for SMS."""

    def send(self, sms: OutgoingSms) -> Receipt:
        """Carry one SMS.

        :raises PlugError: ``permanent`` only when the provider refused this very message.
        """
        ...
