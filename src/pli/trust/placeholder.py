"""The empty place a revision keeps for its CMS, seen from outside the sandbox: bytes and offsets, nothing parsed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from pli.trust.errors import UnableToSeal


@dataclass(frozen=True)
class Placeholder:
    """A written revision whose /Contents awaits its CMS: the digest to sign and where the hexadecimal goes."""

    digest: bytes
    start: int
    end: int
    size: int


def fill_placeholder(stream: BinaryIO, place: Placeholder, cms: bytes) -> None:
    """Write ``cms`` into the reserved place.

    :raises UnableToSeal: it is longer than what was reserved.
    """
    if len(cms) * 2 > place.end - place.start - 2:
        raise UnableToSeal(reason="la signature est plus longue que la place réservée", permanent=True)
    stream.seek(place.start + 1)
    stream.write(cms.hex().encode())


def hash_file(path: Path) -> tuple[str, int]:
    """SHA-256 (hexadecimal) and size of a file."""
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
        return digest, stream.tell()
