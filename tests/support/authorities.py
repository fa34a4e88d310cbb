"""Timestamp authorities of other houses, in times to come."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from pli.kit.clock import Clock
from pli.parties.api import Organisation
from pli.trust.api import LocalTimestamps, TimestampService, TrustStore


class Later:
    """An authority of another house, in a time to come."""

    def __init__(self, home: Path, clock: Clock) -> None:
        self.store = TrustStore(home, clock=clock)
        self.store.ensure()
        self.asked = 0
        self.service = LocalTimestamps(self.store, clock=clock)

    def __call__(self, _: Organisation) -> TimestampService:
        return self

    def timestamp(self, digest: bytes) -> bytes:
        self.asked += 1
        return self.service.timestamp(digest)


def trust_also(folder: Path, *authorities: Later) -> None:
    """Add their roots to an unpacked archive of proofs, as its reader would."""
    with (folder / "certificats" / "autorite.pem").open("ab") as roots:
        for one in authorities:
            roots.write(one.store.roots()[0].public_bytes(Encoding.PEM))
    digests = folder / "empreintes.sha256"
    digests.write_text("".join(x for x in digests.read_text().splitlines(keepends=True) if "autorite.pem" not in x))
