"""What the doctor says of one certificate of the store."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from cryptography import x509

from pli.trust.identity import certificate_warnings, describe_key, subject_name


@dataclass(frozen=True)
class CertificateState:
    """One certificate of the store, for « pli doctor ». ``warnings`` are plain codes: see ``certificate_warnings``."""

    subject: str
    purpose: str
    not_after: datetime
    algorithm: str
    warnings: tuple[str, ...]
    organisation_id: UUID | None = None


def unreadable_state(name: str, purpose: str, organisation_id: UUID | None) -> CertificateState:
    """A file that could not be opened."""
    return CertificateState(name, purpose, datetime.max.replace(tzinfo=UTC), "", ("unreadable",), organisation_id)


def state_of(
    certificate: x509.Certificate, purpose: str, path: Path, organisation_id: UUID | None, *, now: datetime
) -> CertificateState:
    """A certificate kept in ``path``."""
    warnings = certificate_warnings(certificate, now)
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        warnings += ("open_to_others",)
    return CertificateState(
        subject=subject_name(certificate),
        purpose=purpose,
        not_after=certificate.not_valid_after_utc,
        algorithm=describe_key(certificate),
        warnings=warnings,
        organisation_id=organisation_id,
    )
