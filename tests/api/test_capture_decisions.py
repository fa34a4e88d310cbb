"""What waits for a person, decided by a program in that person's name: confirmed, tried again, set aside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pli.capture.api import (
    Capture,
    FtpOptions,
    InputSource,
    JobSender,
    PrinterQueue,
    PrinterSettings,
    SourceSettings,
    create_printer,
    create_source,
    receive_job,
)
from pli.capture.sources.arrivals import receive_drop
from pli.documents.api import Document, DocumentKind, store_bytes
from pli.parties.api import Account, Member, Role, StaffActor
from pli.processing.api import Run
from tests.api.conftest import Api, token_of
from tests.support.people import House, make_house
from tests.support.queue import RunJobs
from tests.support.races import at_once
from tests.support.runs import invoices, make_recipe

PDF = {"Content-Type": "application/pdf"}
NOWHERE = "0190aaaa-0000-7000-8000-000000000000"


@dataclass
class Desk:
    """A printer and a copier that ask first, and what comes by them."""

    printer: PrinterQueue
    copier: InputSource
    run_jobs: RunJobs

    def print(self, content: bytes, name: str = "Microsoft Word - Devis Dupont.docx", **more: Any) -> str:
        """A print that was read: it waits, or is parked."""
        stored, kind = store_bytes([content]), more.pop("media_type", "application/pdf")
        job = receive_job(more.pop("printer", self.printer), JobSender(name, "sofia"), stored=stored, media_type=kind)
        self.run_jobs()
        return str(job.capture_id)

    def scan(self, content: bytes) -> str:
        """A scan that was read."""
        stored = store_bytes([content])
        found, _ = receive_drop(self.copier, stored=stored, sent_name="scan_0042.pdf", media_type="application/pdf")
        self.run_jobs()
        return str(found.id)


def make_desk(house: House, run_jobs: RunJobs) -> Desk:
    printer = create_printer(house.bruno, chosen=PrinterSettings("Accueil", asks_first=True), is_shared=True)
    source, _ = create_source(house.bruno, chosen=SourceSettings("Copieur", FtpOptions(), asks_first=True))
    return Desk(printer, source, run_jobs)


@pytest.fixture
def desk(house: House, run_jobs: RunJobs) -> Desk:
    return make_desk(house, run_jobs)


@pytest.fixture
def emma(house: House) -> Api:
    """Another member, who files too."""
    account = Account.objects.create_user("emma@mercier.example", "cheval-batterie-agrafe-42", name="Emma")
    member = Member.objects.create(organisation=house.organisation, account=account, role=Role.MEMBER)
    return Api(token_of(StaffActor(house.organisation.id, account.id, member.id, Role.MEMBER)))


def _state(capture_id: str) -> str:
    return Capture.objects.get(id=capture_id).state


def test_a_print_is_confirmed_and_filed_as_said(
    chloe: Api, house: House, desk: Desk, small_pdf: bytes, run_jobs: RunJobs
) -> None:
    waits = desk.print(small_pdf)
    shown = chloe.get(f"/captures/{waits}").json()
    assert (shown["state"], shown["wishes"]["title"]) == ("WAITING", "Devis Dupont")
    body = {"kind": "contract", "party_id": str(house.dupont.id), "title": "Contrat d’été"}
    said = chloe.post(f"/captures/{waits}/confirm", body)
    assert said.status_code == 200, said.content
    assert (said.json()["state"], said.json()["wishes"]) == ("RECEIVED", {**body, "recipe_id": None})
    run_jobs()
    filed = chloe.get(f"/captures/{waits}").json()
    assert filed["state"] == "FILED" and filed["ended_at"]
    document = Document.objects.get(id=filed["document_id"])
    assert (document.kind.slug, document.party_id, document.title) == ("contract", house.dupont.id, "Contrat d’été")
    # It is over: said again, it is refused and nothing happens.
    again = chloe.post(f"/captures/{waits}/confirm", {"kind": "invoice"})
    assert (again.status_code, again.json()["code"]) == (409, "PLI-409")
    run_jobs()
    assert Document.objects.count() == 1


def test_without_a_word_it_goes_on_as_it_stands(chloe: Api, desk: Desk, small_pdf: bytes, run_jobs: RunJobs) -> None:
    PrinterQueue.objects.update(kind="quote")
    desk.printer.refresh_from_db()
    printed, scanned = desk.print(small_pdf), desk.scan(small_pdf)
    for one in (printed, scanned):
        assert chloe.post(f"/captures/{one}/confirm").status_code == 200
    run_jobs()
    found = {chloe.get(f"/captures/{one}").json()["document_id"] for one in (printed, scanned)}
    kept = Document.objects.filter(id__in=found).order_by("title").values_list("title", "kind__slug", "party")
    assert list(kept) == [("Devis Dupont", "quote", None), ("scan 0042", "other", None)]


def test_one_s_own_printer_s_jobs_are_one_s_own(
    bruno: Api, chloe: Api, emma: Api, house: House, desk: Desk, small_pdf: bytes
) -> None:
    own = create_printer(house.chloe, chosen=PrinterSettings("Chloé", asks_first=True), is_shared=False)
    first, second = (desk.print(small_pdf, name, printer=own) for name in ("Un", "Deux"))
    assert emma.get("/captures").json()["items"] == []
    for verb in ("confirm", "dismiss", "retry"):
        assert emma.post(f"/captures/{first}/{verb}").status_code == 404
    assert emma.get(f"/captures/{first}").status_code == 404
    assert chloe.post(f"/captures/{first}/confirm").status_code == 200
    # A manager sees everybody's jobs, as « Mes impressions » shows them.
    assert bruno.post(f"/captures/{second}/dismiss").status_code == 200


def test_a_scan_is_the_team_s_until_somebody_takes_it(
    chloe: Api, emma: Api, bruno: Api, desk: Desk, small_pdf: bytes, run_jobs: RunJobs
) -> None:
    waits = desk.scan(small_pdf)
    assert [one["id"] for one in emma.get("/captures?state=WAITING").json()["items"]] == [waits]
    assert chloe.post(f"/captures/{waits}/confirm", {"title": "Bail"}).status_code == 200
    run_jobs()
    # Who confirmed it follows it; a colleague hears that it waits no longer, and nothing more of it.
    assert chloe.get(f"/captures/{waits}").json()["state"] == "FILED"
    assert [one["id"] for one in chloe.get("/captures").json()["items"]] == [waits]
    assert emma.get(f"/captures/{waits}").status_code == 404 and emma.get("/captures").json()["items"] == []
    for api in (chloe, emma, bruno):
        for verb in ("confirm", "dismiss"):
            answer = api.post(f"/captures/{waits}/{verb}")
            assert (answer.status_code, answer.json()["code"]) == (409, "PLI-409")
    assert emma.post(f"/captures/{waits}/retry").status_code == 404
    assert Document.objects.get().title == "Bail"


def test_it_goes_through_its_recipe_or_another(chloe: Api, house: House, desk: Desk, run_jobs: RunJobs) -> None:
    usual, other, off = (make_recipe(house, name=name) for name in ("Courant", "Autre", "Arrêtée"))
    off.is_active = False
    off.save()
    PrinterQueue.objects.update(recipe_id=usual.id)
    InputSource.objects.update(recipe_id=usual.id)
    desk.printer.refresh_from_db()
    desk.copier.refresh_from_db()
    printed, scanned, third = desk.print(invoices(2)), desk.scan(invoices(2)), desk.print(invoices(2), "Trois")
    wrong = chloe.post(f"/captures/{printed}/confirm", {"recipe_id": str(off.id)})
    assert (wrong.status_code, wrong.json()["errors"][0]["code"]) == (422, "inactive")
    foreign = make_recipe(make_house("autre"))
    assert chloe.post(f"/captures/{printed}/confirm", {"recipe_id": str(foreign.id)}).status_code == 404
    assert _state(printed) == "WAITING"
    chloe.post(f"/captures/{printed}/confirm", {"recipe_id": str(other.id)})
    chloe.post(f"/captures/{scanned}/confirm", {"recipe_id": None})
    run_jobs()
    went = {one.origin.removeprefix("capture:"): one.recipe_id for one in Run.objects.all()}
    assert went == {printed: other.id, scanned: usual.id}
    assert chloe.get(f"/captures/{scanned}").json()["state"] == "PASSED"
    # The one its printer named before it was switched off is not refused: the screens keep it too.
    usual.is_active = False
    usual.save()
    assert chloe.post(f"/captures/{third}/confirm", {"recipe_id": str(usual.id)}).status_code == 200


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"kind": "nothing"}, 422, "kind"),
        ({"kind": ""}, 422, "kind"),
        ({"kind": "x" * 41}, 422, "kind"),
        ({"party_id": "Dupont"}, 422, "party_id"),
        ({"party_id": NOWHERE}, 404, None),
        ({"recipe_id": NOWHERE}, 404, None),
        ({"title": "x" * 201}, 422, "title"),
        ({"title": ["Bail"]}, 422, "title"),
        ({"title": "a\x00b"}, 422, None),
        ({"folder_id": NOWHERE}, 422, "folder_id"),
        ({"state": "FILED"}, 422, "state"),
    ],
)
def test_what_is_wrong_is_named_and_it_still_waits(
    chloe: Api, desk: Desk, small_pdf: bytes, body: Any, status: int, field: str | None
) -> None:
    for waits in (desk.print(small_pdf), desk.scan(small_pdf)):
        answer = chloe.post(f"/captures/{waits}/confirm", body)
        assert answer.status_code == status, answer.content
        named = [one["field"] for one in answer.json()["errors"]]
        assert not field or field in named
        assert _state(waits) == "WAITING"


def test_another_house_s_party_is_not_found(chloe: Api, desk: Desk, small_pdf: bytes) -> None:
    waits, theirs = desk.scan(small_pdf), make_house("durand").dupont
    assert chloe.post(f"/captures/{waits}/confirm", {"party_id": str(theirs.id)}).status_code == 404
    assert _state(waits) == "WAITING"


def test_who_may_not_decide(denis: Api, stranger: Api, house: House, desk: Desk, small_pdf: bytes) -> None:
    reader = Api(token_of(house.bruno, "runs:write", "printers:write", "sources:write", "documents:write"))
    for waits in (desk.print(small_pdf), desk.scan(small_pdf), desk.print(b"%PDF-1.4 broken", "Cassé")):
        before = _state(waits)
        for verb in ("confirm", "retry", "dismiss"):
            place = f"/captures/{waits}/{verb}"
            assert denis.get(f"/captures/{waits}").status_code == 200 and denis.post(place).status_code == 403
            assert stranger.post(place).status_code == 404
            assert reader.post(place).json()["code"] == "API-003"
        assert _state(waits) == before
    for verb in ("confirm", "retry", "dismiss"):
        assert stranger.post(f"/captures/{NOWHERE}/{verb}").status_code == 404


def test_what_waits_is_set_aside_once_and_kept(chloe: Api, emma: Api, desk: Desk, small_pdf: bytes) -> None:
    printed, scanned = desk.print(small_pdf), desk.scan(small_pdf)
    for waits in (printed, scanned):
        said = chloe.post(f"/captures/{waits}/dismiss").json()
        assert said["state"] == "DISMISSED" and said["ended_at"]
        assert emma.post(f"/captures/{waits}/dismiss").status_code == 409
        assert emma.post(f"/captures/{waits}/confirm").status_code == 409
    desk.run_jobs()
    assert not Document.objects.exists() and Capture.objects.get(id=scanned).blob.size == len(small_pdf)


def test_a_parked_file_is_tried_again_or_set_aside(
    bruno: Api, chloe: Api, emma: Api, house: House, small_pdf: bytes, run_jobs: RunJobs
) -> None:
    kinds = DocumentKind.objects.filter(organisation=house.organisation, slug="contract")
    kinds.update(is_active=False)
    sent = chloe.call("POST", "/captures?kind=contract", small_pdf, **PDF).json()["id"]
    broken = chloe.call("POST", "/captures", b"%PDF-1.4 broken", **PDF).json()["id"]
    assert chloe.post(f"/captures/{sent}/retry").status_code == 409  # not examined yet
    run_jobs()
    assert {one["id"] for one in chloe.get("/captures?state=PARKED").json()["items"]} == {sent, broken}
    for verb in ("retry", "dismiss"):
        assert emma.post(f"/captures/{sent}/{verb}").status_code == 404
    assert chloe.post(f"/captures/{sent}/confirm").status_code == 409
    kinds.update(is_active=True)
    again = chloe.post(f"/captures/{sent}/retry").json()
    assert (again["state"], again["problem"], again["ended_at"]) == ("RECEIVED", None, None)
    assert bruno.post(f"/captures/{broken}/retry").json()["state"] == "RECEIVED"
    run_jobs()
    assert chloe.get(f"/captures/{sent}").json()["state"] == "FILED" and Document.objects.count() == 1
    assert _state(broken) == "PARKED"
    assert bruno.post(f"/captures/{broken}/dismiss").json()["state"] == "DISMISSED"
    for verb in ("retry", "dismiss"):
        assert chloe.post(f"/captures/{broken}/{verb}").status_code == 409


def test_a_print_that_failed_is_told_and_set_aside_by_whoever_sees_it(
    chloe: Api, emma: Api, bruno: Api, house: House, desk: Desk
) -> None:
    raster = b"RaS2" + b"\0" * 100
    first, second = (desk.print(raster, name, media_type="image/pwg-raster") for name in ("Un", "Deux"))
    told = chloe.get(f"/captures/{first}", **{"Accept-Language": "en"}).json()["problem"]
    # Its reason is in the reader's tongue too.
    assert told["code"] == "CAP-006"
    assert told["detail"] == "The print could not be read: the file stops before its end."
    assert chloe.post(f"/captures/{first}/retry").status_code == 403
    assert chloe.post(f"/captures/{first}/dismiss").json()["state"] == "DISMISSED"
    assert bruno.post(f"/captures/{second}/retry").json()["state"] == "RECEIVED"


def test_the_same_request_under_its_key_happens_once(
    chloe: Api, desk: Desk, small_pdf: bytes, run_jobs: RunJobs
) -> None:
    waits, key = desk.scan(small_pdf), {"Idempotency-Key": "scan-42"}
    first = chloe.post(f"/captures/{waits}/confirm", {"kind": "invoice"}, **key)
    run_jobs()
    again = chloe.post(f"/captures/{waits}/confirm", {"kind": "invoice"}, **key)
    assert (again.status_code, again.content) == (200, first.content) and again["Idempotency-Replayed"] == "true"
    assert chloe.post(f"/captures/{waits}/confirm", {"kind": "quote"}, **key).json()["code"] == "API-013"
    assert Document.objects.get().kind.slug == "invoice"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("way", ["print", "scan"])
def test_of_two_at_the_same_instant_one_is_told_it_is_too_late(way: str, small_pdf: bytes, run_jobs: RunJobs) -> None:
    house = make_house()
    waits = getattr(make_desk(house, run_jobs), way)(small_pdf)
    bruno, chloe = Api(token_of(house.bruno)), Api(token_of(house.chloe))
    answers = at_once(
        lambda: bruno.post(f"/captures/{waits}/confirm", {"title": "Un"}),
        lambda: chloe.post(f"/captures/{waits}/dismiss"),
    )
    assert sorted(one.status_code for one in answers) == [200, 409]
    run_jobs()
    assert Document.objects.count() == (1 if answers[0].status_code == 200 else 0)


def test_a_page_asks_as_much_for_many_as_for_few(chloe: Api, desk: Desk, small_pdf: bytes) -> None:
    def ask() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert chloe.get("/captures").status_code == 200
        return len(asked)

    desk.print(small_pdf)
    desk.scan(small_pdf)
    ask()  # the first one notes that the token is in use
    few = ask()
    for number in range(4):
        desk.print(small_pdf, f"Devis {number}")
    assert len(chloe.get("/captures").json()["items"]) == 6
    assert ask() == few
