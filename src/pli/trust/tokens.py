"""Reading timestamp tokens (RFC 3161): what they date, when, by whom, and whether that holds."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509

from pli.kit.errors import Phrase, PlugError
from pli.trust.chains import NO_REVOCATION_DATA, ChainVerdict, RevocationData, check_chain, is_timestamp_certificate
from pli.trust.cms_check import BadSignature, CheckedSigner, check_signer, load_signed_data
from pli.trust.identity import subject_name


@dataclass(frozen=True)
class TokenFacts:
    """A token whose signature and imprint hold; trust in its authority is another question."""

    time: datetime
    serial_number: int
    policy: str
    nonce: int | None
    authority: str
    signer: CheckedSigner


@dataclass(frozen=True)
class TimestampVerdict:
    """The judgement of a token: intact (imprint and signature hold), trusted (its authority leads to a root)."""

    is_intact: bool
    is_trusted: bool
    time: datetime | None = None
    authority: str = ""
    algorithm: str = ""
    serial_number: int | None = None
    policy: str = ""
    # A plain code when it is not both: digest_mismatch, cms_malformed, authority_unknown, authority_revoked…
    reason: str = ""
    chain: ChainVerdict | None = None


def read_token(token: bytes, digest: bytes) -> TokenFacts:
    """Check that ``token`` dates ``digest``.

    :raises BadSignature: it does not, or is damaged.
    """
    data, length = load_signed_data(token)
    if length != len(token):
        raise BadSignature("cms_malformed")
    try:
        encapsulated = data["encap_content_info"]
        if encapsulated["content_type"].native != "tst_info":
            raise BadSignature("not_a_timestamp")
        content = bytes(encapsulated["content"])
        info = encapsulated["content"].parsed
        imprint = info["message_imprint"]
        algorithm = imprint["hash_algorithm"]["algorithm"].native
        imprinted = imprint["hashed_message"].native
        time = info["gen_time"].native
        serial, policy, nonce = info["serial_number"].native, info["policy"].dotted, info["nonce"].native
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadSignature("cms_malformed") from error
    signer = check_signer(data, "tst_info", lambda name: hashlib.new(name, content).digest())
    if algorithm not in ("sha256", "sha384", "sha512") or imprinted != digest:
        raise BadSignature("timestamp_of_something_else")
    if not signer.has_certificate_binding or not is_timestamp_certificate(signer.certificate):
        raise BadSignature("not_a_timestamp_certificate")
    return TokenFacts(time.astimezone(UTC), serial, policy, nonce, subject_name(signer.certificate), signer)


def check_token(token: bytes, digest: bytes, *, service: str = "timestamps") -> TokenFacts:
    """As :func:`read_token`, for a token just received.

    :raises PlugError: not what was asked; a retry may help.
    """
    try:
        return read_token(token, digest)
    except BadSignature as error:
        raise PlugError(
            service=service, reason=Phrase("jeton d’horodatage refusé (%(code)s)", code=error.code)
        ) from error


def verify_timestamp(
    token: bytes,
    digest: bytes,
    roots: Sequence[x509.Certificate],
    *,
    others: Iterable[x509.Certificate] = (),
    revocation: RevocationData = NO_REVOCATION_DATA,
) -> TimestampVerdict:
    """Judge a token over ``digest`` (32 bytes for SHA-256) against ``roots``; never raises for a bad token."""
    try:
        facts = read_token(token, digest)
    except BadSignature as error:
        return TimestampVerdict(is_intact=False, is_trusted=False, reason=error.code)
    chain = check_chain(facts.signer.certificate, [*facts.signer.others, *others], roots, facts.time, revocation)
    reason = "" if chain.is_trusted else "authority_revoked" if chain.is_revoked else "authority_unknown"
    if facts.signer.is_weak:
        reason = "weak_algorithm"
    return TimestampVerdict(
        is_intact=True,
        is_trusted=chain.is_trusted and not facts.signer.is_weak,
        time=facts.time,
        authority=facts.authority,
        algorithm=facts.signer.algorithm,
        serial_number=facts.serial_number,
        policy=facts.policy,
        reason=reason,
        chain=chain,
    )
