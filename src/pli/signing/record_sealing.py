"""Sealing what an organisation states: evidence records, proofs of tracked sendings."""

from __future__ import annotations

from pathlib import Path

from pli.kit.clock import Clock
from pli.parties.api import Organisation
from pli.signing.keys import revocations, seal_of, timestamps_of
from pli.trust.api import SealedRevision, SealRequest, seal_revision


def seal_record(
    organisation: Organisation, plain: Path, sealed: Path, *, reason: str, clock: Clock, level: str = "B-T"
) -> SealedRevision:
    """Certify, timestamp and lock a statement of the organisation's. Never below B-T: it must tell its own time.

    :raises PlugError: when the timestamp service is down; :raises UnableToSeal: when the file can't take a seal.
    """
    request = SealRequest(
        identity=seal_of(organisation),
        timestamps=timestamps_of(organisation),
        level="B-T" if level == "B-B" else level,  # type: ignore[arg-type]
        field_name="Pli_evidence",
        signed_at=clock.now(),
        signer_name=organisation.name,
        reason=reason,
        certify=True,
        lock=True,
        revocation=revocations(),
    )
    return seal_revision(plain, sealed, request)
