"""Signing beside the sender, on a device of the sender's: the code still goes to the signer's own mailbox or phone.

The link made for it is bound to that device from the start, opens nowhere else, and dies soon: whoever reads the
address from the screen holds nothing. What was in the signer's mailbox is void meanwhile; a new link follows if
nothing is signed in time.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.db import transaction

from pli.journal.api import record
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.errors import NotFound
from pli.kit.ids import digest_token, new_token, same_secret
from pli.parties.api import StaffActor
from pli.signing import events
from pli.signing.door import lock_by_link, require_open
from pli.signing.errors import LinkUnknown
from pli.signing.invitations import lock_signer, renew_link, send_new_link
from pli.signing.models import Ceremony, Signer
from pli.signing.states import OPEN_SIGNER_STATES, SIGNER, CeremonyState
from pli.signing.traces import NOBODY, Visitor, trace

IN_PERSON = timedelta(minutes=30)


@transaction.atomic
def open_in_person(
    actor: StaffActor, signer_id: UUID, *, visitor: Visitor = NOBODY, clock: Clock = SYSTEM_CLOCK
) -> tuple[str, str]:
    """Open the signing on the device at hand: the link's token and the device's, both shown this once.

    :raises NotFound: for a signer of another organisation; :raises NotAllowed: for an auditor.
    :raises CeremonyEnded, NotYourTurn: when there is nothing to open.
    """
    actor.require_writer()
    signer, ceremony = lock_signer(actor, signer_id)
    require_open(signer, ceremony, clock)
    token, device = renew_link(signer, reason="in_person", by=actor.reference, clock=clock), new_token()
    now = clock.now()
    signer.state = SIGNER.next_state(signer.state, "open")
    signer.device_sha256 = digest_token(device)
    signer.in_person_until = now + IN_PERSON
    signer.opened_at = signer.opened_at or now
    signer.save()
    trace(signer, "in_person", {"by": actor.reference}, visitor=visitor, clock=clock)
    record(
        events.IN_PERSON_OPENED,
        organisation_id=ceremony.organisation_id,
        subject=("ceremony", ceremony.id),
        actor=actor.reference,
        data={"signer_id": str(signer.id), "until": signer.in_person_until.isoformat()},
        clock=clock,
    )
    return token, device


@transaction.atomic
def claim_in_person(token: str, secret: str, *, visitor: Visitor = NOBODY, clock: Clock = SYSTEM_CLOCK) -> str:
    """Bind the device at hand to a link opened in person from elsewhere: its device token, shown this once. The secret
    serves once; from then on it opens nothing.

    :raises LinkUnknown: for a link or a secret that is wrong, used or late.
    :raises CeremonyEnded, NotYourTurn: as the door says.
    """
    signer, ceremony = lock_by_link(digest_token(token))
    require_open(signer, ceremony, clock)
    is_late = signer.in_person_until is None or clock.now() > signer.in_person_until
    if is_late or not same_secret(signer.device_sha256, digest_token(secret)):
        raise LinkUnknown
    device = new_token()
    signer.device_sha256 = digest_token(device)
    signer.save(update_fields=["device_sha256"])
    trace(signer, "in_person_device", {}, visitor=visitor, clock=clock)
    return device


@transaction.atomic
def open_as_member(actor: StaffActor, signer_id: UUID, *, clock: Clock = SYSTEM_CLOCK) -> str:
    """The link of a request that awaits the member's own signature, opened from the office; shown this once.

    :raises NotFound: when the signer is anybody but the member.
    :raises CeremonyEnded, NotYourTurn: when there is nothing to open.
    """
    found = Signer.objects.filter(id=signer_id, member_id=actor.member_id).first()
    if found is None:
        raise NotFound
    ceremony = Ceremony.objects.select_for_update().get(id=found.ceremony_id)
    signer = Signer.objects.select_for_update().get(id=signer_id)
    signer.ceremony = ceremony
    require_open(signer, ceremony, clock)
    return renew_link(signer, reason="office", by=actor.reference, clock=clock)


def due_in_person(clock: Clock) -> list[UUID]:
    """Signers whose time in person is over and who have not answered."""
    rows = Signer.objects.filter(
        in_person_until__lt=clock.now(), state__in=OPEN_SIGNER_STATES, ceremony__state=CeremonyState.IN_PROGRESS
    )
    return list(rows.values_list("id", flat=True))


@transaction.atomic
def end_in_person(signer_id: UUID, *, clock: Clock = SYSTEM_CLOCK) -> bool:
    """Give a signer who did not answer in person a link by e-mail again; False when there is no need any more."""
    found = Signer.objects.only("ceremony_id").get(id=signer_id)
    ceremony = Ceremony.objects.select_for_update().get(id=found.ceremony_id)
    signer = Signer.objects.select_for_update().get(id=signer_id)
    is_over = signer.in_person_until is not None and clock.now() > signer.in_person_until
    if not is_over or ceremony.state != CeremonyState.IN_PROGRESS or signer.state not in OPEN_SIGNER_STATES:
        return False
    signer.ceremony = ceremony
    send_new_link(signer, reason="in_person_over", by="system:deadline", clock=clock)
    return True
