"""The half of a one-pass seal that holds the key: hash around the empty place, sign, fill. Nothing is parsed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from pli.trust.errors import UnableToSeal
from pli.trust.requests import SealedRevision, SealRequest
from pli.trust.seal import token_room
from pli.trust.signed_data import largest_size, sign_digest, wrap
from pli.trust.tokens import check_token


@dataclass(frozen=True)
class SealPlace:
    """Where a written file keeps room for its signature: from ``<`` to after ``>``, hexadecimal zeros between."""

    start: int
    end: int


def reserved_for(request: SealRequest) -> int:
    """How many bytes of signature to keep room for."""
    room = token_room(request.timestamps) if request.level == "B-T" else 0
    return largest_size(request.identity) + room


def fill_seal(content: bytearray, place: SealPlace, request: SealRequest) -> SealedRevision:
    """Sign ``content`` as it stands and write the signature into its place.

    The caller has checked the request with :func:`pli.trust.seal.check_request`. ``content`` may come from a process
    one does not trust: what is signed is what it holds, and a place that is not empty is refused.

    :raises UnableToSeal: the place is not an empty one, or too small; :raises PlugError: the timestamp service failed.
    """
    start, end = place.start, place.end
    room = end - start - 2
    if not 0 < start < end <= len(content) or content[start:end] != b"<" + b"0" * room + b">":
        raise UnableToSeal(reason="la place de la signature n’a pas été retrouvée", permanent=True)
    view = memoryview(content)
    digest = hashlib.sha256(view[:start])
    digest.update(view[end:])
    view.release()
    signature = sign_digest(request.identity, digest.digest())
    token, time = b"", None
    if request.level == "B-T" and request.timestamps is not None:
        imprint = signature.value_digest()
        token = request.timestamps.timestamp(imprint)
        time = check_token(token, imprint).time
    cms = wrap(signature, timestamp_token=token).hex().encode()
    if len(cms) > room:
        raise UnableToSeal(reason="la signature est plus longue que la place réservée", permanent=True)
    content[start + 1 : start + 1 + len(cms)] = cms
    return SealedRevision(
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        message_digest=digest.hexdigest(),
        signing_time=request.signed_at,
        timestamp_time=time,
        certificate_fingerprint=request.identity.fingerprint,
        timestamp_token=token,
        algorithm=request.identity.algorithm,
        level=request.level,
        field_name=request.field_name,
        signed_size=len(content),
    )
