"""The doors' certificate from Pli's own authority: for a trial, or for machines told to trust that authority."""

from __future__ import annotations

import fcntl
import ipaddress
import os
import socket
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.project.config import Config
from pli.project.home import write_atomically
from pli.trust.api import SealIdentity, TrustStore

# Browsers refuse server certificates that live longer (Apple's and CA/Browser Forum's 398 days).
LIFE = timedelta(days=397)
RENEWED_BEFORE = timedelta(days=30)
_SLACK = timedelta(hours=1)


def names_of(config: Config) -> list[x509.GeneralName]:
    """The names by which this machine is called: the public address, its host name, the loopback ones."""
    names: list[x509.GeneralName] = []
    for host in dict.fromkeys([urlsplit(config.base_url).hostname or "localhost", socket.gethostname(), "localhost"]):
        try:
            names.append(x509.IPAddress(ipaddress.ip_address(host)))
        except ValueError:
            names.append(x509.DNSName(host.encode("idna").decode()))
    loopback = (ipaddress.ip_address("127.0.0.1"), ipaddress.ip_address("::1"))
    return names + [name for name in map(x509.IPAddress, loopback) if name not in names]


def issue(authority: SealIdentity, names: list[x509.GeneralName], *, now: datetime) -> tuple[bytes, bytes]:
    """A server certificate (chain, PEM) and its key (PKCS #8, PEM), for TLS servers only (RFC 5280 §4.2.1.12)."""
    key = ec.generate_private_key(ec.SECP256R1())
    usage = {name: False for name in ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement")}
    usage |= {name: False for name in ("key_cert_sign", "crl_sign", "encipher_only", "decipher_only")}
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, str(names[0].value)[:64])]))
        .issuer_name(authority.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SLACK)
        .not_valid_after(min(now + LIFE, authority.certificate.not_valid_after_utc))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(digital_signature=True, **usage), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.loaded_key.public_key()), critical=False
        )
        .sign(authority.loaded_key, hashes.SHA256())
    )
    chain = certificate.public_bytes(Encoding.PEM) + authority.certificate.public_bytes(Encoding.PEM)
    return chain, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _is_good(path: Path, names: list[x509.GeneralName], authority: SealIdentity, now: datetime) -> bool:
    try:
        found = x509.load_pem_x509_certificate(path.read_bytes())
        present = list(found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
        found.verify_directly_issued_by(authority.certificate)
    except Exception:  # noqa: BLE001 - whatever is wrong with it, another one is made
        return False
    return present == names and found.not_valid_after_utc - RENEWED_BEFORE > now


def ensure_own_certificate(config: Config, *, clock: Clock = SYSTEM_CLOCK) -> tuple[Path, Path]:
    """The doors' certificate and key under ``keys/``, made anew when names change or the end is near."""
    store = TrustStore(config.home)
    store.ensure()
    cert, key = config.home / "keys" / "doors.pem", config.home / "keys" / "doors.key"
    names, authority = names_of(config), store.authority()
    cert.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(config.home / "keys" / "doors.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if not key.exists() or not _is_good(cert, names, authority, clock.now()):
            chain, private = issue(authority, names, now=clock.now())
            cert.unlink(missing_ok=True)
            write_atomically(key, private.decode())
            write_atomically(cert, chain.decode(), mode=0o644)
    finally:
        os.close(descriptor)
    return cert, key
