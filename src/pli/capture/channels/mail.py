"""Scan to mail: an address of the mail gateway for a source; each document attached to what is sent there is a capture.

The gateway made the message durable before it said so; here it is taken apart, in the sandbox, as a mailbox's are.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.db import transaction

from pli.capture.channels.imap.taking import keep_message, look_into, tell_empty
from pli.capture.errors import SourceClosed
from pli.capture.models import InputSource
from pli.capture.sources.arrivals import find_account, is_accepting, receive_from
from pli.capture.sources.options import GatewayOptions, read_options
from pli.capture.states import SourceKind
from pli.kit.clock import SYSTEM_CLOCK, Clock


@dataclass(frozen=True)
class MailInbox:
    """A source with an address: whose it is, and whence it takes mail of devices that can't log in."""

    id: UUID
    organisation_id: UUID
    networks: tuple[str, ...]


def find_inbox(local_part: str) -> MailInbox | None:
    """The source of this address, when it takes mail now."""
    if "\0" in local_part:
        return None
    rows = InputSource.objects.select_related("member__account")
    source = rows.filter(channel=SourceKind.MAIL, login=local_part.lower()[:40]).first()
    return _inbox_of(source) if source and is_accepting(source) else None


def recognise_device(login: str, secret: str) -> MailInbox | None:
    """The source whose device logs in so; wrong and unknown are both None."""
    source = find_account(SourceKind.MAIL, login, secret)
    return _inbox_of(source) if source else None


def has_open_inboxes() -> bool:
    """Whether any source takes mail from a network without log-in."""
    rows = InputSource.objects.filter(channel=SourceKind.MAIL, is_active=True)
    return rows.exclude(options__networks="").exclude(options__networks=None).exists()


def take_mail(source_id: UUID, message: Path, key: str, *, clock: Clock = SYSTEM_CLOCK) -> int:
    """Make a capture of each document of a message; how many. The same ``key`` again makes no other.

    What holds no document is kept whole, and parked with its reason when it is examined.

    :raises SourceClosed: when it takes nothing any more; :raises UnableToStore: when the disk refuses.
    """
    source = InputSource.objects.filter(id=source_id).first()
    if source is None:
        raise SourceClosed(name="")
    content = message.read_bytes()
    said, documents = look_into(content)
    tell_empty(source, said, clock=clock)
    if not documents:
        keep_message(source, content, said.get("subject", ""), clock=clock)
        return 0
    with transaction.atomic():
        for one in documents:
            told = "\0".join((str(source.id), key, one.number, one.stored.sha256))
            receive_from(
                source,
                stored=one.stored,
                file_name=one.name or said["subject"] or "message.pdf",
                source_key=hashlib.sha256(told.encode()).hexdigest(),
                media_type=one.media_type,
                clock=clock,
            )
    return len(documents)


def _inbox_of(source: InputSource) -> MailInbox:
    networks = read_options(GatewayOptions, source.options).networks
    return MailInbox(source.id, source.organisation_id, tuple(networks.split()))
