"""What is asked of a seal, and what comes back."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Literal, Protocol

from cryptography import x509

from pli.trust.identity import SealIdentity
from pli.trust.timestamps import TimestampService


class RevocationSource(Protocol):
    """Who knows whether certificates were revoked, for the levels that carry that knowledge in the file."""

    def crl_for(self, certificate: x509.Certificate, issuer: x509.Certificate) -> bytes:
        """The DER revocation list of ``issuer`` that speaks of ``certificate``, empty when there is none."""
        ...

    def ocsp_for(self, certificate: x509.Certificate, issuer: x509.Certificate) -> bytes:
        """The DER answer of the certificate's responder, good or revoked, empty when there is none."""
        ...

    def issuer_of(self, certificate: x509.Certificate) -> x509.Certificate | None:
        """The issuer's certificate from where the certificate says it is."""
        ...

    def roots(self) -> tuple[x509.Certificate, ...]:
        """The trusted roots, to complete a chain that leaves its root out."""
        ...


Level = Literal["B-B", "B-T", "B-LT", "B-LTA"]


@dataclass(frozen=True)
class Fill:
    """What goes into an empty text field of the file, in the same revision as the signature: its value, and how it
    looks (a one-page PDF the size of the field)."""

    field_name: str
    value: str
    drawing: bytes = field(repr=False)


@dataclass(frozen=True)
class SealRequest:
    """One PAdES signature to add as a new revision.

    ``page`` counts from 1; ``box`` is (x1, y1, x2, y2) in points of the page as displayed (crop box, after
    rotation), origin at its bottom left. ``mark_pdf`` is a one-page PDF drawn into the box; without it the signature
    is invisible. ``lock`` makes this the last one (FieldMDP All, P=1). ``certify`` with ``lock`` makes the only
    signature of a file a certification (DocMDP P=1); it does nothing on a file that is already signed, nor without
    ``lock``: see docs/adr/0011. ``signed_at`` is the claimed
    instant (/M); the timestamp is the proven one.
    """

    identity: SealIdentity
    timestamps: TimestampService | None
    level: Level
    field_name: str
    signed_at: datetime
    signer_name: str = ""
    reason: str = ""
    location: str = ""
    contact: str = ""
    certify: bool = False
    lock: bool = False
    mark_pdf: bytes | None = None
    page: int = 1
    box: tuple[float, float, float, float] = (0, 0, 0, 0)
    # Needed for B-LT and B-LTA; a TrustStore is one.
    revocation: RevocationSource | None = None
    fills: tuple[Fill, ...] = ()


@dataclass(frozen=True)
class SealLook:
    """All of a :class:`SealRequest` that shows in the file, and nothing secret: what a process without the key gets."""

    field_name: str
    signed_at: datetime
    signer_name: str = ""
    reason: str = ""
    location: str = ""
    contact: str = ""
    certify: bool = False
    lock: bool = False
    mark_pdf: bytes | None = None
    page: int = 1
    box: tuple[float, float, float, float] = (0, 0, 0, 0)


def look_of(request: SealRequest) -> SealLook:
    """What of ``request`` shows in the file."""
    return SealLook(**{part.name: getattr(request, part.name) for part in fields(SealLook)})


@dataclass(frozen=True)
class SealedRevision:
    """The facts of a signature just made; ``sha256`` and ``size`` are those of the whole file afterwards."""

    sha256: str
    size: int
    message_digest: str
    signing_time: datetime
    timestamp_time: datetime | None
    certificate_fingerprint: str
    timestamp_token: bytes = field(repr=False)
    algorithm: str
    level: Level
    field_name: str
    # Where the revision this signature covers ends: the file cut there is what was signed, byte for byte.
    signed_size: int
