"""Which timestamp service anchors an organisation's journal: the one it seals with."""

from __future__ import annotations

from uuid import UUID

from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings

from pli.parties.api import Organisation
from pli.signing.api import timestamps_of, trust_store
from pli.trust.api import TimestampService, timestamp_service


def timestamps_for(organisation_id: UUID) -> TimestampService:
    """The organisation's own choice, else the installation's, else Pli's own authority."""
    organisation = Organisation.objects.filter(id=organisation_id).first()
    if organisation is None:
        return timestamp_service(trust_store(), str(settings.PLI_TSA_URL))
    return timestamps_of(organisation)


def trusted_roots() -> bytes:
    """The certificates this installation trusts for timestamps, in PEM."""
    return b"".join(root.public_bytes(Encoding.PEM) for root in trust_store().roots())
