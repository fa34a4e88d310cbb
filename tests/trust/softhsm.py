"""A software security module (SoftHSM 2) with a token and a key of our making, thrown away afterwards."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

PIN = "246810"
_MODULES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
)


@dataclass(frozen=True)
class SoftToken:
    """A token that is ready, and what a test needs to use it."""

    module: Path
    token: str
    pin: str
    certificates: dict[str, x509.Certificate]


def softhsm_module() -> Path:
    """The library, or the test is skipped."""
    for path in _MODULES:
        if Path(path).exists() and shutil.which("softhsm2-util"):
            return Path(path)
    pytest.skip("SoftHSM is not on this machine (Debian: softhsm2)")


@cache
def make_token() -> SoftToken:
    """A token with an RSA and an elliptic key, their certificates beside. One a process: the library reads its
    configuration once."""
    module, token = softhsm_module(), "Cachets"
    folder = Path(tempfile.mkdtemp(prefix="pli-softhsm-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    (folder / "tokens").mkdir(parents=True)
    configuration = folder / "softhsm2.conf"
    configuration.write_text(
        f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\nlog.level = ERROR\n"
    )
    os.environ["SOFTHSM2_CONF"] = str(configuration)
    _run("--init-token", "--free", "--label", token, "--pin", PIN, "--so-pin", "13579135")
    certificates = {}
    for rank, (label, key) in enumerate(
        {"rsa": rsa.generate_private_key(65537, 3072), "ec": ec.generate_private_key(ec.SECP256R1())}.items(), 1
    ):
        pem = folder / f"{label}.pem"
        pem.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        _run("--import", str(pem), "--token", token, "--label", label, "--id", f"0{rank}", "--pin", PIN)
        pem.unlink()
        certificates[label] = _certificate(key, f"Cachet {label}")
    return SoftToken(module, token, PIN, certificates)


def _run(*arguments: str) -> None:
    subprocess.run(["softhsm2-util", *arguments], check=True, capture_output=True)


def _certificate(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, name: str) -> x509.Certificate:
    now = datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=700))
        .sign(key, hashes.SHA256())
    )


def put_certificate(soft: SoftToken, label: str, key_id: str) -> None:
    """Write a key's certificate onto the token, as a vendor's tool does."""
    import pkcs11
    from pkcs11 import Attribute, CertificateType, ObjectClass

    certificate = soft.certificates[label]
    with pkcs11.lib(str(soft.module)).get_token(token_label=soft.token).open(rw=True) as session:
        session.create_object(
            {
                Attribute.CLASS: ObjectClass.CERTIFICATE,
                Attribute.CERTIFICATE_TYPE: CertificateType.X_509,
                Attribute.TOKEN: True,
                Attribute.LABEL: f"certificat {label}",
                Attribute.ID: bytes.fromhex(key_id),
                Attribute.SUBJECT: certificate.subject.public_bytes(),
                Attribute.VALUE: certificate.public_bytes(Encoding.DER),
            }
        )


def remove_certificates(soft: SoftToken) -> None:
    """Leave the token as :func:`make_token` made it."""
    import pkcs11
    from pkcs11 import Attribute, ObjectClass

    with pkcs11.lib(str(soft.module)).get_token(token_label=soft.token).open(rw=True) as session:
        for one in list(session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE})):
            one.destroy()
