"""Following what came in by any channel: above all what waits for a person to confirm it."""

from __future__ import annotations

from uuid import UUID

import pytest

from pli.capture.api import (
    Capture,
    FtpOptions,
    PrinterSettings,
    SourceSettings,
    confirm_job,
    create_printer,
    create_source,
)
from pli.capture.printing.jobs import Sender, receive_job
from pli.capture.sources.arrivals import receive_drop
from pli.documents.api import store_bytes
from tests.api.conftest import Api
from tests.support.people import House
from tests.support.queue import RunJobs

PDF = {"Content-Type": "application/pdf"}


@pytest.fixture
def waiting(house: House, small_pdf: bytes, run_jobs: RunJobs) -> tuple[UUID, Capture, Capture]:
    """A print and a scan that wait, and the print job's address."""
    printer = create_printer(house.bruno, chosen=PrinterSettings("Accueil", asks_first=True), is_shared=True)
    stored = store_bytes([small_pdf])
    job = receive_job(printer, Sender("Devis", "sofia"), stored=stored, media_type="application/pdf")
    source, _ = create_source(house.bruno, chosen=SourceSettings("Copieur", FtpOptions(), asks_first=True))
    scan, _ = receive_drop(source, stored=stored, sent_name="scan.pdf", media_type="application/pdf")
    run_jobs()
    job.refresh_from_db()
    assert job.capture
    return job.uuid, job.capture, scan


def test_a_print_and_a_scan_that_wait_say_so(
    bruno: Api, house: House, waiting: tuple[UUID, Capture, Capture], run_jobs: RunJobs
) -> None:
    job, print_, scan = waiting
    for capture in (print_, scan):
        # « wait » does not hold the answer: nobody knows when somebody comes.
        shown = bruno.get(f"/captures/{capture.id}?wait=25").json()
        assert (shown["state"], shown["page_count"], shown["ended_at"]) == ("WAITING", 1, None)
        assert (shown["document_id"], shown["run_id"], shown["problem"]) == (None, None, None)
    printed, scanned = (bruno.get(f"/captures/{one.id}").json() for one in (print_, scan))
    told = {name: printed["printed"][name] for name in ("printer_name", "job_name", "user_name")}
    assert told == {"printer_name": "Accueil", "job_name": "Devis", "user_name": "sofia"}
    assert (printed["source_name"], scanned["source_name"], scanned["printed"]) == (None, "Copieur", None)
    assert printed["wishes"] == {"kind": "other", "party_id": None, "title": "Devis", "recipe_id": None}
    listed = bruno.get("/captures?state=WAITING").json()["items"]
    assert listed == [scanned, printed]
    assert {one["id"] for one in listed} == {str(print_.id), str(scan.id)}
    assert {one["channel"] for one in listed} == {"ipp", "ftp"}
    confirm_job(house.bruno, job, kind="invoice", party_id=None)
    run_jobs()
    filed = bruno.get(f"/captures/{print_.id}").json()
    assert filed["state"] == "FILED" and filed["document_id"] and filed["ended_at"]
    assert [one["id"] for one in bruno.get("/captures?state=WAITING").json()["items"]] == [str(scan.id)]


def test_lists_are_filtered_paged_and_one_s_own(
    chloe: Api, bruno: Api, denis: Api, stranger: Api, waiting: tuple[UUID, Capture, Capture], small_pdf: bytes
) -> None:
    mine = [chloe.call("POST", "/captures", small_pdf, **PDF).json()["id"] for _ in range(3)]
    # And what waits for the whole team.
    seen = [*mine[::-1], str(waiting[2].id), str(waiting[1].id)]
    assert [one["id"] for one in chloe.get("/captures").json()["items"]] == seen
    page = chloe.get("/captures?limit=3").json()
    rest = chloe.get(f"/captures?limit=3&after={page['next']}").json()
    assert [one["id"] for one in page["items"] + rest["items"]] == seen and rest["next"] is None
    assert len(denis.get("/captures").json()["items"]) == 5
    source_id = str(waiting[2].source_id)
    found = bruno.get(f"/captures?source_id={source_id}").json()["items"]
    assert [(one["id"], one["source_id"]) for one in found] == [(str(waiting[2].id), source_id)]
    printer_id = chloe.get(f"/captures/{waiting[1].id}").json()["printed"]["printer_id"]
    assert [one["id"] for one in chloe.get(f"/captures?printer_id={printer_id}").json()["items"]] == seen[-1:]
    assert chloe.get(f"/captures?printer_id={source_id}").json()["items"] == []
    assert len(bruno.get("/captures?channel=rest&state=RECEIVED").json()["items"]) == 3
    assert stranger.get("/captures").json() == {"items": [], "next": None}
    for wrong in ("state=LOST", "after=x", "printer_id=x", "limit=0", "colour=red"):
        assert bruno.get(f"/captures?{wrong}").status_code == 422
