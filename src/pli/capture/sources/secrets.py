"""Log-ins and passwords: made by Pli for drop accounts (digest kept), given by a person for mailboxes (sealed)."""

from __future__ import annotations

import base64
import re
import secrets
import unicodedata
from pathlib import Path
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings

from pli.capture.errors import SecretLost
from pli.kit.ids import digest_token, same_secret
from pli.kit.keyfile import read_or_make_key

# Typed on a copier's panel: lower case, no look-alikes. 20 of 31 letters are 99 random bits, and short enough for
# Canon's 24 characters.
_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
_LENGTH = 20


def new_login(name: str) -> str:
    """A log-in that reminds of the source's name and is nobody else's: ``accueil-7kq2m``."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:18].strip("-") or "scan"
    return f"{stem}-{_draw(5)}"


def new_secret() -> tuple[str, str]:
    """A password and its digest: it carries enough random bits to need no salt."""
    secret = _draw(_LENGTH)
    return secret, digest_token(secret)


def is_secret(secret: str, digest: str) -> bool:
    """Whether a password is the one of this digest; as slow for an account that is not there."""
    return same_secret(digest_token(secret), digest or digest_token("")) and bool(digest)


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


def _draw(length: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(length))


def _box() -> Fernet:
    key = read_or_make_key(Path(settings.PLI_HOME) / "keys" / "sources.key")
    return Fernet(base64.urlsafe_b64encode(key))
