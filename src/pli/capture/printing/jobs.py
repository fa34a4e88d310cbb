"""Jobs as a printer keeps them: in the database, so that any process answers and a restart forgets nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet

from pli.capture.deciding import confirm_capture, set_aside
from pli.capture.models import Capture, PrinterQueue, PrintJob
from pli.capture.receiving import Arrival, receive
from pli.capture.states import PRINT_JOB, CaptureState, JobState
from pli.capture.wishes import Wishes
from pli.documents.api import StoredBytes, clean_file_name, clean_title, title_from_file_name
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.errors import NotFound
from pli.kit.ids import digest_token, new_id
from pli.kit.transitions import UnableToMove
from pli.parties.api import Role, StaffActor

SAME_WITHIN = timedelta(minutes=15)
"""The same bytes under the same name by the same user within this time are one job whose answer was lost.

CUPS sends a job again after 30 s, then every 5 minutes (JobRetryInterval); Windows within a minute. Whether the first
answer was read can't be known, so it is not asked. Somebody who prints the very same bytes twice on purpose loses
nothing: both jobs show, and the one document is there.
"""
_APPLICATIONS = ("Microsoft Word - ", "Microsoft PowerPoint - ", "Microsoft Excel - ", "Microsoft Outlook - ")


@dataclass(frozen=True)
class Sender:
    """What the computer says of a job: hints, shown and never trusted."""

    job_name: str
    user_name: str


_LARGEST = 1000
_printers: dict[str, tuple[tuple[object, ...], PrinterQueue]] = {}


def find_printer(secret: str) -> PrinterQueue | None:
    """The printer whose address holds this secret, with its member's rights of this instant.

    Asked at every job: one narrow question says whether the printer this process knows is still the same.
    """
    digest = digest_token(secret)
    with connection.cursor() as cursor:
        cursor.execute(_STAMP, [digest])
        stamp = cursor.fetchone()
    if stamp is None:
        _printers.pop(digest, None)
        return None
    known = _printers.get(digest)
    if known is not None and known[0] == stamp:
        return known[1]
    found = PrinterQueue.objects.select_related("organisation", "member__account").filter(secret_digest=digest).first()
    if found is not None:
        while len(_printers) >= _LARGEST:
            _printers.pop(next(iter(_printers)), None)
        _printers[digest] = (stamp, found)
    return found


# A row's xmin is another after every change of it, whoever made it.
_STAMP = """
SELECT q.id, q.xmin::text, m.xmin::text, a.xmin::text, o.xmin::text
  FROM capture_printerqueue q
  JOIN parties_member m ON m.id = q.member_id
  JOIN parties_account a ON a.id = m.account_id
  JOIN parties_organisation o ON o.id = q.organisation_id
 WHERE q.secret_digest = %s
"""


def is_accepting(printer: PrinterQueue) -> bool:
    """Whether it takes jobs: switched on, and its member still in the team and allowed to file."""
    member = printer.member
    return printer.is_active and member.is_active and member.account.is_active and member.role != Role.AUDITOR


def count_waiting(printer: PrinterQueue) -> int:
    """Jobs that still wait for their document."""
    return PrintJob.objects.filter(queue=printer, state=JobState.OPEN).count()


@transaction.atomic
def open_job(printer: PrinterQueue, sender: Sender, *, clock: Clock = SYSTEM_CLOCK) -> PrintJob:
    """A job whose document comes later."""
    return PrintJob.objects.create(
        queue=printer,
        name=sender.job_name,
        user_name=sender.user_name,
        state=JobState.OPEN,
        created_at=clock.now(),
        touched_at=clock.now(),
    )


def touch_job(job: PrintJob, *, clock: Clock = SYSTEM_CLOCK) -> None:
    """Its document is on its way: it is not swept meanwhile."""
    PrintJob.objects.filter(number=job.number, state=JobState.OPEN).update(touched_at=clock.now())


@transaction.atomic
def receive_job(
    printer: PrinterQueue,
    sender: Sender,
    *,
    stored: StoredBytes,
    media_type: str,
    job: PrintJob | None = None,
    clock: Clock = SYSTEM_CLOCK,
) -> PrintJob:
    """A job with its document, already durable; with ``job``, the document of a job opened before.

    When this is committed the client may hear of success.

    :raises EmptyFile, NotAllowed: as :func:`pli.capture.receiving.receive`.
    :raises UnableToMove: when ``job`` is over, but for the same document sent again.
    """
    now = clock.now()
    if job is not None:
        job = PrintJob.objects.select_for_update().get(number=job.number)
        sender = Sender(job.name, job.user_name)
    fingerprint = fingerprint_of(printer, sender, stored.sha256)
    if job is not None and job.state != JobState.OPEN:
        if job.state == JobState.RECEIVED and job.fingerprint == fingerprint:
            return job
        raise UnableToMove(state=job.state, verb="receive", machine=PRINT_JOB.name)
    first = _find_first(printer, fingerprint, clock)
    identity = job.uuid if job else new_id()
    arrival = arrival_of(printer, sender, stored, media_type, first.source_key if first else f"{identity}")
    capture, is_new = receive(**arrival.arguments(), clock=clock)
    received = job or PrintJob(uuid=identity, queue=printer, name=sender.job_name, user_name=sender.user_name)
    received.created_at = received.created_at or now
    close_row(received, capture, stored, fingerprint, clock)
    received.is_repeat = not is_new
    received.save(force_insert=job is None)
    return received


def close_row(job: PrintJob, capture: Capture, stored: StoredBytes, fingerprint: str, clock: Clock) -> None:
    """Say of a job that its document is there; the caller saves it."""
    job.state, job.capture = JobState.RECEIVED, capture
    job.touched_at = job.ended_at = clock.now()
    job.size, job.fingerprint = stored.size, fingerprint


def arrival_of(printer: PrinterQueue, sender: Sender, stored: StoredBytes, media_type: str, key: str) -> Arrival:
    """A job's document as capture takes it."""
    return Arrival(
        _actor(printer),
        channel="ipp",
        stored=stored,
        file_name=_file_name(sender.job_name),
        source_key=key,
        wishes=Wishes(kind=printer.kind, title=_title(sender.job_name), recipe_id=printer.recipe_id),
        media_type=media_type,
        is_held=printer.asks_first,
    )


def _find_first(printer: PrinterQueue, fingerprint: str, clock: Clock) -> Capture | None:
    """The capture of the same thing sent a moment ago; the transaction holds the right to decide until its end.

    One a person has set aside is no answer to whoever prints again.
    """
    lock_fingerprints([fingerprint])
    former = sent_before([fingerprint], clock).filter(queue=printer).select_related("capture").first()
    return former.capture if former else None


def lock_fingerprints(fingerprints: Sequence[str]) -> None:
    """Take, until the transaction ends, the right to decide what these jobs are; always in one order."""
    keys = sorted({int(fingerprint[:15], 16) for fingerprint in fingerprints})
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(key) FROM unnest(%s::bigint[]) AS key", [keys])


def sent_before(fingerprints: Sequence[str], clock: Clock) -> QuerySet[PrintJob]:
    """Jobs just received with one of these fingerprints, the newest first."""
    return (
        PrintJob.objects.filter(fingerprint__in=fingerprints, ended_at__gte=clock.now() - SAME_WITHIN)
        .exclude(capture__state=CaptureState.DISMISSED)
        .order_by("-number")
    )


def end_job(job: PrintJob, verb: str, *, clock: Clock = SYSTEM_CLOCK) -> None:
    """Cancel or abort a job that still waits for its document.

    :raises UnableToMove: when it is over.
    """
    state = PRINT_JOB.next_state(JobState.OPEN, verb)
    moved = PrintJob.objects.filter(number=job.number, state=JobState.OPEN).update(state=state, ended_at=clock.now())
    job.refresh_from_db()
    if not moved:
        raise UnableToMove(state=job.state, verb=verb, machine=PRINT_JOB.name)


def sweep_jobs(*, older_than_seconds: float, clock: Clock = SYSTEM_CLOCK) -> int:
    """Abort jobs whose document never came (IPP's multiple-operation-time-out); how many."""
    limit = clock.now() - timedelta(seconds=older_than_seconds)
    return PrintJob.objects.filter(state=JobState.OPEN, touched_at__lt=limit).update(
        state=JobState.ABORTED, ended_at=clock.now()
    )


def print_jobs_for(actor: StaffActor) -> QuerySet[PrintJob]:
    """Jobs of shared printers and of one's own; administrators, managers and auditors all of their organisation's."""
    found = PrintJob.objects.filter(queue__organisation_id=actor.organisation_id).select_related(
        "queue", "capture__document", "capture__blob"
    )
    if actor.role == Role.MEMBER:
        return found.filter(queue__is_shared=True) | found.filter(queue__member_id=actor.member_id)
    return found


def get_print_job(actor: StaffActor, uuid: UUID) -> PrintJob:
    """:raises NotFound: when it does not exist for this actor."""
    found = print_jobs_for(actor).filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    return found


def jobs_to_confirm(actor: StaffActor) -> QuerySet[PrintJob]:
    """Jobs that wait for a person, each document once."""
    return print_jobs_for(actor).filter(capture__state=CaptureState.WAITING, is_repeat=False)


@transaction.atomic
def confirm_job(
    actor: StaffActor,
    uuid: UUID,
    *,
    kind: str,
    party_id: UUID | None,
    title: str = "",
    recipe_id: UUID | None = None,
    clock: Clock = SYSTEM_CLOCK,
) -> None:
    """File a held job's document as this person says and in their name; ``recipe_id``: through another recipe than
    its printer's.

    :raises NotFound: for a job they don't see; :raises UnableToMove: when it does not wait; :raises NotAllowed.
    """
    job = get_print_job(actor, uuid)
    if job.capture is None:
        raise NotFound
    wishes = Wishes(kind=kind, party_id=party_id, title=clean_title(title, _title(job.name)), recipe_id=recipe_id)
    confirm_capture(actor, job.capture, wishes=wishes, clock=clock)


@transaction.atomic
def dismiss_job(actor: StaffActor, uuid: UUID, *, clock: Clock = SYSTEM_CLOCK) -> None:
    """Set a held or parked job's document aside; its bytes stay. Raises as :func:`confirm_job`."""
    actor.require_writer()
    job = get_print_job(actor, uuid)
    if job.capture is None:
        raise NotFound
    set_aside(Capture.objects.select_for_update().get(id=job.capture.id), by=actor.reference, clock=clock)


def _actor(printer: PrinterQueue) -> StaffActor:
    member = printer.member
    return StaffActor(printer.organisation_id, member.account_id, member.id, Role(member.role))


def fingerprint_of(printer: PrinterQueue, sender: Sender, sha256: str) -> str:
    """What a job and its retry have in common."""
    return hashlib.sha256(f"{printer.id}\0{sender.user_name}\0{sender.job_name}\0{sha256}".encode()).hexdigest()


def _file_name(job_name: str) -> str:
    name = clean_file_name(_plain(job_name), "impression.pdf")
    return name if name.lower().endswith(".pdf") else f"{name[:140]}.pdf"


def _title(job_name: str) -> str:
    return title_from_file_name(_plain(job_name).rsplit("/", 1)[-1])


def _plain(job_name: str) -> str:
    for application in _APPLICATIONS:
        job_name = job_name.removeprefix(application)
    return job_name.strip()
