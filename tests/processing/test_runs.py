"""A print run through the real parts: read, cut, filed, sealed."""

from __future__ import annotations

from pathlib import Path

import pikepdf
import pytest
from benches.support.print_run import draw_run, invoice

from pli.capture.api import Capture, Wishes, receive
from pli.documents.api import (
    Document,
    DocumentFilter,
    RenditionRole,
    best_rendition,
    page_texts,
    rendition_path,
    renditions_for,
    search_documents,
    store_bytes,
)
from pli.processing.api import PieceState, RecipeWishes, Run, RunState, run_of_capture, run_progress, save_recipe
from pli.signing.api import trust_store
from pli.trust.api import verify_pdf
from tests.support.people import House, make_house
from tests.support.queue import RunJobs

pytestmark = pytest.mark.django_db(transaction=True)
NUMBER_ZONE = [0.7, 0.05, 0.95, 0.085]
SPLIT = {"slug": "split", "options": {"by": "changing-text", "box": NUMBER_ZONE, "pattern": r"F\d{4}-\d+"}}


@pytest.fixture(scope="session")
def print_run() -> bytes:
    return draw_run(6)


@pytest.fixture
def house() -> House:
    return make_house()


def send(house: House, content: bytes, steps: list[dict[str, object]], run_jobs: RunJobs, **wishes: object) -> Run:
    recipe = save_recipe(house.alice, RecipeWishes(name="Factures", kind="invoice", steps=steps))
    capture, _ = receive(
        house.alice,
        channel="upload",
        stored=store_bytes([content]),
        file_name="factures.pdf",
        source_key="lot-1",
        wishes=Wishes(kind="invoice", recipe_id=recipe.id, **wishes),
    )
    run_jobs()
    found = run_of_capture(house.alice, capture.id)
    assert found is not None
    assert Capture.objects.get(id=capture.id).state == "PASSED"
    return found


def test_a_print_run_becomes_sealed_documents(house: House, run_jobs: RunJobs, print_run: bytes) -> None:
    run = send(house, print_run, [SPLIT, {"slug": "seal", "options": {"is_visible": True}}], run_jobs)
    assert run.state == RunState.DONE, (run.problem_code, run.problem)
    pieces = list(run.pieces.order_by("position"))
    assert [piece.key for piece in pieces] == [invoice(rank).number for rank in range(1, 7)]
    assert [piece.pages for piece in pieces] == [[rank * 2 - 1, rank * 2] for rank in range(1, 7)]
    assert {piece.state for piece in pieces} == {PieceState.DONE}, [piece.problem for piece in pieces]
    document = Document.objects.get(id=pieces[2].document_id)
    assert document.title == "Facture F2026-00003"
    assert document.page_count == 2
    assert "F2026-00003" in page_texts(document.id)[0]
    found = search_documents(house.alice, DocumentFilter(text="F2026-00003"))
    assert [item.id for item in found.items] == [document.id]
    (rendition,) = renditions_for(house.alice, document.id)
    assert rendition.role == RenditionRole.ORIGINAL
    verdict = verify_pdf(rendition_path(rendition), roots=trust_store().roots())
    assert verdict.verdict == "TOTAL_PASSED"
    assert not verdict.modified_after_signing
    with pikepdf.open(rendition_path(rendition)) as pdf:
        assert len(pdf.pages) == 2
    progress = run_progress(run)
    assert (progress.pages_read, progress.total, progress.ended) == (12, 6, 6)


def test_a_file_kept_whole_keeps_its_bytes(house: House, run_jobs: RunJobs, print_run: bytes) -> None:
    run = send(house, print_run, [{"slug": "seal", "options": {}}], run_jobs, title="Lot de factures")
    (piece,) = run.pieces.all()
    assert piece.state == PieceState.DONE, piece.problem
    roles = {row.role: row for row in renditions_for(house.alice, piece.document_id)}
    assert rendition_path(roles[RenditionRole.ORIGINAL]).read_bytes() == print_run
    assert best_rendition(piece.document_id).role == RenditionRole.PROCESSED
    assert Document.objects.get(id=piece.document_id).title == "Lot de factures"
    assert isinstance(rendition_path(roles[RenditionRole.PROCESSED]), Path)
