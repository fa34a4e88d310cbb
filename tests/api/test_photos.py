"""Several photographs in one call: one document, each page straightened, once however often they are sent."""

from __future__ import annotations

import zipfile
from typing import Any

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pypdfium2 import PdfDocument

from pli.capture.api import Capture
from pli.documents.api import blob_path
from tests.api.conftest import Api, token_of
from tests.api.test_captures import _staged
from tests.capture.photos.test_photos import as_jpeg, make_sheet, misplaced, photograph
from tests.support.people import House
from tests.support.queue import RunJobs
from tests.support.runs import make_recipe


def _send(api: Api, shots: list[bytes], *, name: str = "photos", headers: Any = None, **fields: Any) -> Any:
    files = [SimpleUploadedFile(f"IMG_{number}.jpg", one, "image/jpeg") for number, one in enumerate(shots)]
    sent = {"Authorization": f"Bearer {api.token}", **(headers or {})}
    return api.client.post("/api/v1/captures/photos", {name: files, **fields}, headers=sent)


@pytest.fixture(scope="module")
def shots() -> list[bytes]:
    return [as_jpeg(photograph(make_sheet(number), seed=number)[0]) for number in (1, 2, 3)]


def test_they_become_one_straightened_pdf_in_their_order(
    chloe: Api, house: House, shots: list[bytes], run_jobs: RunJobs
) -> None:
    fields = {"kind": "invoice", "party_id": str(house.dupont.id), "title": "Note de frais", "file_name": "frais.pdf"}
    answer = _send(chloe, shots, **fields)
    assert answer.status_code == 201, answer.content
    assert answer["Location"] == f"/api/v1/captures/{answer.json()['id']}"
    run_jobs()
    shown = chloe.get(f"/captures/{answer.json()['id']}").json()
    assert (shown["state"], shown["page_count"], shown["channel"]) == ("FILED", 3, "photos")
    assert shown["file_name"] == "frais.pdf"
    document = chloe.get(f"/documents/{shown['document_id']}").json()
    assert (document["title"], document["kind"]) == ("Note de frais", "invoice")
    capture = Capture.objects.get()
    assert capture.prepared_id
    for page in PdfDocument(blob_path(capture.prepared_id)):
        seen = page.render(scale=1.5).to_pil()
        assert misplaced(seen) < 0.03
        assert np.median(np.asarray(seen.convert("L"))) > 235, "the shadow is gone"
    with zipfile.ZipFile(blob_path(capture.blob_id)) as whole:
        assert [whole.read(name) for name in whole.namelist()] == shots, "kept as they came, in their order"


def test_sent_again_under_their_key_they_are_one_capture(chloe: Api, shots: list[bytes]) -> None:
    key = {"Idempotency-Key": "frais-7"}
    first = _send(chloe, shots[:2], headers=key)
    again = _send(chloe, shots[:2], headers=key)
    assert again.json()["id"] == first.json()["id"] and again["Idempotency-Replayed"] == "true"
    for other in (
        _send(chloe, shots[1::-1], headers=key),
        _send(chloe, shots[:2], headers=key, improve="false"),
        _send(chloe, shots[:2], headers=key, kind="invoice"),
    ):
        assert (other.status_code, other.json()["code"]) == (422, "API-013")
    assert Capture.objects.count() == 1 and Capture.objects.get().resent == 1


def test_what_is_wrong_leaves_nothing(chloe: Api, house: House, shots: list[bytes], small_pdf: bytes) -> None:
    one = shots[:1]
    heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 100
    for status, code, answer in (
        (422, "CAP-021", _send(chloe, [])),
        (422, "CAP-021", _send(chloe, [b"\xff\xd8\xff"] * 31)),
        (415, "CAP-020", _send(chloe, [*one, heic])),
        (415, "CAP-020", _send(chloe, [small_pdf])),
        (422, "CAP-001", _send(chloe, [*one, b""])),
        (422, "API-006", _send(chloe, one, name="file")),
        (422, "API-006", _send(chloe, one, improve="perhaps")),
        (422, "API-006", _send(chloe, one, colour="red")),
        (404, "PLI-404", _send(chloe, one, recipe_id="0190aaaa-0000-7000-8000-000000000000")),
        (415, "API-009", chloe.call("POST", "/captures/photos", one[0], **{"Content-Type": "image/jpeg"})),
        (403, "PLI-403", _send(Api(token_of(house.denis)), one)),
    ):
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.content
    assert Client().post("/api/v1/captures/photos", {"photos": one[0]}).status_code == 401
    assert not Capture.objects.exists() and _staged() == []


def test_they_go_through_a_recipe(chloe: Api, house: House, shots: list[bytes], run_jobs: RunJobs) -> None:
    recipe = make_recipe(house, steps=[{"slug": "index", "options": {}}])
    answer = _send(chloe, shots[:2], recipe_id=str(recipe.id), kind="invoice")
    run_jobs()
    shown = chloe.get(f"/captures/{answer.json()['id']}").json()
    assert shown["state"] == "PASSED" and shown["run_id"]
