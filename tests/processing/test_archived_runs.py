"""A whole run: cut, dressed, archived, sealed; every file valid for two PDF/A validators and for pdfsig."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from benches.support.print_run import draw_run

from pli.capture.api import Wishes, receive
from pli.documents.api import best_rendition, rendition_path, store_bytes
from pli.pdf.api import judge_archival
from pli.processing.api import PieceState, RecipeWishes, add_resource, run_of_capture, save_recipe
from tests.pdf.preflight import preflight, require_preflight
from tests.pdf.samples import simple_contract
from tests.support.people import House, make_house
from tests.support.queue import RunJobs

pytestmark = pytest.mark.django_db(transaction=True)
SPLIT = {
    "slug": "split",
    "options": {"by": "changing-text", "box": [0.7, 0.05, 0.95, 0.085], "pattern": r"F\d{4}-\d+"},
}


@pytest.fixture
def house() -> House:
    return make_house()


def made(house: House, run_jobs: RunJobs, content: bytes, steps: list[dict[str, Any]]) -> dict[str, bytes]:
    recipe = save_recipe(house.alice, RecipeWishes(name="Factures", kind="invoice", steps=steps))
    capture, _ = receive(
        house.alice,
        channel="upload",
        stored=store_bytes([content]),
        file_name="factures.pdf",
        source_key=hashlib.sha256(content).hexdigest(),
        wishes=Wishes(kind="invoice", recipe_id=recipe.id),
    )
    run_jobs()
    run = run_of_capture(house.alice, capture.id)
    assert run is not None
    pieces = list(run.pieces.order_by("position"))
    assert {piece.state for piece in pieces} == {PieceState.DONE}, [(piece.problem, piece.steps) for piece in pieces]
    return {f"piece{one.position}": rendition_path(best_rendition(one.document_id)).read_bytes() for one in pieces}


@pytest.mark.parametrize("is_visible", [False, True])
def test_a_sealed_run_is_archival(house: House, run_jobs: RunJobs, tmp_path: Path, is_visible: bool) -> None:
    stored = store_bytes([simple_contract(1, title="PAPIER")])
    paper = add_resource(house.alice, name="Papier", stored=stored, media_type="application/pdf")
    dress = {"letterhead_first": paper.blob.sha256, "text": "Page #page#/#pages#"}
    steps = [
        SPLIT,
        {"slug": "enrich", "options": dress},
        {"slug": "pdfa", "options": {}},
        {"slug": "seal", "options": {"is_visible": is_visible}},
    ]
    files = made(house, run_jobs, draw_run(4), steps)
    assert len(files) == 4
    assert {name: judge_archival(data, "1b") for name, data in files.items()} == {key: [] for key in files}
    _ask_pdfsig(files, tmp_path)
    require_preflight()
    assert preflight(files, tmp_path) == {key: [] for key in files}


def _ask_pdfsig(files: dict[str, bytes], folder: Path) -> None:
    if shutil.which("pdfsig") is None:
        return
    for name, data in files.items():
        (folder / f"{name}.pdf").write_bytes(data)
        told = subprocess.run(
            ["pdfsig", "-nocert", str(folder / f"{name}.pdf")], capture_output=True, text=True, check=False
        )
        assert "Signature Validation: Signature is Valid." in told.stdout
        assert "Total document signed" in told.stdout
