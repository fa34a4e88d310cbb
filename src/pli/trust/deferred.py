"""A signature whose key is out of our reach: the place is made first, the value comes later, from wherever the key is.

Between the two nothing is open but a file with an empty place: what was given to sign is worked out again from that
file before the value goes in, and the value is checked against the certificate.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from pli.trust.errors import SignatureNotTheirs, UnableToSeal
from pli.trust.identity import SealIdentity
from pli.trust.isolation import checked_placeholder
from pli.trust.key_files import sync_folder
from pli.trust.pkcs12 import check_certificate, check_public_key, order_chain
from pli.trust.requests import SealedRevision, SealRequest
from pli.trust.seal import check_request, finish, make_place, next_step, step_files
from pli.trust.signed_data import Signature, signed_attributes


@dataclass(frozen=True)
class AwaitedSignature:
    """A file that waits for a signature's value. ``to_sign`` is what the key signs, with SHA-256."""

    start: int
    end: int
    digest: str
    to_sign: bytes


def outside_identity(certificates: list[x509.Certificate]) -> SealIdentity:
    """Somebody's certificate, the first of ``certificates``, and its issuers, in whatever order; the key is elsewhere.

    :raises UnableToImportSeal: a key too short, of an unknown kind.
    """
    check_public_key(certificates[0].public_key())
    return SealIdentity(certificates[0], order_chain(certificates[0], certificates[1:]), None)


def begin_revision(source: Path, target: Path, request: SealRequest) -> AwaitedSignature:
    """Write ``source`` with the empty place of the signature asked for to ``target``.

    :raises UnableToSeal: the file cannot take this signature.
    """
    check_request(request)
    check_certificate(request.identity.certificate, request.signed_at)
    place = make_place(source, target, request)
    to_sign = signed_attributes(request.identity, place.digest)
    return AwaitedSignature(place.start, place.end, place.digest.hex(), to_sign)


def check_value(certificate: x509.Certificate, to_sign: bytes, value: bytes) -> None:
    """That ``value`` is the signature of ``to_sign`` by the certificate's key.

    :raises SignatureNotTheirs: it is not.
    """
    key = certificate.public_key()
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(value, to_sign, padding.PKCS1v15(), hashes.SHA256())
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(value, to_sign, ec.ECDSA(hashes.SHA256()))
        else:
            raise SignatureNotTheirs
    except (InvalidSignature, ValueError) as error:
        raise SignatureNotTheirs from error


def end_revision(
    waiting: Path, target: Path, request: SealRequest, awaited: AwaitedSignature, value: bytes
) -> SealedRevision:
    """Put ``value`` into the file that waits, and what the level asks; ``target`` appears whole or not at all.

    :raises SignatureNotTheirs: the value is not this key's over this file.
    :raises UnableToSeal: the file is not the one that waited; :raises PlugError: the timestamp service failed.
    """
    with step_files(target) as steps:
        shutil.copyfile(waiting, next_step(steps, target))
        place = checked_placeholder(steps[-1], {"start": awaited.start, "end": awaited.end})
        to_sign = signed_attributes(request.identity, place.digest)
        if to_sign != awaited.to_sign:
            raise UnableToSeal(reason="le fichier n’est plus celui qui a été donné à signer", permanent=True)
        check_value(request.identity.certificate, to_sign, value)
        sealed = finish(steps, target, request, place, Signature(request.identity, to_sign, value))
        steps[-1].replace(target)
    sync_folder(target.parent)
    return sealed
