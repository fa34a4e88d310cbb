"""The SFTP server's keys: made once under ``PLI_HOME/keys``, and what a sender is shown of them."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_ssh_private_key,
)
from django.conf import settings

from pli.kit.keyfile import write_once

_NAMES = ("sftp_ed25519.key", "sftp_rsa.key")


def make_host_keys() -> list[Path]:
    """The keys, made at the first start: Ed25519, and RSA for copiers that know nothing newer."""
    folder = Path(settings.PLI_HOME) / "keys"
    paths = [folder / name for name in _NAMES]
    for path in paths:
        if not path.exists():
            is_rsa = path.name == "sftp_rsa.key"
            key = rsa.generate_private_key(65537, 3072) if is_rsa else ed25519.Ed25519PrivateKey.generate()
            write_once(path, key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))
    return paths


def fingerprints() -> list[str]:
    """What a client shows at its first connection, as ``SHA256:…``: to compare before trusting."""
    shown = []
    for path in make_host_keys():
        public = load_ssh_private_key(path.read_bytes(), password=None).public_key()
        blob = base64.b64decode(public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).split()[1])
        digest = base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
        shown.append(f"SHA256:{digest}")
    return shown
