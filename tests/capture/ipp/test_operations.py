"""Each operation, and each refusal of PRINTER.md, over real HTTP against a real process."""

from __future__ import annotations

import gzip
import hashlib
import struct
import zlib
from datetime import timedelta
from pathlib import Path

import pytest

from pli.capture.api import (
    Capture,
    CaptureState,
    JobState,
    PrinterQueue,
    PrintJob,
    change_printer,
    dismiss_capture,
    printer_address,
    renew_address,
)
from pli.capture.channels.ipp.attributes import Operation, job_template
from pli.capture.channels.ipp.codec import Attribute, Message, Tag, decode, encode, group_of, make
from pli.capture.printing.jobs import sweep_jobs
from pli.documents.api import blob_path
from pli.kit.clock import SYSTEM_CLOCK
from tests.capture.ipp.client import HEAD, Printer, job_number, named, of, of_job, request
from tests.capture.ipp.conftest import PrinterProcess, make_pdf
from tests.capture.ipp.test_raster import pwg, urf
from tests.support.people import House
from tests.support.queue import RunJobs

PDF = make_pdf()
DIGEST = hashlib.sha256(PDF).hexdigest()


def test_a_printed_document_is_durable_when_the_answer_comes_and_is_then_filed(
    printer: Printer, house: House, run_jobs: RunJobs
) -> None:
    answer = printer.print(PDF, "Microsoft Word - Devis_toiture.docx")
    assert (answer.code, of(answer, Tag.JOB, "job-state")) == (0, 9)
    capture = Capture.objects.get()
    assert blob_path(DIGEST).read_bytes() == PDF and capture.blob_id == DIGEST
    assert capture.state == CaptureState.RECEIVED
    run_jobs()
    capture.refresh_from_db()
    assert capture.state == CaptureState.FILED and capture.document is not None
    assert (capture.document.title, capture.document.kind.slug) == ("Devis toiture", "quote")
    assert capture.document.created_by == house.chloe.reference


def test_a_job_in_two_steps(printer: Printer) -> None:
    number = job_number(printer.ask(Operation.CREATE_JOB, *named("Facture")))
    described = printer.ask(Operation.GET_JOB_ATTRIBUTES, of_job(number))
    assert (of(described, Tag.JOB, "job-state"), of(described, Tag.JOB, "job-state-reasons")) == (3, "job-incoming")
    last = make("last-document", Tag.BOOLEAN, True)
    sent = printer.ask(Operation.SEND_DOCUMENT, of_job(number), last, document=PDF)
    assert (job_number(sent), of(sent, Tag.JOB, "job-state")) == (number, 9)
    assert job_number(printer.ask(Operation.CLOSE_JOB, of_job(number))) == number
    # The same document again is the same answer lost; another one has nowhere to go.
    assert printer.ask(Operation.SEND_DOCUMENT, of_job(number), last, document=PDF).code == 0
    assert printer.ask(Operation.SEND_DOCUMENT, of_job(number), last, document=make_pdf("Autre")).code == 0x0404
    assert Capture.objects.get().resent == 0


def test_the_same_job_sent_again_is_one_capture(printer: Printer, house: House) -> None:
    first, second = printer.print(PDF), printer.print(PDF)
    assert job_number(first) != job_number(second)
    assert list(PrintJob.objects.order_by("number").values_list("is_repeat", flat=True)) == [False, True]
    assert Capture.objects.get().resent == 1
    printer.print(PDF, "Autre nom")
    printer.print(PDF, user="bruno")
    printer.print(make_pdf("Autre"))
    assert Capture.objects.count() == 4


def test_printed_again_after_it_was_set_aside_or_much_later_is_new(printer: Printer, house: House) -> None:
    printer.print(PDF)
    PrintJob.objects.update(ended_at=SYSTEM_CLOCK.now() - timedelta(hours=1))
    printer.print(PDF)
    assert Capture.objects.count() == 2
    Capture.objects.update(state=CaptureState.PARKED)
    for capture in Capture.objects.all():
        dismiss_capture(house.chloe, capture.id)
    printer.print(PDF)
    assert Capture.objects.count() == 3


def test_packed_documents_are_kept_unpacked(printer: Printer) -> None:
    raw = zlib.compressobj(wbits=-15)
    packed = {
        "gzip": [gzip.compress(PDF)],
        "deflate": [zlib.compress(PDF), raw.compress(PDF) + raw.flush()],
    }
    for compression, contents in packed.items():
        asked = make("compression", Tag.KEYWORD, compression)
        for content in contents:
            assert printer.ask(Operation.PRINT_JOB, *named(compression), asked, document=content).code == 0
    assert set(Capture.objects.values_list("blob_id", flat=True)) == {DIGEST}
    for name, content, status in (
        ("gzip", b"not gzip at all", 0x0410), ("gzip", gzip.compress(PDF)[:-20], 0x0410), ("lzw", PDF, 0x040F)
    ):  # fmt: skip
        asked = make("compression", Tag.KEYWORD, name)
        assert printer.ask(Operation.PRINT_JOB, *named("x"), asked, document=content).code == status


def test_what_unpacks_beyond_the_limit_is_refused(tmp_path: Path, house: House, queue: PrinterQueue) -> None:
    from pli.capture.channels.ipp.documents import DocumentSink
    from pli.capture.errors import FileTooLarge

    bomb = gzip.compress(b"%PDF-1.7" + bytes(30 << 20))
    sink = DocumentSink(compression="gzip", limit=10 << 20)
    with pytest.raises(FileTooLarge):
        sink.write(bomb)
    sink.close()


@pytest.mark.parametrize(
    ("content", "declared"),
    [
        (b"%!PS-Adobe-3.0\n" + b"x" * 2000, "application/octet-stream"), (b"%!PS\n%PDF-1.4", "application/pdf"),
        (b"hello " * 300, "application/octet-stream"), (b"short", "application/pdf"),
        (PDF, "application/postscript"), (PDF, "text/plain"),
    ],
)  # fmt: skip
def test_what_is_no_document_is_refused(printer: Printer, content: bytes, declared: str) -> None:
    declared_as = make("document-format", Tag.MIME, declared)
    assert printer.ask(Operation.PRINT_JOB, *named("x"), declared_as, document=content).code == 0x040A
    assert not Capture.objects.exists() and not PrintJob.objects.exists()


@pytest.mark.parametrize(
    ("content", "declared", "packed", "status"),
    [
        (b"%!PS-Adobe-3.0\n" + b"x" * 2000, "application/octet-stream", "none", 0x040A),
        (b"%!PS-Adobe-3.0\n" + b"x" * (3 << 20), "application/octet-stream", "none", 0x040A),
        (PDF, "application/postscript", "none", 0x040A),
        (b"not gzip at all", "application/pdf", "gzip", 0x0410),
        (PDF, "application/pdf", "lzw", 0x040F),
    ],
    ids=["postscript", "long-postscript", "declared", "corrupt", "packing"],
)
def test_a_job_whose_document_is_refused_is_over(
    printer: Printer, content: bytes, declared: str, packed: str, status: int
) -> None:
    """CUPS asks after a job until it is over, and holds up all that is behind it meanwhile."""
    number = job_number(printer.ask(Operation.CREATE_JOB, *named("x")))
    how = [make("document-format", Tag.MIME, declared), make("compression", Tag.KEYWORD, packed)]
    last = make("last-document", Tag.BOOLEAN, True)
    refused = printer.ask(Operation.SEND_DOCUMENT, of_job(number), last, *how, document=content)
    assert refused.code == status
    assert PrintJob.objects.get(number=number).state == JobState.ABORTED
    assert not Capture.objects.exists()


def test_bad_requests(printer: Printer) -> None:
    charset, language = HEAD
    uri = make("printer-uri", Tag.URI, printer.uri)
    get, send = Operation.GET_PRINTER_ATTRIBUTES, Operation.SEND_DOCUMENT

    def ask(version: tuple[int, int], code: int, identity: int, *asked: Attribute, tag: int = Tag.OPERATION) -> Message:
        groups = [group_of(tag, asked)] if asked else []
        return printer.send(Message(version, code, identity, groups))

    assert ask((3, 0), get, 1, charset, language, uri).code == 0x0503
    assert ask((0, 9), get, 1, charset, language, uri).code == 0x0503
    assert ask((1, 0), get, 1, charset, language, uri).version == (1, 0)
    assert ask((2, 0), get, 0, charset, language, uri).code == 0x0400
    assert ask((2, 0), get, 1).code == 0x0400
    assert ask((2, 0), get, 1, charset, language, uri, tag=Tag.JOB).code == 0x0400
    assert ask((2, 0), get, 1, language, charset, uri).code == 0x0400
    assert ask((2, 0), get, 1, charset, language).code == 0x0400
    assert ask((2, 0), get, 1, make("attributes-charset", Tag.CHARSET, "latin1"), language, uri).code == 0x040D
    assert ask((2, 0), 0x4001, 1, charset, language, uri).code == 0x0501
    number = job_number(printer.ask(Operation.CREATE_JOB, *named("x")))
    assert ask((2, 0), send, 1, charset, language, uri, of_job(number)).code == 0x0400
    assert printer.ask(Operation.PRINT_JOB, *named("x")).code == 0x0400
    assert printer.post(b"\x02\x00\x00")[0] == 400
    assert printer.post(b"\x02\x00\x00\x0b\x00\x00\x00\x01\x01" + b"\x44\x7f\xff" + b"a" * (2 << 20))[0] == 400


def test_jobs_that_are_not_there_or_over(printer: Printer, house: House) -> None:
    assert printer.ask(Operation.GET_JOB_ATTRIBUTES, of_job(999)).code == 0x0406
    number = job_number(printer.print(PDF))
    assert printer.ask(Operation.CANCEL_JOB, of_job(number)).code == 0x0404
    opened = job_number(printer.ask(Operation.CREATE_JOB, *named("x")))
    assert printer.ask(Operation.CANCEL_JOB, of_job(opened)).code == 0
    last = make("last-document", Tag.BOOLEAN, True)
    assert printer.ask(Operation.SEND_DOCUMENT, of_job(opened), last, document=PDF).code == 0x0404
    by_uri = [*HEAD, make("job-uri", Tag.URI, f"{printer.uri}/{number}")]
    asked = Message((2, 0), Operation.GET_JOB_ATTRIBUTES, 1, [group_of(Tag.OPERATION, by_uri)])
    assert of(printer.send(asked), Tag.JOB, "job-id") == number
    strange = [*HEAD, make("job-uri", Tag.URI, f"ipp://h/ipp/print/{'x' * 43}/{number}")]
    asked = Message((2, 0), Operation.GET_JOB_ATTRIBUTES, 1, [group_of(Tag.OPERATION, strange)])
    assert printer.send(asked).code == 0x0406


def test_lists_of_jobs(printer: Printer) -> None:
    done = job_number(printer.print(PDF))
    mine = job_number(printer.ask(Operation.CREATE_JOB, *named("a", "sofia")))
    other = job_number(printer.ask(Operation.CREATE_JOB, *named("b", "bruno")))

    def numbers(*asked: Attribute) -> list[int]:
        answer = printer.ask(Operation.GET_JOBS, *asked)
        return [group.attributes["job-id"].value for group in answer.groups if group.tag == Tag.JOB]

    assert numbers() == [other, mine]
    assert numbers(make("which-jobs", Tag.KEYWORD, "completed")) == [done]
    assert numbers(named("", "bruno")[0], make("my-jobs", Tag.BOOLEAN, True)) == [other]
    assert numbers(make("limit", Tag.INTEGER, 1)) == [other]
    listed = printer.ask(Operation.GET_JOBS).group(Tag.JOB)
    assert listed is not None and set(listed.attributes) == {"job-id", "job-uri"}
    assert printer.ask(Operation.GET_JOBS, make("which-jobs", Tag.KEYWORD, "proof-print")).code == 0x040B
    assert printer.ask(Operation.CANCEL_MY_JOBS, named("", "sofia")[0]).code == 0
    assert numbers() == [other]


def test_a_job_cancelled_while_it_was_sent_is_taken_back(printer: Printer, house: House, run_jobs: RunJobs) -> None:
    """As CUPS does it: the document ends where the sending stood, then comes Cancel-Job."""
    sofia, bruno = (make("requesting-user-name", Tag.NAME, name) for name in ("sofia", "bruno"))
    half = PDF[: len(PDF) // 2]
    number = job_number(printer.print(half))
    assert printer.ask(Operation.CANCEL_JOB, bruno, of_job(number)).code == 0x0404
    assert printer.ask(Operation.CANCEL_JOB, sofia, of_job(number)).code == 0
    assert of(printer.ask(Operation.GET_JOB_ATTRIBUTES, of_job(number)), Tag.JOB, "job-state") == 7
    run_jobs()
    assert Capture.objects.get().state == CaptureState.DISMISSED
    # Once it is filed, or some time after, it is too late.
    filed = job_number(printer.print(PDF))
    run_jobs()
    assert printer.ask(Operation.CANCEL_JOB, sofia, of_job(filed)).code == 0x0404
    parked = job_number(printer.print(half))
    run_jobs()
    PrintJob.objects.update(ended_at=SYSTEM_CLOCK.now() - timedelta(minutes=2))
    assert printer.ask(Operation.CANCEL_JOB, sofia, of_job(parked)).code == 0x0404
    assert list(Capture.objects.order_by("received_at").values_list("state", flat=True)) == [
        CaptureState.DISMISSED, CaptureState.FILED, CaptureState.PARKED,
    ]  # fmt: skip


@pytest.mark.parametrize("cut", [pwg(pages=2)[:-9], urf(pages=2)[:-9]], ids=["pwg", "urf"])
def test_a_raster_cancelled_while_it_was_sent_is_taken_back_once_it_was_looked_into(
    printer: Printer, house: House, run_jobs: RunJobs, cut: bytes
) -> None:
    sofia, bruno = (make("requesting-user-name", Tag.NAME, name) for name in ("sofia", "bruno"))
    number = job_number(printer.print(cut))
    assert printer.ask(Operation.CANCEL_JOB, sofia, of_job(number)).code == 0x0404
    run_jobs()
    assert Capture.objects.get().state == CaptureState.DISMISSED
    assert of(printer.ask(Operation.GET_JOB_ATTRIBUTES, of_job(number)), Tag.JOB, "job-state") == 7
    # One that came whole is filed; one that somebody else cancels is told of; one asked for too late as well.
    assert printer.ask(Operation.CANCEL_JOB, sofia, of_job(job_number(printer.print(pwg())))).code == 0x0404
    assert printer.ask(Operation.CANCEL_JOB, bruno, of_job(job_number(printer.print(cut)))).code == 0x0404
    late = job_number(printer.print(cut, user="Paul"))
    PrintJob.objects.filter(number=late).update(ended_at=SYSTEM_CLOCK.now() - timedelta(minutes=2))
    assert printer.ask(Operation.CANCEL_JOB, named("", "Paul")[0], of_job(late)).code == 0x0404
    run_jobs()
    assert list(Capture.objects.order_by("received_at").values_list("state", flat=True)) == [
        CaptureState.DISMISSED, CaptureState.FILED, CaptureState.PARKED, CaptureState.PARKED,
    ]  # fmt: skip


def test_a_job_without_document_is_ended_after_its_time(printer: Printer) -> None:
    number = job_number(printer.ask(Operation.CREATE_JOB, *named("x")))
    assert sweep_jobs(older_than_seconds=120) == 0
    PrintJob.objects.update(touched_at=SYSTEM_CLOCK.now() - timedelta(minutes=3))
    assert sweep_jobs(older_than_seconds=120) == 1
    assert PrintJob.objects.get(number=number).state == JobState.ABORTED


def test_what_the_printer_says_of_itself(printer: Printer, queue: PrinterQueue) -> None:
    def asked(*names: str) -> set[str]:
        wanted = [make("requested-attributes", Tag.KEYWORD, *names)] if names else []
        group = printer.ask(Operation.GET_PRINTER_ATTRIBUTES, *wanted).group(Tag.PRINTER)
        return set(group.attributes) if group else set()

    templates = {attribute.name for attribute in job_template()}
    assert "media-col-database" not in asked() and "media-col-database" in asked("media-col-database")
    assert not templates & asked("printer-description") and asked("job-template") == templates
    whole = printer.ask(Operation.GET_PRINTER_ATTRIBUTES)
    assert of(whole, Tag.PRINTER, "printer-uuid") == f"urn:uuid:{queue.id}"
    assert of(whole, Tag.PRINTER, "printer-uri-supported").endswith(printer.parts.path)
    assert of(whole, Tag.PRINTER, "document-format-preferred") == "application/pdf"
    assert printer.ask(Operation.IDENTIFY_PRINTER).code == 0


def test_unknown_wishes_are_ignored_and_said_or_refused(printer: Printer) -> None:
    wish = [make("perfume", Tag.KEYWORD, "rose"), make("copies", Tag.INTEGER, 2)]
    answer = printer.send(request(Operation.VALIDATE_JOB, printer.uri, job=wish))
    unsupported = answer.group(Tag.UNSUPPORTED_GROUP)
    assert answer.code == 0x0001 and unsupported is not None and list(unsupported.attributes) == ["perfume"]
    strict = make("ipp-attribute-fidelity", Tag.BOOLEAN, True)
    assert printer.send(request(Operation.VALIDATE_JOB, printer.uri, strict, job=wish)).code == 0x040B


def test_names_in_the_old_windows_alphabet(printer: Printer) -> None:
    head = encode(request(Operation.PRINT_JOB, printer.uri, *named("NAME")))
    status, body = printer.post(head.replace(b"\x00\x04NAME", b"\x00\x05Re\xe7u\x80") + PDF)
    assert status == 200 and decode(body)[0].code == 0
    assert PrintJob.objects.get().name == "Reçu€"


def test_a_wrong_secret_says_nothing_and_nothing_is_written_down(
    printer: Printer, house: House, queue: PrinterQueue, printer_log: Path
) -> None:
    content = encode(request(Operation.GET_PRINTER_ATTRIBUTES, printer.uri))
    for path in ("/ipp/print/" + "a" * 43, "/ipp/print/", "/ipp/print", "/", "/ipp/print/x", "/admin"):
        assert printer.post(content, path=path) == (404, b"")
    former = Printer(printer.uri)
    assert former.print(PDF).code == 0
    renew_address(house.chloe, queue.id)
    assert former.post(content) == (404, b"")
    fresh = printer_address(house.chloe, queue.id).rsplit("/", 1)[1]
    assert printer.post(content, path=f"/ipp/print/{fresh}")[0] == 200
    said = printer_log.read_text()
    assert printer.parts.path.rsplit("/", 1)[1] not in said and fresh not in said


def test_a_printer_switched_off_refuses(printer: Printer, house: House, queue: PrinterQueue) -> None:
    change_printer(house.chloe, queue.id, is_active=False)
    assert printer.print(PDF).code == 0x0506
    assert of(printer.ask(Operation.GET_PRINTER_ATTRIBUTES), Tag.PRINTER, "printer-is-accepting-jobs") is False


def test_a_sender_cut_off_leaves_nothing(printer: Printer, server: PrinterProcess) -> None:
    import socket
    import time

    from django.conf import settings

    head = encode(request(Operation.PRINT_JOB, printer.uri, *named("x"))) + PDF
    start = f"POST {printer.parts.path} HTTP/1.1\r\nHost: h\r\nContent-Type: application/ipp\r\n"
    for rest in (b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(head) + head + b"\r\n",
                 b"Content-Length: %d\r\n\r\n" % (len(head) + 10) + head):  # fmt: skip
        with socket.create_connection(("127.0.0.1", server.port)) as wire:
            wire.sendall(start.encode() + rest)
            time.sleep(0.3)
    staging = Path(settings.PLI_HOME) / "staging"
    until = time.monotonic() + 20
    while list(staging.glob("*")) and time.monotonic() < until:
        time.sleep(0.1)
    assert not Capture.objects.exists() and not PrintJob.objects.exists() and not list(staging.glob("*"))


def test_a_continue_is_given_before_the_body(printer: Printer, server: PrinterProcess) -> None:
    import socket

    content = encode(request(Operation.GET_PRINTER_ATTRIBUTES, printer.uri))
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as wire:
        wire.sendall(
            f"POST {printer.parts.path} HTTP/1.1\r\nHost: h\r\nContent-Type: application/ipp\r\n"
            f"Expect: 100-continue\r\nContent-Length: {len(content)}\r\n\r\n".encode()
        )
        assert wire.recv(100).startswith(b"HTTP/1.1 100")
        wire.sendall(content)
        assert b" 200 " in wire.recv(1000)


def test_request_numbers_come_back(printer: Printer) -> None:
    status, body = printer.post(encode(request(Operation.IDENTIFY_PRINTER, printer.uri)))
    assert status == 200 and struct.unpack(">BBHi", body[:8]) == (2, 0, 0, 7)
