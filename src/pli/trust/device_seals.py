"""Which device's key an organisation may seal with, and when it does. Written by whoever runs the server."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from pli.kit.errors import Phrase
from pli.trust.device_keys import DeviceKey, is_key_of, read_certificates
from pli.trust.devices import DeviceAccess, KeyPlace
from pli.trust.errors import NoDevice, UnableToImportSeal
from pli.trust.identity import SealIdentity
from pli.trust.key_files import make_private_folder, write_private
from pli.trust.pkcs12 import check_certificate, check_public_key, order_chain

_START = b"-----BEGIN CERTIFICATE-----"


@dataclass(frozen=True)
class DeviceOffer:
    """A key of a device put at an organisation's disposal, with its certificate and issuers."""

    place: KeyPlace
    certificates: tuple[x509.Certificate, ...]


def offer_path(folder: Path, organisation_id: UUID) -> Path:
    """Where the offer made to an organisation is written."""
    return folder / "devices" / f"{organisation_id}.json"


def make_offer(
    access: DeviceAccess, place: KeyPlace, given: list[x509.Certificate], *, now: datetime
) -> tuple[DeviceOffer, SealIdentity]:
    """Check that the device signs with this key, and find its certificate among ``given`` or on the token.

    :raises UnableToReachDevice: it does not answer; :raises UnableToImportSeal: no certificate is this key's, or it
        has ended or is not made for signing.
    """
    for certificate in given or read_certificates(access, place):
        is_rsa = isinstance(certificate.public_key(), rsa.RSAPublicKey)
        key = DeviceKey(access, place, is_rsa=is_rsa)
        if not _may_fit(certificate) or not is_key_of(key, certificate):
            continue
        check_public_key(certificate.public_key())
        check_certificate(certificate, now)
        others = [other for other in (*given, *read_certificates(access, place)) if other != certificate]
        chain = order_chain(certificate, others)
        return DeviceOffer(place, (certificate, *chain)), SealIdentity(certificate, chain, key)
    raise UnableToImportSeal(reason="aucun certificat n’est celui de cette clé : donnez son fichier (PEM)")


def _may_fit(certificate: x509.Certificate) -> bool:
    try:
        basic = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    except x509.ExtensionNotFound:
        return True
    return not basic.ca


def write_offer(folder: Path, organisation_id: UUID, offer: DeviceOffer) -> None:
    """Put the key at the organisation's disposal; it seals with it once its administrator says so."""
    path = offer_path(folder, organisation_id)
    make_private_folder(path.parent)
    pem = b"".join(one.public_bytes(Encoding.PEM) for one in offer.certificates)
    write_private(path, json.dumps({"key": offer.place.uri(), "certificates": pem.decode()}, indent=1).encode())


def read_offer(folder: Path, organisation_id: UUID) -> DeviceOffer:
    """What :func:`write_offer` wrote.

    :raises NoDevice: none was.
    """
    try:
        told = json.loads(offer_path(folder, organisation_id).read_bytes())
    except FileNotFoundError:
        raise NoDevice() from None
    return DeviceOffer(
        KeyPlace.from_uri(told["key"]), tuple(x509.load_pem_x509_certificates(told["certificates"].encode()))
    )


def seal_file(offer: DeviceOffer) -> bytes:
    """The seal's file: the address of the key in the key's place, then the certificates."""
    pem = b"".join(one.public_bytes(Encoding.PEM) for one in offer.certificates)
    return offer.place.uri().encode() + b"\n" + pem


def is_device_file(content: bytes) -> bool:
    """Whether a seal's file names a device instead of holding a key."""
    return content.startswith(b"pkcs11:")


def read_seal_file(content: bytes, access: DeviceAccess | None) -> SealIdentity:
    """The seal of a file :func:`seal_file` wrote; the device itself is asked at the first signature.

    :raises UnableToImportSeal: the installation names no device library.
    """
    start = content.index(_START)
    place = KeyPlace.from_uri(content[:start].decode().strip())
    certificates = x509.load_pem_x509_certificates(content[start:])
    if access is None:
        raise UnableToImportSeal(
            reason=Phrase(
                "le cachet est dans un dispositif (%(token)s), et PLI_PKCS11_MODULE est vide", token=place.token
            )
        )
    is_rsa = isinstance(certificates[0].public_key(), rsa.RSAPublicKey)
    return SealIdentity(certificates[0], tuple(certificates[1:]), DeviceKey(access, place, is_rsa=is_rsa))
