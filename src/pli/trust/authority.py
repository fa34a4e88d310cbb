"""Pli's own certificate authority: what its certificates and its revocation list say (RFC 5280, ETSI EN 319 412)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from pli.trust.identity import PrivateKey, SealIdentity

KeyType = Literal["rsa-3072", "p-256"]

AUTHORITY_LIFE = timedelta(days=365 * 30)
TIMESTAMP_LIFE = timedelta(days=365 * 15)
SEAL_LIFE = timedelta(days=365 * 10)
CRL_LIFE = timedelta(days=365)
# Certificates start a little in the past: the reader's clock may be behind.
_CLOCK_SLACK = timedelta(hours=1)


def make_key(key_type: KeyType) -> PrivateKey:
    """A new private key from the system's generator."""
    if key_type == "rsa-3072":
        return rsa.generate_private_key(public_exponent=65537, key_size=3072)
    return ec.generate_private_key(ec.SECP256R1())


def _usage(**wanted: bool) -> x509.KeyUsage:
    names = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{name: wanted.get(name, False) for name in names})


def _builder(
    subject: x509.Name, issuer: x509.Name, key: PrivateKey, now: datetime, life: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCK_SLACK)
        .not_valid_after(now + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def make_authority(*, key_type: KeyType, now: datetime) -> SealIdentity:
    """A new self-signed root, named apart from every other installation's so that their chains are never confused."""
    key = make_key(key_type)
    suffix = x509.SubjectKeyIdentifier.from_public_key(key.public_key()).digest.hex()[:8]
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Pli"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"Pli – autorité de cette installation {suffix}"),
        ]
    )
    certificate = (
        _builder(name, name, key, now, AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    return SealIdentity(certificate, (), key)


def _issue(authority: SealIdentity, builder: x509.CertificateBuilder, key: PrivateKey, now: datetime) -> SealIdentity:
    parent = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.certificate.public_key())  # type: ignore[arg-type]
    certificate = (
        builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(parent, critical=False)
        .sign(authority.loaded_key, hashes.SHA256())
    )
    return SealIdentity(certificate, (authority.certificate,), key)


def _end(authority: SealIdentity, now: datetime, life: timedelta) -> timedelta:
    return min(life, authority.certificate.not_valid_after_utc - now)


def issue_timestamp_identity(authority: SealIdentity, *, key_type: KeyType, now: datetime) -> SealIdentity:
    """A timestamp authority's certificate: its only, critical purpose is timeStamping (RFC 3161 §2.3)."""
    key = make_key(key_type)
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Pli"),
            x509.NameAttribute(NameOID.COMMON_NAME, "Pli – horodatage de cette installation"),
        ]
    )
    builder = (
        _builder(name, authority.certificate.subject, key, now, _end(authority, now, TIMESTAMP_LIFE))
        .add_extension(_usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    )
    return _issue(authority, builder, key, now)


def issue_seal(authority: SealIdentity, *, name: str, siren: str, key_type: KeyType, now: datetime) -> SealIdentity:
    """An organisation's seal certificate; its SIREN becomes ``NTRFR-<siren>`` (ETSI EN 319 412-1 §5.1.4)."""
    key = make_key(key_type)
    # X.520 bounds names at 64 characters; cryptography counts their UTF-8 bytes.
    shown = " ".join(name.split()).encode()[:64].decode(errors="ignore").strip() or "Organisation"
    attributes = [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "FR"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, shown),
    ]
    digits = "".join(siren.split())
    if digits:
        attributes.append(x509.NameAttribute(NameOID.ORGANIZATION_IDENTIFIER, f"NTRFR-{digits}"))
    attributes.append(x509.NameAttribute(NameOID.COMMON_NAME, shown))
    builder = _builder(
        x509.Name(attributes), authority.certificate.subject, key, now, _end(authority, now, SEAL_LIFE)
    ).add_extension(_usage(digital_signature=True, content_commitment=True), critical=True)
    return _issue(authority, builder, key, now)


def make_crl(authority: SealIdentity, revoked: Mapping[int, datetime], *, number: int, now: datetime) -> bytes:
    """The authority's revocation list (RFC 5280 §5), DER; ``revoked`` maps serial numbers to instants."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.certificate.subject)
        .last_update(now - _CLOCK_SLACK)
        .next_update(now + CRL_LIFE)
        .add_extension(x509.CRLNumber(number), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.certificate.public_key()),  # type: ignore[arg-type]
            critical=False,
        )
    )
    for serial, instant in sorted(revoked.items()):
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(instant).build()
        builder = builder.add_revoked_certificate(entry)
    return builder.sign(authority.loaded_key, hashes.SHA256()).public_bytes(Encoding.DER)
