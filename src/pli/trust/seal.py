"""Sealing one document as a new revision (PAdES, EN 319 142-1): the path of ceremonies."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from pli.kit.errors import Phrase
from pli.trust.errors import UnableToSeal
from pli.trust.isolation import append_isolated, checked_placeholder
from pli.trust.key_files import sync_folder
from pli.trust.longterm import collect_material
from pli.trust.placeholder import Placeholder, fill_placeholder, hash_file
from pli.trust.requests import SealedRevision, SealRequest
from pli.trust.signed_data import Signature, largest_size, sign_digest, wrap
from pli.trust.timestamps import TimestampService
from pli.trust.tokens import check_token

# Room for a timestamp token with its authority's chain; the longest met from public authorities is under 8 KiB.
TOKEN_ROOM = 10 * 1024


def seal_revision(source: Path, target: Path, request: SealRequest) -> SealedRevision:
    """Add one signature to ``source`` and write the result to ``target``, which appears whole or not at all.

    The bytes of ``source`` are kept as they are at the start of ``target``: signatures already there stay valid.
    The level asked for is the level obtained; otherwise nothing is written. The file is parsed in the sandbox, which
    holds no key; what it wrote is compared and hashed here before anything is signed.

    :raises UnableToSeal: the file cannot take this signature; ``permanent`` says whether a retry is useless.
    :raises PlugError: the timestamp service failed.
    """
    check_request(request)
    with step_files(target) as steps:
        sealed = _seal(source, steps, request, target)
        steps[-1].replace(target)
    sync_folder(target.parent)
    return sealed


@contextmanager
def step_files(target: Path) -> Iterator[list[Path]]:
    """A growing list of files beside ``target``, all gone at the end but one that was renamed."""
    steps: list[Path] = []
    try:
        yield steps
    finally:
        for step in steps:
            step.unlink(missing_ok=True)


def next_step(steps: list[Path], near: Path) -> Path:
    """A new file of a growing list."""
    steps.append(near.with_name(f".{uuid4().hex}.sealing"))
    return steps[-1]


def check_request(request: SealRequest) -> None:
    """Refuse what cannot give the level asked for.

    :raises UnableToSeal: no timestamp service for a level that needs one, certificate out of its time, odd field name.
    """
    if not request.field_name or "." in request.field_name:
        raise UnableToSeal(reason="le nom du champ de signature est vide ou contient un point", permanent=True)
    if request.level != "B-B" and request.timestamps is None:
        raise UnableToSeal(
            reason=Phrase("le niveau %(level)s demande un service d’horodatage", level=request.level), permanent=True
        )
    if request.signed_at.tzinfo is None:
        raise ValueError("signed_at must be aware")
    warnings = request.identity.warnings(request.signed_at)
    if "expired" in warnings or "not_yet_valid" in warnings:
        raise UnableToSeal(reason="le certificat du cachet n’est pas en cours de validité", permanent=False)


def _look(request: SealRequest) -> dict[str, Any]:
    return {
        "field_name": request.field_name,
        "signed_at": request.signed_at.isoformat(),
        "signer_name": request.signer_name,
        "reason": request.reason,
        "location": request.location,
        "contact": request.contact,
        "certify": request.certify,
        "lock": request.lock,
        "page": request.page,
        "box": list(request.box),
        "fills": [[fill.field_name, fill.value] for fill in request.fills],
    }


def _seal(source: Path, steps: list[Path], request: SealRequest, folder: Path) -> SealedRevision:
    current = next_step(steps, folder)
    place = make_place(source, current, request)
    return finish(steps, folder, request, place, sign_digest(request.identity, place.digest))


def make_place(source: Path, target: Path, request: SealRequest) -> Placeholder:
    """Write ``source`` with the signature's empty place to ``target``.

    :raises UnableToSeal: the file cannot take this signature.
    """
    room = token_room(request.timestamps) if request.level != "B-B" else 0
    arguments = {"look": _look(request), "reserved": largest_size(request.identity) + room}
    drawings = {f"fill_{number}": fill.drawing for number, fill in enumerate(request.fills)}
    told = append_isolated("place_signature", source, target, arguments, mark=request.mark_pdf, more=drawings)
    return checked_placeholder(target, told)


def finish(
    steps: list[Path], folder: Path, request: SealRequest, place: Placeholder, signature: Signature
) -> SealedRevision:
    """Fill the place in the last of ``steps`` and add what the level asks; the last step is then the sealed file.

    :raises UnableToSeal, PlugError: as :func:`seal_revision`.
    """
    token, time = b"", None
    if request.level != "B-B" and request.timestamps is not None:
        imprint = signature.value_digest()
        token = request.timestamps.timestamp(imprint)
        time = check_token(token, imprint).time
    _fill(steps[-1], place, wrap(signature, timestamp_token=token))
    if request.level in ("B-LT", "B-LTA"):
        _add_validation_data(steps, folder, request, token)
    if request.level == "B-LTA" and request.timestamps is not None:
        _add_document_timestamp(steps, folder, request.timestamps)
    digest, size = hash_file(steps[-1])
    return SealedRevision(
        sha256=digest,
        size=size,
        message_digest=place.digest.hex(),
        signing_time=request.signed_at,
        timestamp_time=time,
        certificate_fingerprint=request.identity.fingerprint,
        timestamp_token=token,
        algorithm=request.identity.algorithm,
        level=request.level,
        field_name=request.field_name,
        signed_size=place.size,
    )


def _fill(path: Path, place: Placeholder, cms: bytes) -> None:
    with path.open("r+b") as stream:
        fill_placeholder(stream, place, cms)
        stream.flush()
        os.fsync(stream.fileno())


def _add_validation_data(steps: list[Path], folder: Path, request: SealRequest, token: bytes) -> None:
    if request.revocation is None:
        raise UnableToSeal(
            reason=Phrase("le niveau %(level)s demande une source de révocation", level=request.level), permanent=True
        )
    material = collect_material(request.identity, [token], request.revocation)
    previous = steps[-1]
    arguments = {
        "certificates": [der.hex() for der in material.certificates],
        "crls": [der.hex() for der in material.crls],
        "ocsps": [der.hex() for der in material.ocsps],
    }
    append_isolated("add_validation_data", previous, next_step(steps, folder), arguments)


def _add_document_timestamp(steps: list[Path], folder: Path, timestamps: TimestampService) -> None:
    previous = steps[-1]
    current = next_step(steps, folder)
    arguments = {"field_name": f"Horodatage-{uuid4().hex[:12]}", "reserved": token_room(timestamps)}
    place = checked_placeholder(current, append_isolated("place_timestamp", previous, current, arguments))
    token = timestamps.timestamp(place.digest)
    check_token(token, place.digest)
    _fill(current, place, token)


def token_room(timestamps: TimestampService | None) -> int:
    """What to reserve for one token of this service, in bytes."""
    return int(getattr(timestamps, "token_room", TOKEN_ROOM))
