"""What each operation does (RFC 8011 §4, PWG 5100.11, 5100.13): from a request to an answer, in two steps.

``begin`` answers at once, or says that a document follows; ``finish`` answers once its bytes are durable. Both touch
the database and so run in a thread, beside the loop that reads bodies.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

from pli.capture.channels.ipp import attributes as ipp
from pli.capture.channels.ipp.attributes import Operation
from pli.capture.channels.ipp.codec import Attribute, Group, Message, Tag, group_of, make
from pli.capture.channels.ipp.documents import CorruptDocument, DocumentSink, UnsupportedDocument
from pli.capture.channels.ipp.facts import job_facts, printer_facts
from pli.capture.channels.ipp.statuses import Refused, Status
from pli.capture.errors import EmptyFile, FileTooLarge
from pli.capture.models import PrinterQueue, PrintJob
from pli.capture.printing import jobs
from pli.capture.printing.addresses import PATH
from pli.capture.printing.batches import RECORDER, Received
from pli.capture.printing.jobs import Sender
from pli.capture.printing.withdrawing import withdraw_job
from pli.capture.states import JobState
from pli.documents.api import UnableToStore
from pli.kit.clock import Clock
from pli.kit.errors import NotAllowed
from pli.kit.ids import digest_token
from pli.kit.transitions import UnableToMove

_MOST_JOBS = 500


@dataclass(frozen=True)
class Request:
    """A well-formed request to one printer."""

    message: Message
    printer: PrinterQueue
    secret: str
    clock: Clock

    @property
    def asked(self) -> dict[str, Attribute]:
        """Its operation attributes."""
        group = self.message.group(Tag.OPERATION)
        return group.attributes if group else {}

    def text(self, name: str, otherwise: str = "") -> str:
        """The first value of an operation attribute, as text on one line."""
        found = self.asked.get(name)
        shown = str(found.value) if found and found.values else otherwise
        return "".join(character for character in shown if character.isprintable())[:255] or otherwise


@dataclass(frozen=True)
class Awaiting:
    """A request whose document follows: where it goes, and the job it belongs to when one was opened before."""

    request: Request
    sink: DocumentSink
    job: PrintJob | None = None


def begin(message: Message, printer: PrinterQueue, secret: str, clock: Clock) -> Message | Awaiting:
    """Answer, or say that the document must be read first."""
    request = Request(message, printer, secret, clock)
    try:
        _check_shape(message)
        return _HANDLERS[Operation(message.code)](request)
    except Refused as refusal:
        return _refuse(message, refusal)
    except UnableToMove:
        return _refuse(message, Refused(Status.NOT_POSSIBLE))


def finish(awaiting: Awaiting, rest: bytes) -> Message:
    """Keep the document whose last bytes are ``rest``, record its job, answer."""
    request = awaiting.request
    try:
        return _finish(awaiting, rest)
    except Refused as refusal:
        return _refuse(request.message, refusal)
    except Exception as error:
        status = status_of(error)
        if status is None:
            raise
        return refuse_document(awaiting, status)
    finally:
        awaiting.sink.close()


def refuse_document(awaiting: Awaiting, status: Status) -> Message:
    """The answer to a document that is not kept; the job it was for is over when the same document would not be either.

    A sender (CUPS for one) asks after its job until it is over: everything behind a job left open would wait with it.
    """
    request, job = awaiting.request, awaiting.job
    if job is not None and status in _LASTING:
        _abort(request, job)
    return _refuse(request.message, Refused(status))


def _abort(request: Request, job: PrintJob) -> None:
    with contextlib.suppress(UnableToMove):
        jobs.end_job(job, "abort", clock=request.clock)


def status_of(error: Exception) -> Status | None:
    """What a document's refusal is called in IPP; None for what nobody foresaw."""
    for kind, status in _REFUSALS:
        if isinstance(error, kind):
            return status
    return None


_REFUSALS: tuple[tuple[type[Exception], Status], ...] = (
    (UnsupportedDocument, Status.FORMAT_NOT_SUPPORTED),
    (CorruptDocument, Status.COMPRESSION_ERROR),
    (FileTooLarge, Status.TOO_LARGE),
    (EmptyFile, Status.BAD_REQUEST),
    (UnableToMove, Status.NOT_POSSIBLE),
    (NotAllowed, Status.NOT_ACCEPTING),
    # A full disk passes: the client keeps the job and tries again.
    (UnableToStore, Status.BUSY),
)

_LASTING = frozenset({Status.FORMAT_NOT_SUPPORTED, Status.COMPRESSION_ERROR, Status.TOO_LARGE})
"""Refusals that sending the same document again would only repeat."""


def _finish(awaiting: Awaiting, rest: bytes) -> Message:
    request, sink, job = awaiting.request, awaiting.sink, awaiting.job
    if rest:
        sink.write(rest)
    if sink.is_empty:
        if job is None:
            raise Refused(Status.BAD_REQUEST)
        if job.state == JobState.OPEN and _flag(request, "last-document"):
            jobs.end_job(job, "abort", clock=request.clock)
        return _answer_job(request, job)
    stored = sink.keep()
    sender = _sender(request)
    if job is None:
        received = RECORDER.record(Received(request.printer, sender, stored, sink.media_type, request.clock))
    else:
        received = jobs.receive_job(
            request.printer, sender, stored=stored, media_type=sink.media_type, job=job, clock=request.clock
        )
    return _answer_job(request, received)


def refuse(message: Message, status: Status) -> Message:
    """The answer that refuses ``message``."""
    return _refuse(message, Refused(status))


def _refuse(message: Message, refusal: Refused) -> Message:
    groups = [Group(Tag.UNSUPPORTED_GROUP, dict(refusal.unsupported))] if refusal.unsupported else []
    return _answer(message, refusal.status, groups)


def _answer(message: Message, status: int, groups: list[Group] | None = None) -> Message:
    version = message.version if message.version[0] in (1, 2) else (2, 0)
    head = group_of(
        Tag.OPERATION,
        [make("attributes-charset", Tag.CHARSET, "utf-8"), make("attributes-natural-language", Tag.LANGUAGE, "en")],
    )
    return Message(version, status, message.request_id, [head, *(groups or [])])


def _check_shape(message: Message) -> None:
    """What every request must have (RFC 8011 §4.1)."""
    if message.version[0] not in (1, 2):
        raise Refused(Status.VERSION_NOT_SUPPORTED)
    if message.request_id < 1 or not message.groups or message.groups[0].tag != Tag.OPERATION:
        raise Refused(Status.BAD_REQUEST)
    attributes = message.groups[0].attributes
    if list(attributes)[:2] != ["attributes-charset", "attributes-natural-language"]:
        raise Refused(Status.BAD_REQUEST)
    if str(attributes["attributes-charset"].value).lower() not in ("utf-8", "us-ascii"):
        raise Refused(Status.CHARSET_NOT_SUPPORTED)
    if message.code not in set(Operation):
        raise Refused(Status.OPERATION_NOT_SUPPORTED)
    if not {"printer-uri", "job-uri"} & attributes.keys():
        raise Refused(Status.BAD_REQUEST)


def _check_job(request: Request) -> tuple[int, dict[str, Attribute]]:
    """Whether a job asked for like this can be made; the status of success, and what of it is ignored."""
    if not jobs.is_accepting(request.printer):
        raise Refused(Status.NOT_ACCEPTING)
    _check_document(request)
    group = request.message.group(Tag.JOB)
    unknown = {name: Attribute(name, Tag.UNSUPPORTED, ()) for name in group.attributes} if group else {}
    ignored = {name: attribute for name, attribute in unknown.items() if name not in ipp.CREATION}
    if ignored and _flag(request, "ipp-attribute-fidelity"):
        raise Refused(Status.ATTRIBUTES_NOT_SUPPORTED, ignored)
    return (Status.OK_IGNORED if ignored else Status.OK), ignored


def _check_document(request: Request) -> None:
    kind = request.asked.get("document-format")
    if kind and str(kind.value).lower() not in ipp.FORMATS:
        raise Refused(Status.FORMAT_NOT_SUPPORTED, {kind.name: kind})
    packing = request.asked.get("compression")
    if packing and packing.value not in ipp.COMPRESSIONS:
        raise Refused(Status.COMPRESSION_NOT_SUPPORTED, {packing.name: packing})


def _print_job(request: Request) -> Message | Awaiting:
    _check_job(request)
    return Awaiting(request, _sink(request))


def _validate_job(request: Request) -> Message:
    status, ignored = _check_job(request)
    return _answer(request.message, status, [Group(Tag.UNSUPPORTED_GROUP, ignored)] if ignored else [])


def _create_job(request: Request) -> Message:
    _check_job(request)
    return _answer_job(request, jobs.open_job(request.printer, _sender(request), clock=request.clock))


def _send_document(request: Request) -> Message | Awaiting:
    if "last-document" not in request.asked:
        raise Refused(Status.BAD_REQUEST)
    job = _find_job(request)
    if job.state in (JobState.CANCELED, JobState.ABORTED):
        raise Refused(Status.NOT_POSSIBLE)
    if not jobs.is_accepting(request.printer):
        raise Refused(Status.NOT_ACCEPTING)
    try:
        _check_document(request)
    except Refused:
        _abort(request, job)
        raise
    jobs.touch_job(job, clock=request.clock)
    return Awaiting(request, _sink(request), job)


def _close_job(request: Request) -> Message:
    job = _find_job(request)
    if job.state == JobState.OPEN:
        jobs.end_job(job, "abort", clock=request.clock)
    elif job.state != JobState.RECEIVED:
        raise Refused(Status.NOT_POSSIBLE)
    return _answer_job(request, job)


def _cancel_job(request: Request) -> Message:
    job = _find_job(request)
    if job.state == JobState.RECEIVED:
        withdraw_job(job, user_name=request.text("requesting-user-name", "anonymous"), clock=request.clock)
    else:
        jobs.end_job(job, "cancel", clock=request.clock)
    return _answer(request.message, Status.OK)


def _cancel_my_jobs(request: Request) -> Message:
    asked = request.asked.get("job-ids")
    mine = PrintJob.objects.filter(
        queue=request.printer, state=JobState.OPEN, user_name=request.text("requesting-user-name", "anonymous")
    )
    for job in mine.filter(number__in=asked.values) if asked else mine:
        jobs.end_job(job, "cancel", clock=request.clock)
    return _answer(request.message, Status.OK)


def _get_job_attributes(request: Request) -> Message:
    job = _find_job(request)
    described = ipp.job_description(printer_facts(request.printer, request.secret), job_facts(job), request.clock.now())
    chosen = ipp.choose_job_attributes(described, ipp.values_of(request.asked, "requested-attributes"))
    return _answer(request.message, Status.OK, [group_of(Tag.JOB, chosen)])


def _get_jobs(request: Request) -> Message:
    which = request.text("which-jobs", "not-completed")
    if which not in ("completed", "not-completed"):
        raise Refused(Status.ATTRIBUTES_NOT_SUPPORTED, {"which-jobs": request.asked["which-jobs"]})
    found = PrintJob.objects.filter(queue=request.printer)
    found = found.filter(state=JobState.OPEN) if which == "not-completed" else found.exclude(state=JobState.OPEN)
    if _flag(request, "my-jobs"):
        found = found.filter(user_name=request.text("requesting-user-name", "anonymous"))
    asked = request.asked.get("limit")
    limit = min(asked.value, _MOST_JOBS) if asked and isinstance(asked.value, int) and asked.value > 0 else _MOST_JOBS
    requested = ipp.values_of(request.asked, "requested-attributes") or tuple(ipp.JOB_LISTED)
    printer, now = printer_facts(request.printer, request.secret), request.clock.now()
    groups = [
        group_of(Tag.JOB, ipp.choose_job_attributes(ipp.job_description(printer, job_facts(job), now), requested))
        for job in found.order_by("-number")[:limit]
    ]
    return _answer(request.message, Status.OK, groups)


def _get_printer_attributes(request: Request) -> Message:
    kind = request.asked.get("document-format")
    if kind and str(kind.value).lower() not in ipp.FORMATS:
        raise Refused(Status.FORMAT_NOT_SUPPORTED, {kind.name: kind})
    requested = ipp.values_of(request.asked, "requested-attributes")
    chosen = ipp.printer_attributes(printer_facts(request.printer, request.secret), request.clock.now(), requested)
    return _answer(request.message, Status.OK, [group_of(Tag.PRINTER, chosen)])


def _identify_printer(request: Request) -> Message:
    """There is no bell to ring; clients only want to hear that it is there."""
    return _answer(request.message, Status.OK)


_HANDLERS: dict[Operation, Callable[[Request], Message | Awaiting]] = {
    Operation.PRINT_JOB: _print_job,
    Operation.VALIDATE_JOB: _validate_job,
    Operation.CREATE_JOB: _create_job,
    Operation.SEND_DOCUMENT: _send_document,
    Operation.CANCEL_JOB: _cancel_job,
    Operation.GET_JOB_ATTRIBUTES: _get_job_attributes,
    Operation.GET_JOBS: _get_jobs,
    Operation.GET_PRINTER_ATTRIBUTES: _get_printer_attributes,
    Operation.CANCEL_MY_JOBS: _cancel_my_jobs,
    Operation.CLOSE_JOB: _close_job,
    Operation.IDENTIFY_PRINTER: _identify_printer,
}


def _find_job(request: Request) -> PrintJob:
    """The job named by ``job-uri``, or by ``job-id`` beside ``printer-uri``."""
    named = request.asked.get("job-id")
    number = named.value if named else None
    if number is None and "job-uri" in request.asked:
        number = _number_in(request.text("job-uri"), request.printer)
    if not isinstance(number, int):
        raise Refused(Status.BAD_REQUEST)
    found = PrintJob.objects.filter(queue=request.printer, number=number).first() if 0 < number < 2**31 else None
    if found is None:
        raise Refused(Status.NOT_FOUND)
    return found


def _number_in(uri: str, printer: PrinterQueue) -> int:
    parts = urlsplit(uri).path.removeprefix(PATH).split("/")
    if len(parts) != 2 or digest_token(parts[0]) != printer.secret_digest or not parts[1].isascii():
        raise Refused(Status.NOT_FOUND)
    if not parts[1].isdigit():
        raise Refused(Status.NOT_FOUND)
    return int(parts[1][:10])


def _sink(request: Request) -> DocumentSink:
    return DocumentSink(compression=request.text("compression", "none"), limit=settings.PLI_MAX_UPLOAD_BYTES)


def _flag(request: Request, name: str) -> bool:
    found = request.asked.get(name)
    return bool(found and found.value is True)


def _sender(request: Request) -> Sender:
    named = request.asked.get("job-name") or request.asked.get("document-name")
    name = request.text(named.name) if named else ""
    return Sender(name or "Sans titre", request.text("requesting-user-name", "anonymous"))


def _answer_job(request: Request, job: PrintJob) -> Message:
    described = ipp.job_description(
        printer_facts(request.printer, request.secret, counted=False), job_facts(job), request.clock.now()
    )
    told = [attribute for attribute in described if attribute.name in ipp.JOB_ANSWER]
    return _answer(request.message, Status.OK, [group_of(Tag.JOB, told)])
