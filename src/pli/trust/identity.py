"""A certificate with its private key, loaded once and held in memory."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from pli.trust.device_keys import DeviceKey

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

SOON = timedelta(days=60)


@dataclass(frozen=True, eq=False)
class SealIdentity:
    """Who signs: a certificate, its issuers (nearest first, the root last when known) and the loaded key.

    The key never leaves memory, or its device, and is not shown by ``repr``.
    """

    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    # None: it is elsewhere, out of our reach, and what it signs comes from there.
    key: PrivateKey | DeviceKey | None = field(repr=False)

    def sign(self, data: bytes) -> bytes:
        """The raw signature of ``data`` with SHA-256: PKCS#1 v1.5 for RSA, ECDSA (DER) for elliptic curves.

        :raises TypeError: the key is elsewhere.
        """
        if self.key is None:
            raise TypeError("the key is elsewhere")
        if isinstance(self.key, DeviceKey):
            return self.key.sign(data)
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(data, padding.PKCS1v15(), hashes.SHA256())
        return self.key.sign(data, ec.ECDSA(hashes.SHA256()))

    @property
    def is_in_device(self) -> bool:
        """Whether the key is in a device, not in this process."""
        return isinstance(self.key, DeviceKey)

    @property
    def loaded_key(self) -> PrivateKey:
        """The key itself, where it is in memory.

        :raises TypeError: it is in a device, which only signs, or elsewhere.
        """
        if self.key is None or isinstance(self.key, DeviceKey):
            raise TypeError("the key is in a device")
        return self.key

    @property
    def is_rsa(self) -> bool:
        """Whether it signs by RSA; by elliptic curves otherwise."""
        return isinstance(self.certificate.public_key(), rsa.RSAPublicKey)

    @cached_property
    def algorithm(self) -> str:
        """For people and evidence records: ``RSA-3072 SHA-256`` or ``ECDSA-P-256 SHA-256``."""
        return f"{describe_key(self.certificate)} SHA-256"

    @cached_property
    def certificate_der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, in hexadecimal."""
        return hashlib.sha256(self.certificate_der).hexdigest()

    @cached_property
    def name(self) -> str:
        """The name a reader sees: the certificate's common name, else its organisation."""
        return subject_name(self.certificate)

    def warnings(self, now: datetime) -> tuple[str, ...]:
        """Plain codes of what deserves a look: see :func:`certificate_warnings`."""
        return certificate_warnings(self.certificate, now)


def describe_key(certificate: x509.Certificate) -> str:
    """``RSA-3072``, ``ECDSA-P-256`` … of the certificate's public key."""
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA-{key.key_size}"
    if isinstance(key, ec.EllipticCurvePublicKey):
        names = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}
        return f"ECDSA-{names.get(key.curve.name, key.curve.name)}"
    return type(key).__name__.lstrip("_").removesuffix("PublicKey")


def subject_name(certificate: x509.Certificate) -> str:
    """The common name of the subject, else its organisation, else the whole subject (RFC 4514)."""
    for oid in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME):
        for attribute in certificate.subject.get_attributes_for_oid(oid):
            return str(attribute.value)
    return certificate.subject.rfc4514_string()


def certificate_warnings(certificate: x509.Certificate, now: datetime) -> tuple[str, ...]:
    """``expired``, ``not_yet_valid``, ``expires_soon`` (60 days), ``weak_key`` (RSA under 3072: out of the European
    catalogue for new signatures since 2026)."""
    warnings = []
    if now > certificate.not_valid_after_utc:
        warnings.append("expired")
    elif now + SOON > certificate.not_valid_after_utc:
        warnings.append("expires_soon")
    if now < certificate.not_valid_before_utc:
        warnings.append("not_yet_valid")
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey) and key.key_size < 3072:
        warnings.append("weak_key")
    return tuple(warnings)
