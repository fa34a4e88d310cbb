"""Identifiers and secrets."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import time
from uuid import UUID

# Crockford's base 32 without look-alikes: what a person may have to read aloud or type.
_READABLE = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_id() -> UUID:
    """A UUID version 7 (RFC 9562 §5.7): sorts by creation time, 74 random bits."""
    stamp = time.time_ns() // 1_000_000
    value = (stamp & ((1 << 48) - 1)) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | (0x7 << 76)
    value = value & ~(0x3 << 62) | (0x2 << 62)
    return UUID(int=value)


def new_token() -> str:
    """A secret for a link or a device: 256 random bits, URL-safe."""
    return secrets.token_urlsafe(32)


def digest_token(token: str) -> str:
    """What is stored of a token: its SHA-256 in hexadecimal. Tokens carry 256 random bits, so no salt is needed."""
    return hashlib.sha256(token.encode()).hexdigest()


def same_secret(left: str, right: str) -> bool:
    """Compare two secrets in constant time."""
    return hmac.compare_digest(left.encode(), right.encode())


def new_readable_number(prefix: str) -> str:
    """A number a person can type, e.g. ``PV-7K3M-Q9TX-2B4D-8HNC`` (80 random bits)."""
    body = "".join(secrets.choice(_READABLE) for _ in range(16))
    return "-".join([prefix, body[:4], body[4:8], body[8:12], body[12:]])
