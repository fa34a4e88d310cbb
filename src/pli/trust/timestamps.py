"""Timestamps (RFC 3161): made here with the store's key, or asked of a remote authority by URL."""

from __future__ import annotations

import hashlib
import os
from typing import Protocol

from asn1crypto import tsp

from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.trust.der import generalized_time, integer, object_identifier, octets, sequence, set_of, utc_time
from pli.trust.identity import SealIdentity
from pli.trust.signed_data import TST_INFO, sign_digest, wrap
from pli.trust.store import TrustStore

# This product's own timestamp policy, named by a UUID (ITU-T X.667): « one second, the installation's own clock ».
LOCAL_POLICY = "2.25.219867204301947526139802314597760823571"

_SHA256_ALGORITHM = sequence(object_identifier("2.16.840.1.101.3.4.2.1"))
_POLICY = object_identifier(LOCAL_POLICY)
_ACCURACY = sequence(integer(1))
_SIGNING_TIME = object_identifier("1.2.840.113549.1.9.5")
_HASHES = {"sha256": 32, "sha384": 48, "sha512": 64}


class TimestampService(Protocol):
    """Anything that dates a digest."""

    def timestamp(self, digest: bytes) -> bytes:
        """The DER TimeStampToken of a SHA-256 ``digest``.

        :raises PlugError: the authority failed or answered something else than what was asked.
        """
        ...


class LocalTimestamps:
    """The installation's own timestamp authority: proves order and integrity, not an independent time."""

    # What a signature reserves for one of these tokens, in bytes.
    token_room = 2048

    def __init__(self, store: TrustStore, clock: Clock = SYSTEM_CLOCK) -> None:
        self._store = store
        self._clock = clock

    def timestamp(self, digest: bytes) -> bytes:
        """The DER TimeStampToken of a SHA-256 ``digest``."""
        if len(digest) != 32:
            raise ValueError("a SHA-256 digest has 32 bytes")
        return self._token(sequence(_SHA256_ALGORITHM, octets(digest)))

    def respond(self, request: bytes) -> bytes:
        """Answer a DER TimeStampReq with a DER TimeStampResp, a refusal included (RFC 3161 §2.4.2); never raises."""
        try:
            asked = tsp.TimeStampReq.load(request, strict=True)
            imprint = asked["message_imprint"]
            algorithm = imprint["hash_algorithm"]["algorithm"].native
            size = len(imprint["hashed_message"].native)
            policy = asked["req_policy"].native
            nonce = asked["nonce"].native
            encoded_imprint = imprint.dump()
            with_certificate = bool(asked["cert_req"].native)
            has_extensions = bool(asked["extensions"].native)
        except (ValueError, TypeError, KeyError):
            return _refusal(bit=5, text="malformed request")
        if _HASHES.get(algorithm) != size:
            return _refusal(bit=0, text="the digest must be SHA-256, SHA-384 or SHA-512")
        if policy not in (None, LOCAL_POLICY):
            return _refusal(bit=15, text="unknown policy")
        if has_extensions:
            return _refusal(bit=16, text="extensions are not supported")
        token = self._token(encoded_imprint, nonce=nonce, with_certificate=with_certificate)
        return sequence(sequence(integer(0)), token)

    def _token(self, imprint: bytes, *, nonce: int | None = None, with_certificate: bool = True) -> bytes:
        identity: SealIdentity = self._store.timestamp_identity()
        now = self._clock.now()
        parts = [
            integer(1),
            _POLICY,
            imprint,
            # 127 random bits: unique without a counter to keep (RFC 3161 asks for at most 160 bits).
            integer(int.from_bytes(os.urandom(16), "big") >> 1),
            generalized_time(now),
            _ACCURACY,
        ]
        if nonce is not None:
            parts.append(_signed_integer(nonce))
        content = sequence(*parts)
        signing_time = sequence(_SIGNING_TIME, set_of([utc_time(now)]))
        signature = sign_digest(identity, hashlib.sha256(content).digest(), kind=TST_INFO, more=(signing_time,))
        return wrap(signature, content=content, with_certificates=with_certificate)


def _signed_integer(value: int) -> bytes:
    # A requester may send a negative nonce; it comes back as it was.
    size = value.bit_length() // 8 + 1
    return b"\x02" + bytes((size,)) + value.to_bytes(size, "big", signed=True) if size < 0x80 else integer(abs(value))


def _refusal(*, bit: int, text: str) -> bytes:
    # PKIStatusInfo: rejection (2), a text, and one failure bit (RFC 3161 §2.4.2).
    reason = bytearray(bit // 8 + 1)
    reason[bit // 8] = 0x80 >> bit % 8
    unused = 7 - bit % 8
    status = sequence(
        integer(2),
        sequence(b"\x0c" + bytes((len(text),)) + text.encode()),
        b"\x03" + bytes((len(reason) + 1, unused)) + bytes(reason),
    )
    return sequence(status)
