"""The entrance of the trust room: keys and certificates, timestamps, seals, verification."""

from __future__ import annotations

from pli.trust.errors import NoSeal, UnableToImportSeal, UnableToNormalise, UnableToOpenKeys, UnableToSeal
from pli.trust.filling import SealPlace, fill_seal, reserved_for
from pli.trust.identity import SealIdentity
from pli.trust.mass import place_seal, seal_bytes, seal_in_mass
from pli.trust.normalise import can_append, normalise_for_signing
from pli.trust.remote_timestamps import RemoteTimestamps, timestamp_service
from pli.trust.requests import Level, RevocationSource, SealedRevision, SealLook, SealRequest, look_of
from pli.trust.revocations import FetchedRevocations
from pli.trust.seal import check_request, seal_revision
from pli.trust.store import CertificateState, TrustStore
from pli.trust.timestamps import LocalTimestamps, TimestampService
from pli.trust.tokens import TimestampVerdict, verify_timestamp
from pli.trust.verdicts import PdfVerdict, SignatureVerdict, verdict_to_json
from pli.trust.verification import extract_revision, verify_pdf

__all__ = [
    "CertificateState",
    "FetchedRevocations",
    "Level",
    "LocalTimestamps",
    "NoSeal",
    "PdfVerdict",
    "RemoteTimestamps",
    "RevocationSource",
    "SealIdentity",
    "SealLook",
    "SealPlace",
    "SealRequest",
    "SealedRevision",
    "SignatureVerdict",
    "TimestampService",
    "TimestampVerdict",
    "TrustStore",
    "UnableToImportSeal",
    "UnableToNormalise",
    "UnableToOpenKeys",
    "UnableToSeal",
    "can_append",
    "check_request",
    "extract_revision",
    "fill_seal",
    "look_of",
    "normalise_for_signing",
    "place_seal",
    "reserved_for",
    "seal_bytes",
    "seal_in_mass",
    "seal_revision",
    "timestamp_service",
    "verdict_to_json",
    "verify_pdf",
    "verify_timestamp",
]
