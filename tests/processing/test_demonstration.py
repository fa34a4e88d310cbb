"""The demonstration's print run goes through its recipe."""

from __future__ import annotations

from pathlib import Path

import pytest

from pli.documents.api import Document
from pli.processing.api import Run, run_progress
from pli.project.demonstration.start import make_demonstration
from tests.support.queue import RunJobs


@pytest.mark.django_db(transaction=True)
def test_twenty_invoices_come_out_of_the_first_print_run(tmp_path: Path, run_jobs: RunJobs) -> None:
    make_demonstration(tmp_path)
    run_jobs()
    run = Run.objects.get()
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
    assert Run.objects.count() == 1
