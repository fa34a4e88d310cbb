"""Links that wait to leave: encrypted, bound to their recipient, erased once the message is gone."""

from __future__ import annotations

import base64
import hashlib
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings

from pli.gateway.errors import LinkLost
from pli.gateway.models import MailRecipient
from pli.kit.keyfile import read_or_make_key

# The on-screen local outbox shows what went nowhere for as long as it shows Pli's own messages.
LOCAL_KEEPING = timedelta(days=30)


def seal_link(recipient_id: UUID, *links: str) -> bytes:
    """Links, encrypted for this recipient alone."""
    return _box().encrypt(" ".join((str(recipient_id), *links)).encode())


def open_link(recipient_id: UUID, sealed: bytes | memoryview) -> str:
    """The links sealed together, a space between them.

    :raises LinkLost: when the key is another one, or the link somebody else's.
    """
    try:
        owner, _, link = _box().decrypt(bytes(sealed)).decode().partition(" ")
    except InvalidToken:
        raise LinkLost from None
    if owner != str(recipient_id):
        raise LinkLost
    return link


def open_links(recipient: MailRecipient) -> list[str]:
    """The links that wait to leave for a recipient; none when they have left, or there never were any.

    :raises LinkLost: as ``open_link``.
    """
    return open_link(recipient.id, recipient.sealed_link).split() if recipient.sealed_link else []


def own_mark() -> str:
    """What this installation writes into the messages it changes, to know them if they come back."""
    return hashlib.sha256(b"mark" + _key()).hexdigest()[:32]


def bounce_code(recipient_id: UUID) -> str:
    """What proves that a bounce's address was made here."""
    return hashlib.sha256(b"bounce" + _key() + recipient_id.bytes).hexdigest()[:16]


def _key() -> bytes:
    return read_or_make_key(Path(settings.PLI_HOME) / "keys" / "gateway.key")


def _box() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(_key()))
