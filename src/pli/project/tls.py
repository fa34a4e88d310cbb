"""TLS for the doors: the given certificate and key, or one from Pli's own authority for a trial."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from pli.project.config import Config
from pli.project.faults import TlsUnusable


@dataclass(frozen=True)
class TlsFiles:
    """A certificate chain and its key (PKCS #8, the form our servers read), on disk."""

    cert: Path
    key: Path


def _pkcs8(cert: Path, key: Path) -> bytes:
    """The key of ``cert``, as unencrypted PKCS #8.

    :raises TlsUnusable: when either can't be read or they don't belong together.
    """
    try:
        private = serialization.load_pem_private_key(key.read_bytes(), password=None)
        leaf = x509.load_pem_x509_certificate(cert.read_bytes())
    except (OSError, ValueError, TypeError) as error:
        raise TlsUnusable(reason=str(error)) from error
    form = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    if private.public_key().public_bytes(*form) != leaf.public_key().public_bytes(*form):
        raise TlsUnusable(reason=f"{key} ≠ {cert}")
    return private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def certificate_files(config: Config) -> TlsFiles | None:
    """The certificate and key in use, as they stand on disk; None when the doors serve plain text.

    :raises TlsUnusable: when they don't belong together or can't be read.
    """
    if config.tls == "files" and config.tls_cert and config.tls_key:
        files = TlsFiles(config.tls_cert, config.tls_key)
    elif config.tls == "own":
        from pli.project.own_certificate import ensure_own_certificate

        files = TlsFiles(*ensure_own_certificate(config))
    else:
        return None
    _pkcs8(files.cert, files.key)
    return files


def tls_files(config: Config) -> TlsFiles | None:
    """What a door serves TLS with; None when it serves plain text (behind a proxy, or on this machine only).

    :raises TlsUnusable: when the files given can't serve.
    """
    files = certificate_files(config)
    if files is None:
        return None
    ready = config.home / "run" / "tls.key"
    descriptor = os.open(ready, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(_pkcs8(files.cert, files.key))
    return TlsFiles(files.cert, ready)
