"""What came in as one list, whatever it came through: who follows it, and who decides of it.

The screens have a list for prints (« Mes impressions ») and one for scans (« À traiter »), each with its own rule of
who sees what; a program has a capture's id alone. The rules are those of the screens.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from pli.capture.deciding import confirm_capture, dismiss_capture, dismiss_waiting, may_settle, retry_capture
from pli.capture.models import Capture, PrintJob
from pli.capture.printing.jobs import confirm_job, dismiss_job, print_jobs_for
from pli.capture.states import CAPTURE, CaptureState
from pli.capture.wishes import Wishes
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.errors import NotAllowed, NotFound
from pli.kit.transitions import UnableToMove
from pli.parties.api import Actor, Role, StaffActor


def captures_followed_by(actor: Actor) -> QuerySet[Capture]:
    """What a member sent, printed on a printer whose jobs they see, or confirmed, and the scans that wait for the whole
    team; the other roles follow all of their organisation's."""
    if not isinstance(actor, StaffActor):
        return Capture.objects.none()
    found = Capture.objects.filter(organisation_id=actor.organisation_id).select_related("blob", "document", "source")
    if actor.role != Role.MEMBER:
        return found
    is_printed = Exists(print_jobs_for(actor).filter(capture_id=OuterRef("id")))
    is_confirmed = Q(actor__member_id=str(actor.member_id))
    waits_for_the_team = Q(state=CaptureState.WAITING, source__isnull=False)
    return found.filter(Q(received_from=actor.reference) | is_confirmed | waits_for_the_team | is_printed)


def get_followed(actor: Actor, capture_id: UUID) -> Capture:
    """:raises NotFound: when this actor does not follow it."""
    found = captures_followed_by(actor).filter(id=capture_id).first()
    if found is None:
        raise NotFound
    return found


def get_to_confirm(actor: StaffActor, capture_id: UUID) -> Capture:
    """A print or a scan that waits for this actor, among others. Raises as :func:`confirm_followed`."""
    return _find(actor, capture_id, "confirm", Capture.objects.select_related("source"))


def prints_of(capture_ids: Iterable[UUID]) -> dict[UUID, PrintJob]:
    """The print job each of these came by, with its printer; the first one where the computer sent it again."""
    wanted = list(capture_ids)
    if not wanted:
        return {}
    # The first last, so that it wins.
    jobs = PrintJob.objects.filter(capture__in=wanted).select_related("queue").order_by("-number")
    return {job.capture_id: job for job in jobs if job.capture_id}


@transaction.atomic
def confirm_followed(actor: StaffActor, capture_id: UUID, *, wishes: Wishes, clock: Clock = SYSTEM_CLOCK) -> Capture:
    """Let a print or a scan that waits go on as this person says, in their name: its kind, party, title and recipe.

    :raises NotFound: for one they don't follow; :raises UnableToMove: when it does not wait any more.
    :raises NotAllowed: for an auditor.
    """
    actor.require_writer()
    capture = _lock(actor, capture_id, "confirm")
    job = prints_of([capture.id]).get(capture.id)
    if job is None:
        return confirm_capture(actor, capture, wishes=wishes, clock=clock)
    confirm_job(
        actor,
        job.uuid,
        kind=wishes.kind,
        party_id=wishes.party_id,
        title=wishes.title,
        recipe_id=wishes.recipe_id,
        clock=clock,
    )
    capture.refresh_from_db()
    return capture


@transaction.atomic
def retry_followed(actor: StaffActor, capture_id: UUID) -> Capture:
    """Examine a parked capture again.

    :raises NotFound: for one they don't follow; :raises UnableToMove: when it is not parked.
    :raises NotAllowed: when another sent it, for a member; for an auditor.
    """
    actor.require_writer()
    capture = _lock(actor, capture_id, "retry")
    if not may_settle(actor, capture):
        raise NotAllowed
    return retry_capture(actor, capture_id)


@transaction.atomic
def dismiss_followed(actor: StaffActor, capture_id: UUID, *, clock: Clock = SYSTEM_CLOCK) -> Capture:
    """Set aside what waits for a person, to be confirmed or for its problem; its bytes stay. Raises as
    :func:`retry_followed`; a print is set aside by whoever sees its job, a scan to be confirmed by everybody."""
    actor.require_writer()
    capture = _lock(actor, capture_id, "dismiss")
    job = prints_of([capture.id]).get(capture.id)
    if job is not None:
        dismiss_job(actor, job.uuid, clock=clock)
        capture.refresh_from_db()
        return capture
    if capture.state == CaptureState.WAITING:
        return dismiss_waiting(actor, capture_id, clock=clock)
    if not may_settle(actor, capture):
        raise NotAllowed
    return dismiss_capture(actor, capture_id, clock=clock)


def _lock(actor: StaffActor, capture_id: UUID, verb: str) -> Capture:
    """As :func:`_find`, held until the transaction ends."""
    return _find(actor, capture_id, verb, Capture.objects.select_related("source").select_for_update(of=("self",)))


def _find(actor: StaffActor, capture_id: UUID, verb: str, rows: QuerySet[Capture]) -> Capture:
    """One the actor follows, once it is known that ``verb`` is a move from where it stands."""
    found = rows.filter(organisation_id=actor.organisation_id, id=capture_id).first()
    if found is None:
        raise NotFound
    if not captures_followed_by(actor).filter(id=found.id).exists():
        if verb != "retry" and found.source is not None and found.source.asks_first:
            # It waited for the whole team: whoever comes second hears that it does no longer.
            raise UnableToMove(state=found.state, verb=verb, machine=CAPTURE.name)
        raise NotFound
    CAPTURE.next_state(found.state, verb)
    return found
