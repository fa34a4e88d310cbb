"""Sealing one document as a new revision (PAdES, EN 319 142-1): the path of ceremonies."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from pli.trust.errors import UnableToSeal
from pli.trust.key_files import sync_folder
from pli.trust.longterm import add_document_timestamp, add_validation_data
from pli.trust.requests import SealedRevision, SealRequest
from pli.trust.revision import Appearance, Placeholder, fill_placeholder, hash_file, write_placeholder
from pli.trust.signed_data import largest_size, sign_digest, wrap
from pli.trust.tokens import check_token

# Room for a timestamp token with its authority's chain; the longest met from public authorities is under 8 KiB.
TOKEN_ROOM = 10 * 1024


def seal_revision(source: Path, target: Path, request: SealRequest) -> SealedRevision:
    """Add one signature to ``source`` and write the result to ``target``, which appears whole or not at all.

    The bytes of ``source`` are kept as they are at the start of ``target``: signatures already there stay valid.
    The level asked for is the level obtained; otherwise nothing is written.

    :raises UnableToSeal: the file cannot take this signature; ``permanent`` says whether a retry is useless.
    :raises PlugError: the timestamp service failed.
    """
    check_request(request)
    temporary = target.with_name(f".{target.name}.{os.getpid()}.sealing")
    try:
        shutil.copyfile(source, temporary)
        sealed = _seal_in_place(temporary, request)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(target.parent)
    return sealed


def check_request(request: SealRequest) -> None:
    """Refuse what cannot give the level asked for.

    :raises UnableToSeal: no timestamp service for a level that needs one, certificate out of its time, odd field name.
    """
    if not request.field_name or "." in request.field_name:
        raise UnableToSeal(reason="le nom du champ de signature est vide ou contient un point", permanent=True)
    if request.level != "B-B" and request.timestamps is None:
        raise UnableToSeal(reason=f"le niveau {request.level} demande un service d’horodatage", permanent=True)
    if request.signed_at.tzinfo is None:
        raise ValueError("signed_at must be aware")
    warnings = request.identity.warnings(request.signed_at)
    if "expired" in warnings or "not_yet_valid" in warnings:
        raise UnableToSeal(reason="le certificat du cachet n’est pas en cours de validité", permanent=False)


def _look(request: SealRequest) -> Appearance:
    return Appearance(
        field_name=request.field_name,
        signed_at=request.signed_at,
        signer_name=request.signer_name,
        reason=request.reason,
        location=request.location,
        contact=request.contact,
        certify=request.certify,
        lock=request.lock,
        mark_pdf=request.mark_pdf,
        page=request.page,
        box=request.box,
    )


def _seal_in_place(path: Path, request: SealRequest) -> SealedRevision:
    has_timestamp = request.level != "B-B"
    room = getattr(request.timestamps, "token_room", TOKEN_ROOM) if has_timestamp else 0
    reserved = largest_size(request.identity) + room
    with path.open("r+b") as stream:
        place: Placeholder = write_placeholder(stream, _look(request), reserved=reserved)
        signature = sign_digest(request.identity, place.digest)
        token, timestamp_time = b"", None
        if has_timestamp and request.timestamps is not None:
            imprint = signature.value_digest()
            token = request.timestamps.timestamp(imprint)
            timestamp_time = check_token(token, imprint).time
        cms = wrap(signature, timestamp_token=token)
        fill_placeholder(stream, place, cms)
        if request.level in ("B-LT", "B-LTA"):
            add_validation_data(stream, request, token)
        if request.level == "B-LTA" and request.timestamps is not None:
            add_document_timestamp(stream, request.timestamps, request.revocation, reserved=room)
        stream.flush()
        os.fsync(stream.fileno())
    digest, size = hash_file(path)
    return SealedRevision(
        sha256=digest,
        size=size,
        message_digest=place.digest.hex(),
        signing_time=request.signed_at,
        timestamp_time=timestamp_time,
        certificate_fingerprint=request.identity.fingerprint,
        timestamp_token=token,
        algorithm=request.identity.algorithm,
        level=request.level,
        field_name=request.field_name,
        signed_size=place.size,
    )
