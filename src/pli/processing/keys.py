"""The key and the timestamp service a recipe's seals are made with; only a worker asks for them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from django.conf import settings

from pli.parties.api import Organisation
from pli.trust.api import SealIdentity, TimestampService, TrustStore, device_library, timestamp_service


@cache
def _store_at(home: Path) -> TrustStore:
    device = device_library(settings.PLI_PKCS11_MODULE, settings.PLI_PKCS11_PIN)
    store = TrustStore(home, passphrase=settings.PLI_KEYS_PASSPHRASE, device=device)
    store.ensure()
    return store


def seal_of(organisation: Organisation) -> SealIdentity:
    """The organisation's seal, the same its ceremonies have; its key is checked once a process."""
    store = _store_at(Path(settings.PLI_HOME))
    return store.ensure_seal(organisation.id, name=organisation.name, siren=organisation.siren)


def timestamps_of(organisation: Organisation) -> TimestampService:
    """The service the organisation has chosen, else the installation's, else Pli's own."""
    chosen = str(organisation.settings.get("tsa_url") or "")
    store = _store_at(Path(settings.PLI_HOME))
    return timestamp_service(store, chosen or settings.PLI_TSA_URL, allow_private=not chosen)
