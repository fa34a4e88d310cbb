"""How long a timestamp proves anything: until its authority's certificate ends, or its algorithm does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric import rsa

from pli.trust.cms_check import load_signed_data
from pli.trust.tokens import check_token

# 112 bits of security are acceptable until the end of 2030 (NIST SP 800-57 part 1 rev. 5, table 4).
_SHORT_RSA_ENDS = datetime(2031, 1, 1, tzinfo=UTC)
_SHORT_RSA_BITS = 3000


@dataclass(frozen=True)
class LastingToken:
    """A token that was checked: when it was made, by whom, and when it stops proving by itself."""

    time: datetime
    authority: str
    holds_until: datetime


def read_lasting(token: bytes, digest: bytes) -> LastingToken:
    """Check that ``token`` dates the SHA-256 ``digest``, and say for how long.

    :raises PlugError: it does not.
    """
    facts = check_token(token, digest)
    certificate = facts.signer.certificate
    ends = [certificate.not_valid_after_utc]
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey) and key.key_size < _SHORT_RSA_BITS:
        ends.append(_SHORT_RSA_ENDS)
    return LastingToken(facts.time, facts.authority, min(ends))


def holds_until(token: bytes) -> datetime:
    """When a token of our own files stops proving by itself; what it dates was checked when it was put there.

    :raises BadSignature, PlugError: it is no timestamp token.
    """
    data, _ = load_signed_data(token)
    imprint = data["encap_content_info"]["content"].parsed["message_imprint"]
    return read_lasting(token, bytes(imprint["hashed_message"].native)).holds_until
