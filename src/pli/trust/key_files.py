"""Key files on disk: one PEM file holds the key and its certificates, so that no crash can leave half a pair."""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from pli.kit.errors import Phrase
from pli.trust.errors import UnableToOpenKeys
from pli.trust.identity import SealIdentity

_CERTIFICATE = b"-----BEGIN CERTIFICATE-----"


def make_private_folder(folder: Path) -> None:
    """Make ``folder`` (and its parents) with mode 0700, and tighten it when it exists."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if stat.S_IMODE(folder.stat().st_mode) != 0o700:
        folder.chmod(0o700)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Only one process at a time between here and the end; the kernel frees the lock of a killed one."""
    descriptor = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def write_private(path: Path, content: bytes) -> None:
    """Replace ``path`` by ``content``, mode 0600: readers see the old file or the whole new one, also after a crash."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make a rename in ``folder`` durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def save_identity(path: Path, identity: SealIdentity, passphrase: str) -> None:
    """Write key (PKCS#8, encrypted when there is a passphrase) and certificates as one PEM file."""
    encryption: KeySerializationEncryption = NoEncryption()
    if passphrase:
        encryption = BestAvailableEncryption(passphrase.encode())
    parts = [identity.loaded_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)]
    parts += [item.public_bytes(Encoding.PEM) for item in (identity.certificate, *identity.chain)]
    write_private(path, b"".join(parts))


def load_identity(path: Path, passphrase: str) -> SealIdentity:
    """Read what :func:`save_identity` wrote.

    :raises UnableToOpenKeys: unreadable, damaged, encrypted under another passphrase.
    """
    try:
        content = path.read_bytes()
        start = content.index(_CERTIFICATE)
        certificates = x509.load_pem_x509_certificates(content[start:])
        is_encrypted = b"BEGIN ENCRYPTED PRIVATE KEY" in content[:start]
        key = load_pem_private_key(content[:start], passphrase.encode() if is_encrypted else None)
    except OSError as error:
        raise UnableToOpenKeys(reason=Phrase("%(file)s : %(cause)s", file=path.name, cause=error.strerror)) from error
    except (ValueError, TypeError) as error:
        raise UnableToOpenKeys(
            reason=Phrase("%(file)s : fichier abîmé ou phrase secrète fausse", file=path.name)
        ) from error
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise UnableToOpenKeys(reason=Phrase("%(file)s : type de clé non pris en charge", file=path.name))
    return SealIdentity(certificates[0], tuple(certificates[1:]), key)
