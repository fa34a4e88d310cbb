"""The entrance of the trust room: keys and certificates, timestamps, seals, verification."""

from __future__ import annotations

from pli.trust.certificate_state import CertificateState
from pli.trust.deferred import AwaitedSignature, begin_revision, check_value, end_revision, outside_identity
from pli.trust.device_seals import DeviceOffer
from pli.trust.devices import DeviceAccess, DeviceLibrary, KeyPlace, device_library, tokens
from pli.trust.errors import (
    NoDevice,
    NoSeal,
    SignatureNotTheirs,
    UnableToImportSeal,
    UnableToNormalise,
    UnableToOpenKeys,
    UnableToReachDevice,
    UnableToSeal,
)
from pli.trust.filling import SealPlace, fill_seal, reserved_for
from pli.trust.hash_trees import climb, grow, leaf_of, root_line
from pli.trust.identity import SealIdentity, describe_key, subject_name
from pli.trust.lasting import LastingToken, holds_until, read_lasting
from pli.trust.longterm import check_lasting
from pli.trust.mass import place_seal, seal_bytes, seal_in_mass
from pli.trust.normalise import can_append, normalise_for_signing
from pli.trust.remote_timestamps import RemoteTimestamps, timestamp_service
from pli.trust.requests import Fill, Level, RevocationSource, SealedRevision, SealLook, SealRequest, look_of
from pli.trust.revocations import FetchedRevocations
from pli.trust.seal import check_request, seal_revision
from pli.trust.store import TrustStore
from pli.trust.timestamps import LocalTimestamps, TimestampService
from pli.trust.tokens import TimestampVerdict, verify_timestamp
from pli.trust.verdicts import PdfVerdict, SignatureVerdict, verdict_to_json
from pli.trust.verification import extract_revision, verify_pdf

__all__ = [
    "AwaitedSignature",
    "CertificateState",
    "DeviceAccess",
    "DeviceLibrary",
    "DeviceOffer",
    "FetchedRevocations",
    "Fill",
    "KeyPlace",
    "LastingToken",
    "Level",
    "LocalTimestamps",
    "NoDevice",
    "NoSeal",
    "PdfVerdict",
    "RemoteTimestamps",
    "RevocationSource",
    "SealIdentity",
    "SealLook",
    "SealPlace",
    "SealRequest",
    "SealedRevision",
    "SignatureNotTheirs",
    "SignatureVerdict",
    "TimestampService",
    "TimestampVerdict",
    "TrustStore",
    "UnableToImportSeal",
    "UnableToNormalise",
    "UnableToOpenKeys",
    "UnableToReachDevice",
    "UnableToSeal",
    "begin_revision",
    "can_append",
    "check_lasting",
    "check_request",
    "check_value",
    "climb",
    "describe_key",
    "device_library",
    "end_revision",
    "extract_revision",
    "fill_seal",
    "grow",
    "holds_until",
    "leaf_of",
    "look_of",
    "normalise_for_signing",
    "outside_identity",
    "place_seal",
    "read_lasting",
    "reserved_for",
    "root_line",
    "seal_bytes",
    "seal_in_mass",
    "seal_revision",
    "subject_name",
    "timestamp_service",
    "tokens",
    "verdict_to_json",
    "verify_pdf",
    "verify_timestamp",
]
