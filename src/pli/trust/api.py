"""The entrance of the trust room: keys and certificates, timestamps, seals, verification."""

from __future__ import annotations

from pli.trust.errors import NoSeal, UnableToImportSeal, UnableToNormalise, UnableToOpenKeys, UnableToSeal
from pli.trust.identity import SealIdentity
from pli.trust.requests import Level, RevocationSource, SealedRevision, SealRequest
from pli.trust.seal import seal_revision
from pli.trust.store import CertificateState, TrustStore
from pli.trust.timestamps import LocalTimestamps, TimestampService
from pli.trust.tokens import TimestampVerdict, verify_timestamp

__all__ = [
    "CertificateState",
    "Level",
    "LocalTimestamps",
    "NoSeal",
    "RevocationSource",
    "SealIdentity",
    "SealRequest",
    "SealedRevision",
    "TimestampService",
    "TimestampVerdict",
    "TrustStore",
    "UnableToImportSeal",
    "UnableToNormalise",
    "UnableToOpenKeys",
    "UnableToSeal",
    "seal_revision",
    "verify_timestamp",
]
