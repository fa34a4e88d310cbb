"""Files come in once, whole, durable before they are acknowledged; what is too large or cut short leaves nothing."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as live_settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from pli.api.resources import captures
from pli.capture.api import Capture, UploadInterrupted, store_body
from tests.api.conftest import Api, token_of
from tests.processing.invoices.test_facturx import UBL
from tests.support.people import House
from tests.support.queue import RunJobs

PDF = {"Content-Type": "application/pdf"}


def _staged() -> list[Path]:
    return list((Path(live_settings.PLI_HOME) / "staging").glob("*"))


def _form(api: Api, fields: dict[str, Any], **headers: str) -> Any:
    return api.client.post("/api/v1/captures", fields, headers={"Authorization": f"Bearer {api.token}", **headers})


def test_a_raw_body_becomes_a_document(chloe: Api, house: House, small_pdf: bytes, run_jobs: RunJobs) -> None:
    answer = chloe.call(
        "POST", f"/captures?kind=contract&party_id={house.dupont.id}&file_name=bail.pdf", small_pdf, **PDF
    )
    assert answer.status_code == 201, answer.content
    capture = answer.json()
    assert (capture["state"], capture["file_name"], capture["size"]) == ("RECEIVED", "bail.pdf", len(small_pdf))
    assert answer["Location"] == f"/api/v1/captures/{capture['id']}"
    run_jobs()
    filed = chloe.get(f"/captures/{capture['id']}").json()
    assert filed["state"] == "FILED"
    assert chloe.get(f"/documents/{filed['document_id']}").json()["kind"] == "contract"


def test_a_form_carries_one_file_and_wishes(chloe: Api, house: House, small_pdf: bytes, run_jobs: RunJobs) -> None:
    file = SimpleUploadedFile("contrat été.pdf", small_pdf, "application/pdf")
    fields = {"file": file, "kind": "contract", "party_id": str(house.dupont.id), "title": "Contrat d’été",
              "facts": '{"reference": "A-1"}'}  # fmt: skip
    answer = _form(chloe, fields)
    assert answer.status_code == 201, answer.content
    run_jobs()
    filed = chloe.get(f"/captures/{answer.json()['id']}").json()
    document = chloe.get(f"/documents/{filed['document_id']}").json()
    assert (document["title"], document["facts"]) == ("Contrat d’été", {"reference": "A-1"})
    assert _staged() == []


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"other": "pdf"},
        {"file": "pdf", "second": "pdf"},
        {"file": "pdf", "facts": "{"},
        {"file": "pdf", "facts": "[1]"},
        {"file": "pdf", "party_id": "x"},
        {"file": "pdf", "colour": "red"},
        {"file": "pdf", "wait": "31"},
        {"file": "pdf", "title": "a\x00b"},
    ],
)
def test_wrong_forms_leave_nothing(chloe: Api, small_pdf: bytes, wrong: dict[str, str]) -> None:
    fields = {k: SimpleUploadedFile("a.pdf", small_pdf) if v == "pdf" else v for k, v in wrong.items()}
    answer = _form(chloe, fields)
    assert answer.status_code == 422, answer.content
    assert Capture.objects.count() == 0
    assert _staged() == []


def test_the_size_cap_holds_while_streaming(chloe: Api, small_pdf: bytes, settings: Any) -> None:
    settings.PLI_MAX_UPLOAD_BYTES = 1000
    big = b"%PDF-1.7 " + b"x" * 5000
    for answer in (
        chloe.call("POST", "/captures", big, **PDF),
        _form(chloe, {"file": SimpleUploadedFile("a.pdf", big)}),
    ):
        assert answer.status_code == 413
        assert answer.json()["code"] == "CAP-002"
    assert Capture.objects.count() == 0
    assert _staged() == []


def test_a_full_disk_is_507(chloe: Api, small_pdf: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pli.capture.channels.room._SPARED", 1 << 60)
    for answer in (
        chloe.call("POST", "/captures", small_pdf, **PDF),
        _form(chloe, {"file": SimpleUploadedFile("a.pdf", small_pdf)}),
    ):
        assert answer.status_code == 507
        assert answer.json()["code"] == "DOC-001"
    assert Capture.objects.count() == 0


def test_a_body_cut_short_is_refused(small_pdf: bytes) -> None:
    with pytest.raises(UploadInterrupted):
        store_body(io.BytesIO(small_pdf), announced=len(small_pdf) + 100, name="a.pdf")
    assert _staged() == []


def test_a_body_without_length_or_type_is_refused(chloe: Api, small_pdf: bytes) -> None:
    headers = {"Authorization": f"Bearer {chloe.token}"}
    answer = chloe.client.generic(
        "POST", "/api/v1/captures", small_pdf, content_type="application/pdf", headers=headers, CONTENT_LENGTH=""
    )
    assert answer.status_code == 411
    assert chloe.call("POST", "/captures", small_pdf, **{"Content-Type": "text/plain"}).status_code == 415
    assert chloe.call("POST", "/captures", b"{}").status_code == 415


def test_a_key_makes_the_same_file_one_capture(chloe: Api, bruno: Api, small_pdf: bytes) -> None:
    key = {"Idempotency-Key": "order-7"}
    first = chloe.call("POST", "/captures?kind=contract", small_pdf, **PDF, **key)
    again = chloe.call("PUT", "/captures/by-key/order-7?kind=contract", small_pdf, **PDF)
    assert again.json()["id"] == first.json()["id"]
    assert again["Idempotency-Replayed"] == "true"
    assert again.json()["resent"] == 1
    for other in (
        chloe.call("POST", "/captures?kind=contract", small_pdf + b" ", **PDF, **key),
        chloe.call("POST", "/captures?kind=invoice", small_pdf, **PDF, **key),
    ):
        assert (other.status_code, other.json()["code"]) == (422, "API-013")
    theirs = bruno.call("POST", "/captures?kind=contract", small_pdf, **PDF, **key)
    assert theirs.json()["id"] != first.json()["id"]
    assert Capture.objects.count() == 2
    assert Capture.objects.get(id=first.json()["id"]).resent == 1
    assert chloe.call("POST", "/captures", small_pdf, **PDF, **{"Idempotency-Key": "k" * 121}).status_code == 422


def test_what_is_no_pdf_is_parked_with_its_reason(chloe: Api, run_jobs: RunJobs) -> None:
    capture = chloe.call("POST", "/captures", b"nothing of a PDF", **PDF).json()
    run_jobs()
    for language, word in (("fr", "PDF"), ("en", "PDF")):
        parked = chloe.get(f"/captures/{capture['id']}", **{"Accept-Language": language}).json()
        assert (parked["state"], parked["problem"]["code"]) == ("PARKED", "CAP-011")
        assert word in parked["problem"]["detail"]
    assert chloe.call("POST", "/captures", b"", **PDF).status_code in (411, 415, 422)


def test_a_bare_invoice_is_a_document_with_its_facts(chloe: Api, run_jobs: RunJobs) -> None:
    key = {"Idempotency-Key": "facture-118"}
    for kind in ("application/xml", "text/xml"):
        sent = {"Content-Type": kind, **key}
        answer = chloe.call("POST", "/captures?kind=invoice&file_name=eg-118.xml", UBL.encode(), **sent)
        assert answer.status_code == 201, answer.content
        run_jobs()
    shown = chloe.get(f"/captures/{answer.json()['id']}").json()
    assert (shown["state"], shown["file_name"], shown["resent"]) == ("FILED", "eg-118.xml", 1)
    assert "EG-2026-118" in chloe.get(f"/documents/{shown['document_id']}").json()["facts"].values()
    by_form = _form(chloe, {"file": SimpleUploadedFile("f.xml", UBL.encode(), "text/xml"), "kind": "invoice"}).json()
    run_jobs()
    assert chloe.get(f"/captures/{by_form['id']}").json()["state"] == "FILED"


def test_waiting_ends_with_the_state_or_the_time(chloe: Api, small_pdf: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    capture = chloe.call("POST", "/captures?wait=0.3", small_pdf, **PDF).json()
    assert capture["state"] == "RECEIVED"
    looked: list[float] = []

    def file_it(seconds: float) -> None:
        looked.append(seconds)
        Capture.objects.filter(id=capture["id"]).update(state="DISMISSED")

    monkeypatch.setattr("pli.api.resources.captures.time.sleep", file_it)
    assert chloe.get(f"/captures/{capture['id']}?wait=30").json()["state"] == "DISMISSED"
    assert looked == [captures._LOOK_EVERY]
    assert chloe.get(f"/captures/{capture['id']}?wait=31").status_code == 422


def test_members_follow_their_own_captures_only(
    chloe: Api, bruno: Api, house: House, stranger: Api, small_pdf: bytes
) -> None:
    capture = bruno.call("POST", "/captures", small_pdf, **PDF).json()
    assert chloe.get(f"/captures/{capture['id']}").status_code == 404
    assert stranger.get(f"/captures/{capture['id']}").status_code == 404
    auditor = Api(token_of(house.denis))
    assert auditor.call("POST", "/captures", small_pdf, **PDF).status_code == 403


def test_an_unread_form_is_not_parsed_for_strangers(small_pdf: bytes) -> None:
    answer = Client().post("/api/v1/captures", {"file": io.BytesIO(small_pdf)})
    assert answer.status_code == 401
