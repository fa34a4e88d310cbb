"""The keys and the timestamp service a ceremony of an organisation is sealed with."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from django.conf import settings

from pli.parties.api import Organisation
from pli.trust.api import (
    FetchedRevocations,
    SealIdentity,
    TimestampService,
    TrustStore,
    device_library,
    timestamp_service,
)


@cache
def _store_at(home: Path) -> TrustStore:
    device = device_library(settings.PLI_PKCS11_MODULE, settings.PLI_PKCS11_PIN)
    store = TrustStore(home, passphrase=settings.PLI_KEYS_PASSPHRASE, device=device)
    store.ensure()
    return store


def trust_store() -> TrustStore:
    """The installation's keys, opened once a process: a key is checked when it is loaded, not at each signature."""
    return _store_at(Path(settings.PLI_HOME))


def seal_of(organisation: Organisation) -> SealIdentity:
    """The organisation's seal: imported, or made by Pli's own authority at first need."""
    return trust_store().ensure_seal(organisation.id, name=organisation.name, siren=organisation.siren)


def timestamps_of(organisation: Organisation) -> TimestampService:
    """The timestamp service the organisation has chosen, else the installation's, else Pli's own.

    Whoever runs the installation may name one inside their own network; an organisation's administrator may not.
    """
    chosen = str(organisation.settings.get("tsa_url") or "")
    return timestamp_service(trust_store(), chosen or settings.PLI_TSA_URL, allow_private=not chosen)


def revocations() -> FetchedRevocations:
    """What says that the certificates of a long-lived signature were not revoked: own list, or what others answer."""
    return FetchedRevocations(trust_store(), allow_private=settings.PLI_ALLOW_PRIVATE_PKI)
