"""The demonstration's print run goes through its recipe."""

from __future__ import annotations

from pathlib import Path

import pytest

from pli.documents.api import Document
from pli.gateway.api import AskState, MobileAsk
from pli.processing.api import Run, run_progress
from pli.project.demonstration.start import make_demonstration
from pli.signing.models import EvidenceRenewal
from tests.support.queue import RunJobs


@pytest.mark.django_db(transaction=True)
def test_twenty_invoices_come_out_of_the_first_print_run(tmp_path: Path, run_jobs: RunJobs) -> None:
    make_demonstration(tmp_path)
    run_jobs()
    run = Run.objects.get(file_name="factures de la semaine.pdf")
    assert run.state == "DONE", (run.problem_code, run.problem)
    pieces = run_progress(run).pieces
    told = {piece.position: (piece.state, piece.problem_code, piece.problem, piece.facts) for piece in run.pieces.all()}
    assert (pieces["DONE"], pieces["TO_INDEX"], pieces["PARKED"]) == (18, 2, 1), told
    first = Document.objects.get(id=run.pieces.get(key="F2026-0201").document_id)
    assert first.facts["total"] == "908.40"
    assert first.party is not None
    assert first.party.name == "Boulangerie Lemaire"
    make_demonstration(tmp_path)
    run_jobs()
    assert Run.objects.count() == 4
    assert MobileAsk.objects.get().state == AskState.OPEN
    assert EvidenceRenewal.objects.filter(batch__stamped_at__isnull=False).count() == 1


@pytest.mark.django_db(transaction=True)
def test_scans_delivery_notes_and_payslips_find_their_layouts_and_their_people(
    tmp_path: Path, run_jobs: RunJobs
) -> None:
    make_demonstration(tmp_path)
    run_jobs()
    for file_name, done, asked in (
        ("scan du matin.pdf", {"PO-26118", "PO-26131"}, 1),
        ("bons de livraison.pdf", {"BL-8841", "BL-8846"}, 0),
    ):
        run = Run.objects.get(file_name=file_name)
        told = [(one.state, one.problem_code, one.problem, one.facts) for one in run.pieces.all()]
        pieces = run_progress(run).pieces
        assert (pieces["DONE"], pieces["TO_INDEX"], pieces["PARKED"]) == (2, asked, 0), str(told)
        filed = Document.objects.filter(id__in=run.pieces.values("document_id"))
        assert {document.facts["number"] for document in filed} == done
        assert {document.party.name for document in filed if document.party} == {"Papeterie de l’Ouest"}
        assert all(piece.layout_id for piece in run.pieces.filter(state="DONE")), told
    slips = Run.objects.get(file_name="paie du mois.pdf")
    [known] = slips.pieces.filter(state="DONE")
    document = Document.objects.get(id=known.document_id)
    assert document.party is not None
    assert document.party.name == "Karim Benali"
    assert document.facts["period"]
    assert slips.pieces.get(state="TO_INDEX").key == "S002"
