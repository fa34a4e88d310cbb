"""Signing secrets: needed in clear at each sending, so encrypted at rest under a key that is not in the database."""

from __future__ import annotations

import base64
import os
from datetime import timedelta
from pathlib import Path

from cryptography.fernet import Fernet
from django.conf import settings

from pli.api.models import WebhookEndpoint
from pli.kit.clock import Clock
from pli.kit.keyfile import read_or_make_key

PREFIX = "whsec_"
FORMER_LIVES = timedelta(hours=24)


def make_secret() -> str:
    """A new secret as receivers take it: ``whsec_`` and 32 random bytes in base64 (Standard Webhooks)."""
    return PREFIX + base64.b64encode(os.urandom(32)).decode()


def _box() -> Fernet:
    key = read_or_make_key(Path(settings.PLI_HOME) / "keys" / "webhooks.key")
    return Fernet(base64.urlsafe_b64encode(key))


def seal_secret(secret: str) -> bytes:
    """The secret as it is stored."""
    return _box().encrypt(secret.encode())


def open_secret(sealed: bytes | memoryview) -> str:
    """:raises cryptography.fernet.InvalidToken: when the installation's key is another one."""
    return _box().decrypt(bytes(sealed)).decode()


def active_secrets(endpoint: WebhookEndpoint, *, clock: Clock) -> list[str]:
    """The secret, and for a day after a rotation the former one too: receivers change when they can."""
    secrets = [open_secret(endpoint.sealed_secret)]
    until = endpoint.former_secret_until
    if endpoint.former_sealed_secret and until and clock.now() < until:
        secrets.append(open_secret(endpoint.former_sealed_secret))
    return secrets
