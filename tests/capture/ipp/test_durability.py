"""Acknowledged means durable; nothing twice; memory does not grow with a job."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection, transaction

from pli.capture.api import Capture, PrinterQueue, PrintJob, printer_address
from pli.capture.channels.ipp.attributes import Operation
from pli.capture.channels.ipp.codec import Tag, encode, make
from pli.documents.api import blob_path
from pli.project.postgres import free_port
from tests.capture.ipp.client import Printer, job_number, named, of_job, request
from tests.capture.ipp.conftest import PrinterProcess, make_pdf, start_printer
from tests.support.people import House
from tests.support.processes import wait_until

MEGABYTE = 1 << 20
SIZE = 200 * MEGABYTE


def test_killed_between_the_disk_and_the_commit(house: House, queue: PrinterQueue, tmp_path: Path) -> None:
    """The bytes are on the disk, the row is not: nobody hears of success, and the job sent again is one capture."""
    port, document = free_port(), make_pdf("Entre deux")
    running = start_printer(port, tmp_path / "printer.log")
    printer = Printer(f"ipp://127.0.0.1:{port}/{printer_address(house.chloe, queue.id).split('/', 3)[3]}")
    heard: list[object] = []

    def send() -> None:
        with contextlib.suppress(OSError, http.client.HTTPException, AssertionError):
            heard.append(printer.print(document))

    sender = threading.Thread(target=send)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE capture_capture IN ACCESS EXCLUSIVE MODE")
        sender.start()
        wait_until(blob_path(hashlib.sha256(document).hexdigest()).exists, seconds=30)
        running.kill()
    sender.join(30)
    assert heard == [] and not Capture.objects.exists() and not PrintJob.objects.exists()
    again = start_printer(port, tmp_path / "printer.log")
    try:
        assert job_number(printer.print(document))
        assert Capture.objects.count() == 1
    finally:
        again.kill()


def test_jobs_survive_a_restart(house: House, queue: PrinterQueue, tmp_path: Path) -> None:
    port = free_port()
    first = start_printer(port, tmp_path / "printer.log")
    printer = Printer(f"ipp://127.0.0.1:{port}/{printer_address(house.chloe, queue.id).split('/', 3)[3]}")
    number = job_number(printer.ask(Operation.CREATE_JOB, *named("Devis")))
    first.kill()
    second = start_printer(port, tmp_path / "printer.log", PLI_IPP_PROCESSES="2")
    try:
        last = make("last-document", Tag.BOOLEAN, True)
        assert job_number(printer.ask(Operation.SEND_DOCUMENT, of_job(number), last, document=make_pdf())) == number
    finally:
        second.kill()


def test_many_at_once_are_each_one_capture(printer: Printer, house: House) -> None:
    """Retries and new jobs mixed, from many computers at the same moment."""
    documents = [make_pdf(f"Numéro {number % 12}") for number in range(36)]
    numbers: list[int] = []

    def send(mine: list[bytes]) -> None:
        numbers.extend(job_number(printer.print(document, "Devis")) for document in mine)

    threads = [threading.Thread(target=send, args=(documents[start::6],)) for start in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert len(set(numbers)) == 36
    assert Capture.objects.count() == 12 and sum(Capture.objects.values_list("resent", flat=True)) == 24


@pytest.mark.faults
def test_a_large_job_streams_with_flat_memory(printer: Printer, server: PrinterProcess, house: House) -> None:
    block = os.urandom(MEGABYTE)
    digest = hashlib.sha256(b"%PDF-1.7\n")

    def content() -> Iterator[bytes]:
        yield encode(request(Operation.PRINT_JOB, printer.uri, *named("Gros"))) + b"%PDF-1.7\n"
        for _ in range(SIZE // MEGABYTE):
            digest.update(block)
            yield block

    printer.print(make_pdf("chauffe"))
    before = server.peak_memory()
    status, body = printer.post(content())
    grown = server.peak_memory() - before
    capture = Capture.objects.select_related("blob").latest("received_at")
    blob_path(capture.blob_id).unlink()
    assert status == 200 and body[2:4] == b"\0\0"
    assert (capture.blob_id, capture.blob.size) == (digest.hexdigest(), SIZE + 9)
    assert grown < 20 * MEGABYTE, f"{grown / MEGABYTE:.0f} MB more"
