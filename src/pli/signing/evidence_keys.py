"""Which keys a proof rests on: the organisation's seal, and a signer's own where they signed with it."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from pli.signing.keys import seal_of
from pli.signing.models import Ceremony, Signer
from pli.signing.own_key_models import OwnSignature, OwnSignatureState
from pli.signing.own_revisions import identity_of


def iso_instant(instant: datetime | None) -> str | None:
    """As the record writes instants: ISO 8601 in UTC, to the millisecond."""
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z") if instant else None


def certificates_data(ceremony: Ceremony) -> dict[str, Any]:
    """The organisation's seal and its issuers."""
    identity = seal_of(ceremony.organisation)
    return {"algorithm": identity.algorithm, "chain": _chain([identity.certificate, *identity.chain])}


def own_key_data(signer: Signer) -> dict[str, Any] | None:
    """Certificate and workstation of a signer who used their own key, what it signed and when; None for the others."""
    if signer.key_agent is None:
        return None
    identity = identity_of(signer.key_agent)
    given = (OwnSignatureState.GIVEN, OwnSignatureState.SIGNED)
    return {
        "how": "the workstation signed the digest with a key held there (PKCS#11); Pli never saw the key nor its PIN",
        "workstation": signer.key_agent.name,
        "name": identity.name,
        "algorithm": identity.algorithm,
        "fingerprint": identity.fingerprint,
        "paired_at": iso_instant(signer.key_agent.paired_at),
        "signed": [
            {
                "document_id": str(row.document_id),
                "message_digest": row.digest,
                "given_to_workstation_at": iso_instant(row.asked_at),
                "signed_at_workstation_at": iso_instant(row.answered_at),
            }
            for row in OwnSignature.objects.filter(signer=signer, state__in=given).order_by("paper__position")
        ],
        "chain": _chain([identity.certificate, *identity.chain]),
    }


def _chain(certificates: Iterable[x509.Certificate]) -> list[dict[str, str]]:
    return [
        {
            "subject": certificate.subject.rfc4514_string(),
            "issuer": certificate.issuer.rfc4514_string(),
            "serial": str(certificate.serial_number),
            "not_after": certificate.not_valid_after_utc.isoformat(),
            "der": base64.b64encode(certificate.public_bytes(Encoding.DER)).decode(),
        }
        for certificate in certificates
    ]
