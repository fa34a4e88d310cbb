"""The organisation's seal: what it is, brought from outside as a PKCS#12 file, or made again by Pli."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding
from django.db import transaction

from pli.journal.api import EventType, record
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.parties.api import Actor, Organisation, Role, StaffActor, get_organisation
from pli.signing import events
from pli.signing.keys import seal_of, trust_store
from pli.trust.api import SealIdentity, describe_key, subject_name


@dataclass(frozen=True)
class SealFacts:
    """What anybody may know of a seal. ``warnings``: expired, expires_soon, not_yet_valid, weak_key."""

    name: str
    subject: str
    issuer: str
    not_before: datetime
    not_after: datetime
    algorithm: str
    fingerprint: str
    is_own: bool
    is_in_device: bool
    warnings: tuple[str, ...]


def describe_seal(actor: Actor, *, clock: Clock = SYSTEM_CLOCK) -> SealFacts:
    """The organisation's seal as it stands (made by Pli's own authority at first need)."""
    return _facts_of(seal_of(get_organisation(actor)), clock)


def import_seal(actor: StaffActor, content: bytes, password: str, *, clock: Clock = SYSTEM_CLOCK) -> SealFacts:
    """Seal from now on with the key and certificate of a PKCS#12 file. The password is used once and kept nowhere.

    :raises UnableToImportSeal: with its reason; the seal in place has not changed.
    :raises NotAllowed: unless an administrator asks.
    """
    actor.require(Role.ADMIN)
    with transaction.atomic():
        organisation = _locked(actor)
        identity = trust_store().import_pkcs12(organisation.id, content, password)
        _tell(events.SEAL_IMPORTED, organisation, actor, identity, clock)
    return _facts_of(identity, clock)


def make_own_seal(actor: StaffActor, *, clock: Clock = SYSTEM_CLOCK) -> SealFacts:
    """Seal from now on with a new key certified by Pli's own authority; the one in place is no longer used.

    :raises NotAllowed: unless an administrator asks.
    """
    actor.require(Role.ADMIN)
    with transaction.atomic():
        organisation = _locked(actor)
        identity = trust_store().renew_seal(organisation.id, name=organisation.name, siren=organisation.siren)
        _tell(events.SEAL_RENEWED, organisation, actor, identity, clock)
    return _facts_of(identity, clock)


@dataclass(frozen=True)
class DeviceFacts:
    """A device's key at the organisation's disposal, as its people may know it."""

    token: str
    name: str
    issuer: str
    not_after: datetime
    algorithm: str
    is_in_use: bool


def describe_device(actor: Actor) -> DeviceFacts | None:
    """The key of a device that whoever runs the server put at the organisation's disposal; None when there is none."""
    organisation = get_organisation(actor)
    offer = trust_store().offered_device(organisation.id)
    if offer is None:
        return None
    certificate = offer.certificates[0]
    seal = seal_of(organisation)
    return DeviceFacts(
        token=offer.place.token,
        name=subject_name(certificate),
        issuer=certificate.issuer.rfc4514_string(),
        not_after=certificate.not_valid_after_utc,
        algorithm=describe_key(certificate),
        is_in_use=seal.is_in_device and seal.certificate == certificate,
    )


def use_device_seal(actor: StaffActor, *, clock: Clock = SYSTEM_CLOCK) -> SealFacts:
    """Seal from now on inside the device that was put at the organisation's disposal.

    :raises NoDevice: none was; :raises UnableToReachDevice: it does not sign now; the seal in place has not changed.
    :raises NotAllowed: unless an administrator asks.
    """
    actor.require(Role.ADMIN)
    with transaction.atomic():
        organisation = _locked(actor)
        identity = trust_store().use_device(organisation.id)
        _tell(events.SEAL_DEVICE_CHOSEN, organisation, actor, identity, clock)
    return _facts_of(identity, clock)


def seal_certificate_pem(actor: Actor) -> bytes:
    """The seal's certificate and its issuers', in PEM; never the key."""
    identity = seal_of(get_organisation(actor))
    return b"".join(one.public_bytes(Encoding.PEM) for one in (identity.certificate, *identity.chain))


def roots_pem() -> bytes:
    """The roots this installation trusts for seals and timestamps, in PEM."""
    return b"".join(root.public_bytes(Encoding.PEM) for root in trust_store().roots())


def _locked(actor: Actor) -> Organisation:
    return Organisation.objects.select_for_update().get(id=actor.organisation_id)


def _facts_of(identity: SealIdentity, clock: Clock) -> SealFacts:
    certificate = identity.certificate
    return SealFacts(
        name=identity.name,
        subject=certificate.subject.rfc4514_string(),
        issuer=certificate.issuer.rfc4514_string(),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        algorithm=identity.algorithm,
        fingerprint=identity.fingerprint,
        is_own=_is_issued_by(certificate, trust_store().authority().certificate),
        is_in_device=identity.is_in_device,
        warnings=identity.warnings(clock.now()),
    )


def _is_issued_by(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _tell(kind: EventType, organisation: Organisation, actor: StaffActor, identity: SealIdentity, clock: Clock) -> None:
    record(
        kind,
        organisation_id=organisation.id,
        subject=("organisation", organisation.id),
        actor=actor.reference,
        data={
            "fingerprint": identity.fingerprint,
            "algorithm": identity.algorithm,
            "not_after": identity.certificate.not_valid_after_utc,
            "warnings": list(identity.warnings(clock.now())),
        },
        clock=clock,
    )
