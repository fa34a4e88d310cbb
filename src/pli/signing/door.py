"""The signer's door: the link says who, the device says where it was opened; both are needed to act.

The link selects the signer; no other identifier in a request is ever believed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypedDict
from uuid import UUID

from django.db import transaction

from pli.journal.api import record
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.ids import digest_token, new_token, same_secret
from pli.signing import events
from pli.signing.errors import CeremonyEnded, DeviceUnknown, LinkUnknown, NotYourTurn
from pli.signing.models import Ceremony, CeremonyDocument, Signer
from pli.signing.states import SIGNER, CeremonyState, SignerState
from pli.signing.traces import NOBODY, Visitor, trace

DEVICE_COOKIE_DAYS = 60


def device_cookie(token: str) -> str:
    """The name of the cookie that keeps a link's device: one a link, so that a person may have several open."""
    return f"pli_signer_{digest_token(token)[:16]}"


class DeviceCookie(TypedDict):
    """The arguments of Django's ``set_cookie``."""

    key: str
    value: str
    max_age: int
    path: str
    secure: bool
    httponly: bool
    samesite: Literal["Lax"]


def device_cookie_for(token: str, device: str, *, is_secure: bool) -> DeviceCookie:
    """The cookie that binds a browser to a link; only the signing pages ever see it."""
    return DeviceCookie(
        key=device_cookie(token), value=device, max_age=DEVICE_COOKIE_DAYS * 86_400, path="/s/", secure=is_secure,
        httponly=True, samesite="Lax",
    )  # fmt: skip


@dataclass(frozen=True)
class SignerSession:
    """A signer who holds both the link and the device it was opened on."""

    signer_id: UUID
    link_sha256: str
    device_sha256: str


def signer_by_link(token: str) -> Signer:
    """The signer a link belongs to. Reading it changes nothing: mail scanners follow links.

    :raises LinkUnknown: when no such link is out, or a newer one replaced it.
    """
    found = (
        Signer.objects.select_related("ceremony", "ceremony__organisation")
        .filter(link_sha256=digest_token(token))
        .first()
    )
    if found is None:
        raise LinkUnknown
    return found


@transaction.atomic
def open_link(
    token: str, *, device: str = "", visitor: Visitor = NOBODY, clock: Clock = SYSTEM_CLOCK
) -> tuple[Signer, str]:
    """A person pressed « Commencer »: bind this device to the link and return its token, shown this once.

    Opening on another device moves the signing there: the former device, its code and its verification are void. A
    link opened in person stays on its device, which shows itself by ``device``.

    :raises LinkUnknown, CeremonyEnded, NotYourTurn: when there is nothing to open.
    :raises DeviceUnknown: for an in-person link anywhere but on its own device.
    """
    signer, ceremony = lock_by_link(digest_token(token))
    require_open(signer, ceremony, clock)
    now = clock.now()
    if signer.in_person_until is None:
        device = new_token()
    elif now > signer.in_person_until or not same_secret(signer.device_sha256, digest_token(device)):
        raise DeviceUnknown
    signer.state = SIGNER.next_state(signer.state, "open")
    signer.device_sha256 = digest_token(device)
    signer.opened_at = signer.opened_at or now
    signer.verified_until = None
    signer.ip, signer.user_agent = visitor.ip[:45], visitor.user_agent[:300]
    signer.save()
    signer.codes.filter(used_at=None, voided_at=None).update(voided_at=now)
    trace(signer, "link_opened", {"version": signer.link_version}, visitor=visitor, clock=clock)
    record(
        events.SIGNER_OPENED,
        organisation_id=ceremony.organisation_id,
        subject=("ceremony", ceremony.id),
        actor=f"signer:{signer.id}",
        data={"signer_id": str(signer.id), "ip": visitor.ip, "user_agent": visitor.user_agent[:300]},
        clock=clock,
    )
    return signer, device


def enter(token: str, device: str, *, clock: Clock = SYSTEM_CLOCK) -> SignerSession:
    """The session of a signer who shows both secrets.

    :raises LinkUnknown: for the link; :raises DeviceUnknown: for the device, or once the time in person is over.
    """
    signer = signer_by_link(token)
    is_late = signer.in_person_until is not None and clock.now() > signer.in_person_until
    if is_late and signer.state not in SIGNER.final:
        raise DeviceUnknown
    if not signer.device_sha256 or not same_secret(signer.device_sha256, digest_token(device)):
        raise DeviceUnknown
    return SignerSession(signer.id, signer.link_sha256 or "", signer.device_sha256)


def lock_session(session: SignerSession) -> tuple[Signer, Ceremony]:
    """The session's signer and ceremony, locked; the ceremony first, so that two signers queue and never deadlock.

    :raises LinkUnknown, DeviceUnknown: when either was replaced since the session was entered.
    """
    signer, ceremony = lock_by_link(session.link_sha256)
    if signer.device_sha256 != session.device_sha256:
        raise DeviceUnknown
    return signer, ceremony


def lock_by_link(link_sha256: str) -> tuple[Signer, Ceremony]:
    """:raises LinkUnknown: when no signer holds that link any more."""
    found = Signer.objects.filter(link_sha256=link_sha256).only("id", "ceremony_id").first()
    if found is None:
        raise LinkUnknown
    ceremony = Ceremony.objects.select_for_update().get(id=found.ceremony_id)
    signer = Signer.objects.select_for_update().filter(id=found.id, link_sha256=link_sha256).first()
    if signer is None:
        raise LinkUnknown
    signer.ceremony = ceremony
    return signer, ceremony


def require_open(signer: Signer, ceremony: Ceremony, clock: Clock) -> None:
    """Whether this signer may go on now.

    :raises CeremonyEnded: when the request is over, for all or for this signer; also once its deadline has passed,
        even before the sweep has noticed.
    :raises NotYourTurn: when others come first.
    """
    if ceremony.state == CeremonyState.IN_PROGRESS and clock.now() > ceremony.expires_at:
        raise CeremonyEnded(state=CeremonyState.EXPIRED.label)
    if ceremony.state != CeremonyState.IN_PROGRESS:
        raise CeremonyEnded(state=CeremonyState(ceremony.state).label)
    if signer.state in SIGNER.final:
        raise CeremonyEnded(state=SignerState(signer.state).label)
    if signer.state == SignerState.WAITING:
        raise NotYourTurn


def papers_shown(signer: Signer) -> list[tuple[CeremonyDocument, str]]:
    """Each paper of the ceremony with the SHA-256 of the bytes this signer is shown."""
    papers = signer.ceremony.papers.order_by("position")
    return [(paper, signer.shown.get(str(paper.id), paper.current_sha256)) for paper in papers]
