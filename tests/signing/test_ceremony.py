"""The whole way of a ceremony, on real parts, judged from outside by pdfsig."""

from __future__ import annotations

import json
import subprocess
from functools import partial
from pathlib import Path

import pytest
from django.test import Client

from pli.archive.api import filing_of
from pli.delivery.api import deliveries_of
from pli.documents.api import existing_blob_path, get_for
from pli.notifications.api import local_outbox
from pli.parties.api import Account
from pli.pdf.fonts import require_fonts
from pli.signing.api import Ceremony, CeremonyState, seal_ceremony, trust_store
from pli.trust.api import verify_pdf
from tests.support.ceremonies import JULIE, PAUL, ask, reach, sign_as
from tests.support.people import House, make_house
from tests.support.queue import RunJobs

pytestmark = pytest.mark.django_db


@pytest.fixture
def house() -> House:
    return make_house()


def _state(ceremony: Ceremony) -> str:
    return Ceremony.objects.get(id=ceremony.id).state


def _final(ceremony: Ceremony) -> Path:
    return existing_blob_path(ceremony.papers.get().current_sha256)


def test_one_signer_signs_and_everybody_gets_the_proof(house: House, run_jobs: RunJobs) -> None:
    ceremony = ask(house)
    sign_as(house, JULIE.email, run_jobs)
    run_jobs()
    assert _state(ceremony) == CeremonyState.COMPLETED
    paper = ceremony.papers.get()
    source, final = existing_blob_path(paper.source_sha256).read_bytes(), _final(ceremony).read_bytes()
    assert final.startswith(source), "an incremental update keeps the former bytes"
    verdict = verify_pdf(_final(ceremony), roots=trust_store().roots())
    assert verdict.verdict == "TOTAL_PASSED", verdict
    assert [one.level for one in verdict.signatures] == ["B-T"]
    assert verdict.signatures[0].is_certification
    assert verdict.signatures[0].claimed_name == "Julie Martin"
    document = get_for(house.portal, paper.document_id)
    assert document.is_published
    filing = filing_of(document.id)
    assert filing is not None
    assert set(filing.digests) == {"ORIGINAL", "SIGNED", "EVIDENCE", "EVIDENCE_DATA"}
    addresses = {delivery.recipient_address for delivery in deliveries_of(house.chloe, document.id)}
    assert addresses == {"", JULIE.email, "chloe@mercier.example"}
    sent = {message.to: message for message in local_outbox(house.alice) if message.attachments}
    assert {len(message.attachments) for message in sent.values()} == {2}


def test_the_evidence_is_sealed_carries_its_data_and_names_no_secret(house: House, run_jobs: RunJobs) -> None:
    ceremony = ask(house, JULIE, PAUL, is_in_order=False)
    sign_as(house, JULIE.email, run_jobs)
    sign_as(house, PAUL.email, run_jobs)
    run_jobs()
    julie, paul = ceremony.signers.order_by("position")
    record = json.loads(existing_blob_path(julie.evidence.json_sha256).read_bytes())
    text = json.dumps(record)
    assert record["outcome"] == "signed"
    assert record["documents"][0]["sha256_final"] == ceremony.papers.get().current_sha256
    assert record["documents"][0]["signature"]["timestamp_token"]
    assert record["signer"]["email"] == JULIE.email
    assert paul.email not in text
    assert paul.name not in text
    assert paul.mobile not in text
    assert record["other_signers"][0]["evidence_number"] == paul.evidence_number
    assert [row["what"] for row in record["trace"]][:2] == ["link_sent", "link_opened"]
    verdict = verify_pdf(existing_blob_path(julie.evidence.pdf_sha256), roots=trust_store().roots())
    assert verdict.verdict == "TOTAL_PASSED"
    assert verdict.signatures[0].is_locking


def test_two_signers_in_order_and_the_last_locks_the_file(house: House, run_jobs: RunJobs, tmp_path: Path) -> None:
    ceremony = ask(house, JULIE, PAUL)
    run_jobs()
    assert [signer.state for signer in ceremony.signers.order_by("position")] == ["INVITED", "WAITING"]
    sign_as(house, JULIE.email, run_jobs)
    run_jobs()
    assert [signer.state for signer in ceremony.signers.order_by("position")] == ["SIGNED", "INVITED"]
    sign_as(house, PAUL.email, run_jobs)
    run_jobs()
    assert _state(ceremony) == CeremonyState.COMPLETED
    verdict = verify_pdf(_final(ceremony), roots=trust_store().roots())
    assert [one.is_locking for one in verdict.signatures] == [False, True]
    assert verdict.verdict == "TOTAL_PASSED"
    said = subprocess.run(["pdfsig", "-nocert", _final(ceremony)], capture_output=True, text=True, check=False).stdout
    assert said.count("Signature is Valid.") == 2, said


def test_two_signers_at_once_may_both_be_signing(house: House, run_jobs: RunJobs) -> None:
    ceremony = ask(house, JULIE, PAUL, is_in_order=False)
    from pli.signing.api import Signer, sign
    from tests.support.ceremonies import answer_of

    first, second = reach(house, JULIE.email, run_jobs), reach(house, PAUL.email, run_jobs)
    for session in (second, first):
        sign(session, answer_of(Signer.objects.get(id=session.signer_id)))
    run_jobs()
    assert _state(ceremony) == CeremonyState.COMPLETED
    assert verify_pdf(_final(ceremony), roots=trust_store().roots()).verdict == "TOTAL_PASSED"


@pytest.mark.parametrize("trouble", ["fonts", "unforeseen"])
def test_a_sealing_in_trouble_waits_in_sight_and_ends_by_itself(
    house: House, run_jobs: RunJobs, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, trouble: str
) -> None:
    ceremony = ask(house)
    with monkeypatch.context() as broken:
        if trouble == "fonts":
            broken.setattr("pli.pdf.typesetting.require_fonts", partial(require_fonts, tmp_path))
        else:
            broken.setattr("pli.signing.sealing.store_file", lambda _: 1 / 0)
        sign_as(house, JULIE.email, run_jobs)
        for _ in range(5):
            seal_ceremony(ceremony.id)
        waiting = Ceremony.objects.get(id=ceremony.id)
        assert waiting.state == CeremonyState.SEALING
        desk = Client()
        desk.force_login(Account.objects.get(id=house.chloe.account_id))
        Account.objects.filter(id=house.chloe.account_id).update(language="en")
        page = desk.get("/office/todo/").content.decode()
        assert ceremony.title in page
        assert {"fonts": "font", "unforeseen": "Sealing stopped on an unforeseen error."}[trouble] in page
        assert "The sealing waits." in desk.get(f"/office/signatures/{ceremony.id}/").content.decode()
    run_jobs(scheduled=True)
    assert _state(ceremony) == CeremonyState.COMPLETED
    assert ceremony.title not in desk.get("/office/todo/").content.decode()
