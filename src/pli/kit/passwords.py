"""Log-ins and passwords that Pli makes for machines and programs: typed once, kept as a digest alone."""

from __future__ import annotations

import re
import secrets
import unicodedata

from pli.kit.ids import digest_token, same_secret

# Typed on a copier's panel: lower case, no look-alikes. 20 of 31 letters are 99 random bits, and short enough for
# Canon's 24 characters.
_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
_LENGTH = 20


def new_login(name: str) -> str:
    """A log-in that reminds of a name and is nobody else's: ``accueil-7kq2m``."""
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


def _draw(length: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(length))
