"""Links: sent to the signer alone, known here by digest only, void as soon as a newer one is out."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.formats import date_format

from pli.journal.api import record
from pli.kit.clock import PARIS, SYSTEM_CLOCK, Clock
from pli.kit.errors import NotFound
from pli.kit.ids import digest_token, new_token
from pli.notifications.api import Channel, Recipient, send_notice
from pli.parties.api import StaffActor
from pli.signing import events
from pli.signing.carriers import carry
from pli.signing.errors import CeremonyEnded, NotYourTurn, UnableToSend
from pli.signing.models import Ceremony, Signer
from pli.signing.queries import ceremonies_for
from pli.signing.roles import SignerRole
from pli.signing.sending_rules import check_signer_address
from pli.signing.states import OPEN_SIGNER_STATES, SIGNER, CeremonyState, SignerState
from pli.signing.traces import trace

REMINDER_EVERY = timedelta(days=3)
LAST_REMINDER_BEFORE = timedelta(days=1)
# A button pressed again within so long was pressed twice.
TWICE = timedelta(seconds=20)


def invite_next(ceremony: Ceremony, *, reason: str, clock: Clock) -> list[Signer]:
    """Invite whoever may answer now: all of the first step that is not over. The caller holds the ceremony's lock."""
    left = list(ceremony.signers.exclude(state__in=SIGNER.final).order_by("step", "position"))
    waiting = [one for one in left if one.step == left[0].step and one.state == SignerState.WAITING]
    for signer in waiting:
        if signer.is_in_person:
            _await_in_person(signer, ceremony, is_sender_there=reason == "sent", clock=clock)
            continue
        by = ceremony.created_by if reason == "sent" else f"system:{reason}"
        _send_link(signer, reason=reason, by=by, template=_invitation_of(signer), clock=clock)
    return waiting


def _await_in_person(signer: Signer, ceremony: Ceremony, *, is_sender_there: bool, clock: Clock) -> None:
    """It is the turn of somebody who signs beside the sender: nothing is sent to them, and the sender is told unless
    they are there this very moment."""
    signer.state = SIGNER.next_state(signer.state, "invite")
    signer.invited_at = clock.now()
    signer.save(update_fields=["state", "invited_at"])
    trace(signer, "in_person_awaited", {}, clock=clock)
    record(
        events.IN_PERSON_AWAITED,
        organisation_id=ceremony.organisation_id,
        subject=("ceremony", ceremony.id),
        actor=ceremony.created_by,
        data={"signer_id": str(signer.id)},
        clock=clock,
    )
    if is_sender_there:
        return
    page = f"{settings.PLI_BASE_URL}/office/signatures/{ceremony.id}/"
    send_notice(
        organisation_id=ceremony.organisation_id,
        template="signature.in_person",
        channel=Channel.EMAIL,
        to=Recipient(ceremony.sender_name, ceremony.sender_email, ceremony.organisation.language),
        fields=notice_fields(ceremony, signer, language=ceremony.organisation.language) | {"lien": page},
        subject=("ceremony", ceremony.id),
        dedupe_key=f"in-person:{signer.id}",
        clock=clock,
    )


def _invitation_of(signer: Signer) -> str:
    return "signature.approval" if signer.role == SignerRole.APPROVER else "signature.invitation"


@transaction.atomic
def reinvite_signer(
    actor: StaffActor,
    signer_id: UUID,
    *,
    email: str = "",
    mobile: str = "",
    clock: Clock = SYSTEM_CLOCK,
) -> Signer:
    """Send a signer a new link, to a corrected address if given; the former link and its codes are void.

    :raises NotFound: for a signer of another organisation.
    :raises CeremonyEnded: when the request is over; :raises NotYourTurn: when the signer still waits for others.
    :raises UnableToSend: when the corrected address is not valid.
    """
    actor.require_writer()
    signer, ceremony = lock_signer(actor, signer_id)
    if ceremony.state != CeremonyState.IN_PROGRESS or signer.state in SIGNER.final:
        raise CeremonyEnded(state=CeremonyState(ceremony.state).label)
    if signer.state == SignerState.WAITING:
        raise NotYourTurn
    reason = "corrected" if email or mobile else "resent"
    reached = (email.strip().lower() or signer.email, mobile or signer.mobile)
    if reached == (signer.email, signer.mobile) and _was_just_sent(signer, reason, clock):
        return signer
    if email or mobile:
        signer.email, signer.mobile = reached
        signer.origin = "corrected"
        problem = check_signer_address(signer.name, signer.email, signer.mobile, signer.code_channel)
        if problem:
            raise UnableToSend(reason=problem)
    _send_link(signer, reason=reason, by=actor.reference, template=_invitation_of(signer), clock=clock)
    return signer


def _was_just_sent(signer: Signer, reason: str, clock: Clock) -> bool:
    """Whether the last thing that happened to the signer is a link that left for this very reason a moment ago: another
    would void the one on its way."""
    last = signer.traces.order_by("-at", "-id").first()
    is_link = last is not None and last.what == "link_sent" and last.detail["reason"] == reason
    return is_link and last is not None and clock.now() - last.at < TWICE


def lock_signer(actor: StaffActor, signer_id: UUID) -> tuple[Signer, Ceremony]:
    """A signer of the actor's organisation and their ceremony, both locked, the ceremony first.

    :raises NotFound: for a signer of another organisation.
    """
    found = Signer.objects.filter(id=signer_id, ceremony__in=ceremonies_for(actor)).first()
    if found is None:
        raise NotFound
    ceremony = Ceremony.objects.select_for_update().get(id=found.ceremony_id)
    return Signer.objects.select_for_update().get(id=signer_id), ceremony


@transaction.atomic
def remind_signer(signer_id: UUID, *, by: str, clock: Clock = SYSTEM_CLOCK) -> bool:
    """Remind a signer who has not answered, with a fresh link; False when there is nothing to remind of.

    ``by`` is who asks: a member's reference, or what of Pli's own does (``reminder``).

    A reminder carries a new link because the former is known here by digest only: it could not be repeated.
    """
    found = Signer.objects.select_related("ceremony").get(id=signer_id)
    ceremony = Ceremony.objects.select_for_update().get(id=found.ceremony_id)
    signer = Signer.objects.select_for_update().get(id=signer_id)
    now = clock.now()
    is_busy = any(until is not None and until > now for until in (signer.verified_until, signer.in_person_until))
    if ceremony.state != CeremonyState.IN_PROGRESS or signer.state not in OPEN_SIGNER_STATES or is_busy:
        return False
    if _was_just_sent(signer, "reminder", clock):
        return True
    signer.reminded_at = now
    asker = by if ":" in by else f"system:{by}"
    template = _invitation_of(signer) if signer.role == SignerRole.APPROVER else "signature.reminder"
    _send_link(signer, reason="reminder", by=asker, template=template, clock=clock)
    return True


def send_new_link(signer: Signer, *, reason: str, by: str, clock: Clock) -> None:
    """Send a locked signer whose turn it is a link of their own, any former one void."""
    _send_link(signer, reason=reason, by=by, template=_invitation_of(signer), clock=clock)


def due_reminders(clock: Clock) -> list[UUID]:
    """Signers to remind now: three days after the last message, and once on the eve of the deadline."""
    now = clock.now()
    rows = Signer.objects.filter(
        state__in=OPEN_SIGNER_STATES, ceremony__state=CeremonyState.IN_PROGRESS, ceremony__expires_at__gt=now,
        is_in_person=False,
    ).select_related("ceremony")  # fmt: skip
    due = []
    for signer in rows.iterator():
        last = signer.reminded_at or signer.invited_at or now
        eve = signer.ceremony.expires_at - LAST_REMINDER_BEFORE
        if now - last >= REMINDER_EVERY or (last < eve <= now and now - last >= timedelta(hours=12)):
            due.append(signer.id)
    return due


def _send_link(signer: Signer, *, reason: str, by: str, template: str, clock: Clock) -> None:
    """Make a new link, void the former, unlock the tries, and hand the link to the signer's mailbox alone."""
    signer.is_in_person = False  # whoever holds a link of their own is waited for no more beside the sender
    token = renew_link(signer, reason=reason, by=by, clock=clock)
    ceremony = signer.ceremony
    link = f"{settings.PLI_BASE_URL}/s/{token}"
    if carry(signer, link, clock=clock):
        return
    send_notice(
        organisation_id=ceremony.organisation_id,
        template=template,
        channel=Channel.EMAIL,
        to=Recipient(signer.name, signer.email, signer.language),
        fields=notice_fields(ceremony, signer),
        secrets={"lien": link},
        subject=("signer", signer.id),
        reply_to=ceremony.sender_email,
        dedupe_key=f"link:{signer.id}:{signer.link_version}",
        clock=clock,
    )


def renew_link(signer: Signer, *, reason: str, by: str, clock: Clock) -> str:
    """A new link for a locked signer, the former void; the token is returned this once and kept by digest."""
    token = new_token()
    now = clock.now()
    ceremony = signer.ceremony
    signer.state = SIGNER.next_state(signer.state, "invite")
    signer.link_sha256 = digest_token(token)
    signer.link_version += 1
    signer.device_sha256 = ""
    signer.in_person_until = None
    if reason in ("resent", "corrected"):
        # Only a person of the organisation unlocks a link; a reminder sent by the clock does not.
        signer.wrong_tries = 0
    signer.verified_until = None
    signer.invited_at = signer.invited_at or now
    signer.save()
    signer.codes.filter(used_at=None, voided_at=None).update(voided_at=now)
    trace(signer, "link_sent", {"version": signer.link_version, "reason": reason}, clock=clock)
    record(
        events.SIGNER_INVITED,
        organisation_id=ceremony.organisation_id,
        subject=("ceremony", ceremony.id),
        actor=by,
        data={"signer_id": str(signer.id), "link_version": signer.link_version, "reason": reason},
        clock=clock,
    )
    return token


def notice_fields(ceremony: Ceremony, signer: Signer | None = None, *, language: str = "") -> dict[str, str]:
    """The merge fields every message about a ceremony may use; none of them is a secret. The last day is spelled in
    ``language``: by default the signer's, else the organisation's."""
    language = language or (signer.language if signer else ceremony.organisation.language)
    with translation.override(language):
        last_day = date_format(ceremony.expires_at.astimezone(PARIS), "DATE_FORMAT")
    fields = {
        "document": ceremony.title,
        "société": ceremony.organisation.name,
        "expéditeur": ceremony.sender_name,
        "date_limite": last_day,
        "message": ceremony.message,
    }
    if signer is not None:
        fields |= {"signataire": signer.name, "numéro_preuve": signer.evidence_number}
    return fields
