"""Going on with a phone: what was begun on a desk moves to the device that reads a QR code, under the same session.

The QR code holds the signer's own link and a secret that serves once, within five minutes. It is shown to the signer
alone, where the one-time code was typed; taking over voids that device as opening the link elsewhere would.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

from django.db import transaction

from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.ids import digest_token, new_token
from pli.signing.codes import is_code_proved
from pli.signing.door import SignerSession, lock_by_link, lock_session, require_open
from pli.signing.errors import DeviceUnknown, LinkUnknown
from pli.signing.models import HandOver, Signer
from pli.signing.traces import NOBODY, Visitor, trace

LIFETIME = timedelta(minutes=5)


class HandOverState(StrEnum):
    """Where a hand-over stands, as the desk follows it."""

    WAITING = "waiting"
    TAKEN = "taken"
    OVER = "over"


@transaction.atomic
def offer_hand_over(session: SignerSession, *, visitor: Visitor = NOBODY, clock: Clock = SYSTEM_CLOCK) -> str:
    """The secret a phone takes over with, shown this once; a former one is void.

    :raises DeviceUnknown: when the code was not typed here, or the device is one of the sender's, lent in person.
    :raises CeremonyEnded, NotYourTurn, LinkUnknown: as the door says.
    """
    signer, ceremony = lock_session(session)
    require_open(signer, ceremony, clock)
    if not is_code_proved(signer, clock=clock) or signer.in_person_until is not None:
        raise DeviceUnknown
    token, now = new_token(), clock.now()
    signer.handovers.filter(used_at=None).update(expires_at=now)
    HandOver.objects.create(
        signer=signer,
        token_sha256=digest_token(token),
        from_device_sha256=signer.device_sha256,
        made_at=now,
        expires_at=now + LIFETIME,
    )
    trace(signer, "phone_offered", {}, visitor=visitor, clock=clock)
    return token


@transaction.atomic
def take_over(link: str, token: str, *, visitor: Visitor = NOBODY, clock: Clock = SYSTEM_CLOCK) -> str:
    """Bind the phone to the signing and return its device token, shown this once. The desk's is void from here on.

    :raises LinkUnknown: for a secret that is wrong, late or used, or whose desk no longer holds the signing.
    :raises CeremonyEnded, NotYourTurn: as the door says.
    """
    signer, ceremony = lock_by_link(digest_token(link))
    require_open(signer, ceremony, clock)
    now = clock.now()
    offer = signer.handovers.filter(token_sha256=digest_token(token), used_at=None, expires_at__gt=now).first()
    if offer is None or offer.from_device_sha256 != signer.device_sha256 or not is_code_proved(signer, clock=clock):
        raise LinkUnknown
    device = new_token()
    moved = HandOver.objects.filter(id=offer.id, used_at=None).update(
        used_at=now, to_device_sha256=digest_token(device)
    )
    if not moved:
        raise LinkUnknown
    signer.device_sha256 = digest_token(device)
    signer.save(update_fields=["device_sha256"])
    trace(signer, "phone_took_over", {}, visitor=visitor, clock=clock)
    return device


def hand_over_state(signer: Signer, desk_device: str, *, clock: Clock = SYSTEM_CLOCK) -> HandOverState:
    """Where the last hand-over offered by that desk stands.

    :raises DeviceUnknown: when that device never offered one.
    """
    offer = signer.handovers.filter(from_device_sha256=digest_token(desk_device)).order_by("made_at", "id").last()
    if offer is None:
        raise DeviceUnknown
    if offer.used_at is not None:
        return HandOverState.TAKEN
    return HandOverState.WAITING if clock.now() < offer.expires_at else HandOverState.OVER
