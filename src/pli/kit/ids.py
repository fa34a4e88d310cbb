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
_LOOK_ALIKE = str.maketrans("OIL", "011")


def new_id() -> UUID:
    """A UUID version 7 (RFC 9562 §5.7): sorts by creation time to a quarter of a microsecond (§6.2, method 3),
    so that what one process makes in turn keeps its order; 62 random bits."""
    milliseconds, rest = divmod(time.time_ns(), 1_000_000)
    fraction = rest * 4096 // 1_000_000
    tail = int.from_bytes(os.urandom(8), "big") >> 2
    return UUID(int=(milliseconds & ((1 << 48) - 1)) << 80 | 0x7 << 76 | fraction << 64 | 0x2 << 62 | tail)


def new_token() -> str:
    """A secret for a link or a device: 256 random bits, URL-safe."""
    return secrets.token_urlsafe(32)


def digest_token(token: str) -> str:
    """What is stored of a token: its SHA-256 in hexadecimal. Tokens carry 256 random bits, so no salt is needed."""
    return hashlib.sha256(token.encode()).hexdigest()


def same_secret(left: str, right: str) -> bool:
    """Compare two secrets in constant time."""
    return hmac.compare_digest(left.encode(), right.encode())


def read_typed_number(typed: str) -> str:
    """A number typed from paper, in its own form: spaces for hyphens, O for 0, I or L for 1, small letters."""
    kept = "".join(sign for sign in typed.upper() if sign.isalnum())
    prefix, body = kept[:-16], kept[-16:].translate(_LOOK_ALIKE)
    return "-".join([prefix, body[:4], body[4:8], body[8:12], body[12:]])


def new_readable_number(prefix: str) -> str:
    """A number a person can type, e.g. ``PV-7K3M-Q9TX-2B4D-8HNC`` (80 random bits)."""
    body = "".join(secrets.choice(_READABLE) for _ in range(16))
    return "-".join([prefix, body[:4], body[4:8], body[8:12], body[12:]])
