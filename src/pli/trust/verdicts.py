"""What a verification says (vocabulary of EN 319 102-1 §5.1.3), in plain codes that screens translate."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

Verdict = Literal["TOTAL_PASSED", "TOTAL_FAILED", "INDETERMINATE", "NO_SIGNATURE"]


@dataclass(frozen=True)
class SignatureVerdict:
    """One signature (or document timestamp) of a file, oldest first.

    ``is_intact``: the mathematics hold over the revision it covers. ``changes`` lists what differs between that
    revision and the file, beyond further signatures and validation data: ``page_content_changed``,
    ``annotation_added``, ``appearance_changed``…; ``later`` lists the allowed additions: ``signature_added``,
    ``timestamp_added``, ``validation_data_added``. ``revision`` counts from 1; the revision is the first
    ``signed_size`` bytes of the file.
    """

    number: int
    kind: Literal["signature", "timestamp"]
    field_name: str
    is_intact: bool
    is_trusted: bool
    reason: str = ""
    signer_name: str = ""
    claimed_name: str = ""
    stated_reason: str = ""
    certificate_fingerprint: str = ""
    certificate_not_after: datetime | None = None
    issuer_name: str = ""
    signing_time: datetime | None = None
    timestamp_time: datetime | None = None
    timestamp_authority: str = ""
    is_timestamp_trusted: bool = False
    level: Literal["", "B-B", "B-T", "B-LT", "B-LTA"] = ""
    algorithm: str = ""
    covers_whole_file: bool = False
    is_certification: bool = False
    is_locking: bool = False
    changes: tuple[str, ...] = ()
    later: tuple[str, ...] = ()
    revision: int = 0
    signed_size: int = 0
    sha256: str = ""


@dataclass(frozen=True)
class PdfVerdict:
    """The judgement of a whole file. ``reason`` is a plain code, empty when it passed."""

    verdict: Verdict
    modified_after_signing: bool
    signatures: tuple[SignatureVerdict, ...]
    reason: str = ""


_INSTANTS = ("certificate_not_after", "signing_time", "timestamp_time")


def verdict_to_json(verdict: PdfVerdict) -> dict[str, Any]:
    """A form that crosses the sandbox's border."""
    encoded = asdict(verdict)
    for signature in encoded["signatures"]:
        for name in _INSTANTS:
            signature[name] = signature[name].isoformat() if signature[name] else None
    return encoded


def verdict_from_json(encoded: dict[str, Any]) -> PdfVerdict:
    """The inverse of :func:`verdict_to_json`."""
    signatures = []
    for signature in encoded["signatures"]:
        fields = dict(signature)
        for name in _INSTANTS:
            fields[name] = datetime.fromisoformat(fields[name]) if fields[name] else None
        fields["changes"], fields["later"] = tuple(fields["changes"]), tuple(fields["later"])
        signatures.append(SignatureVerdict(**fields))
    return PdfVerdict(
        verdict=encoded["verdict"],
        modified_after_signing=encoded["modified_after_signing"],
        signatures=tuple(signatures),
        reason=encoded["reason"],
    )
