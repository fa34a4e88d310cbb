"""Passwords that a person gives for mailboxes: kept sealed, for Pli says them itself."""

from __future__ import annotations

import base64
from pathlib import Path
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings

from pli.capture.errors import SecretLost
from pli.kit.keyfile import read_or_make_key


def seal_secret(source_id: UUID, secret: str) -> bytes:
    """A mailbox's password, encrypted for this source alone."""
    return _box().encrypt(f"{source_id}:{secret}".encode())


def open_secret(source_id: UUID, sealed: bytes | memoryview | None) -> str:
    """:raises SecretLost: when the key is another one, or the password another source's."""
    try:
        owner, _, secret = _box().decrypt(bytes(sealed or b"")).decode().partition(":")
    except InvalidToken:
        raise SecretLost from None
    if owner != str(source_id):
        raise SecretLost
    return secret


def _box() -> Fernet:
    key = read_or_make_key(Path(settings.PLI_HOME) / "keys" / "sources.key")
    return Fernet(base64.urlsafe_b64encode(key))
