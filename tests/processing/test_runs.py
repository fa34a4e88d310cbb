"""A print run through the real parts: read, cut, indexed, filed, sealed."""

from __future__ import annotations

import io
from typing import Any

import pikepdf
import pytest
from benches.support.print_run import invoice
from reportlab.pdfgen.canvas import Canvas

from pli.capture.api import Capture
from pli.documents.api import (
    Document,
    DocumentFilter,
    DocumentKind,
    RenditionRole,
    best_rendition,
    page_texts,
    rendition_path,
    renditions_for,
    search_documents,
)
from pli.journal.api import Event
from pli.kit.errors import NotFound
from pli.kit.transitions import UnableToMove
from pli.parties.api import PartyKind, create_party
from pli.processing.api import (
    PieceState,
    Run,
    RunState,
    attach_orphan,
    cancel_run,
    complete_piece,
    dismiss_piece,
    get_run,
    pieces_to_index,
    replay_run,
    retry_piece,
    retry_run,
    run_progress,
)
from pli.signing.api import trust_store
from pli.trust.api import verify_pdf
from tests.processing.conftest import SEAL, SPLIT, Send
from tests.support.people import House
from tests.support.queue import RunJobs
from tests.support.runs import make_recipe, start_invoices

pytestmark = pytest.mark.django_db(transaction=True)


def states(run: Run) -> list[str]:
    return list(run.pieces.order_by("position").values_list("state", flat=True))


def pages(*texts: str) -> bytes:
    """A page for each text, its number where the invoices have theirs."""
    out = io.BytesIO()
    pen = Canvas(out, pagesize=(595.276, 841.89))
    for text in texts:
        pen.drawString(440, 782, text)
        pen.drawString(60, 400, "Conditions générales de vente")
        pen.showPage()
    pen.save()
    return out.getvalue()


def blank_pages(count: int) -> bytes:
    """Pages with nothing on them."""
    out = io.BytesIO()
    with pikepdf.new() as pdf:
        for _ in range(count):
            pdf.add_blank_page(page_size=(595, 842))
        pdf.save(out)
    return out.getvalue()


def test_a_print_run_becomes_sealed_documents(house: House, send: Send, print_run: bytes) -> None:
    run = send(print_run, [SPLIT, {"slug": "seal", "options": {"is_visible": True, "page": -1}}])
    assert run.state == RunState.DONE, (run.problem_code, run.problem)
    assert Capture.objects.get().state == "PASSED"
    pieces = list(run.pieces.order_by("position"))
    assert [piece.key for piece in pieces] == [invoice(rank).number for rank in range(1, 7)]
    assert [piece.pages for piece in pieces] == [[rank * 2 - 1, rank * 2] for rank in range(1, 7)]
    assert set(states(run)) == {PieceState.DONE}, [piece.problem for piece in pieces]
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
    told = Event.objects.get(name="processing.pieces-filed")
    assert set(told.data["document_ids"]) == {str(piece.document_id) for piece in pieces}


def test_values_and_client_are_read(house: House, send: Send, print_run: bytes) -> None:
    rules = [{"field": "total", "how": "anchor", "anchor": "Total TTC", "side": "right", "page": -1}]
    run = send(print_run, [SPLIT, {"slug": "index", "options": {"rules": rules}}, SEAL])
    first = Document.objects.get(id=run.pieces.get(position=1).document_id)
    assert first.facts == {"number": "F2026-00001", "date": "2026-01-06", "total": f"{invoice(1).total:.2f}"}


def test_a_file_kept_whole_keeps_its_bytes(house: House, send: Send, print_run: bytes) -> None:
    run = send(print_run, [SEAL], title="Lot de factures")
    (piece,) = run.pieces.all()
    assert piece.state == PieceState.DONE, piece.problem
    roles = {row.role: row for row in renditions_for(house.alice, piece.document_id)}
    assert rendition_path(roles[RenditionRole.ORIGINAL]).read_bytes() == print_run
    assert best_rendition(piece.document_id).role == RenditionRole.PROCESSED
    assert Document.objects.get(id=piece.document_id).title == "Lot de factures"


def test_a_recipe_that_changes_nothing_keeps_one_rendition(house: House, send: Send, print_run: bytes) -> None:
    run = send(print_run, [{"slug": "index", "options": {}}])
    (piece,) = run.pieces.all()
    (row,) = renditions_for(house.alice, piece.document_id)
    assert rendition_path(row).read_bytes() == print_run


def test_a_file_of_nothing_but_separators_is_parked_with_its_reason(house: House, send: Send) -> None:
    blank = {"slug": "split", "options": {"by": "blank"}}
    run = send(blank_pages(3), [blank, {"slug": "index", "options": {}}])
    assert (run.state, run.problem_code, run.pieces.count()) == (RunState.PARKED, "PRO-018", 0)


def test_a_file_of_nobodys_pages_says_so(house: House, send: Send) -> None:
    run = send(pages("bonjour", "bonsoir"), [SPLIT])
    (piece,) = run.pieces.all()
    assert (piece.state, piece.problem_code, piece.pages) == (PieceState.PARKED, "PRO-017", [1, 2])


def test_pages_of_nobody_are_kept_and_can_be_attached(house: House, send: Send, run_jobs: RunJobs) -> None:
    content = pages("(garde)", "F2026-00001", "F2026-00001", "rien", "F2026-00002", "rien")
    run = send(content, [SPLIT, SEAL])
    assert run.state == RunState.DONE
    assert states(run) == ["PARKED", "DONE", "PARKED", "DONE", "PARKED"]
    front, middle, last = run.pieces.filter(is_orphan=True).order_by("position")
    assert [front.pages, middle.pages, last.pages] == [[1], [4], [6]]
    assert front.problem_code == "PRO-013"
    attach_orphan(house.alice, last.id, to=middle.id)
    run_jobs()
    middle.refresh_from_db()
    assert (middle.state, middle.pages) == (PieceState.DONE, [4, 6])
    retry_piece(house.alice, front.id)
    run_jobs()
    front.refresh_from_db()
    assert front.state == PieceState.DONE
    assert Document.objects.get(id=front.document_id).page_count == 1


def test_what_is_missing_waits_for_a_person_who_says_it(house: House, send: Send, run_jobs: RunJobs) -> None:
    kind = DocumentKind.objects.get(organisation=house.organisation, slug="invoice")
    kind.fields = [*kind.fields, {"name": "order", "label_fr": "N° de commande", "type": "text", "required": True}]
    kind.save()
    run = send(pages("F2026-00001", "F2026-00002"), [SPLIT, SEAL])
    assert states(run) == ["TO_INDEX", "TO_INDEX"]
    first, second = pieces_to_index(house.alice)
    assert "order" in first.problem["errors"]
    complete_piece(house.alice, first.id, facts={"order": "BC-1"}, party_id=house.dupont.id)
    run_jobs()
    first.refresh_from_db()
    document = Document.objects.get(id=first.document_id)
    assert document.facts["order"] == "BC-1"
    assert document.party == house.dupont
    assert document.folder.party == house.dupont
    dismiss_piece(house.alice, second.id)
    run.refresh_from_db()
    assert run.state == RunState.DONE
    with pytest.raises(UnableToMove):
        complete_piece(house.alice, first.id, facts={"order": "BC-2"})


def test_what_stands_beside_its_label_and_is_no_amount_waits_for_a_person(house: House, send: Send) -> None:
    total = {"field": "total", "how": "anchor", "anchor": "Total TTC", "side": "right", "page": 1}
    steps = [{"slug": "split", "options": {"by": "pages"}}, {"slug": "index", "options": {"rules": [total]}}]
    run = send(pages("Total TTC : douze cents", "Total TTC : 1 200,00"), steps)
    wrong, right = run.pieces.order_by("position")
    assert (wrong.state, wrong.problem_code) == (PieceState.TO_INDEX, "PRO-015")
    assert "Montant attendu" in wrong.problem["errors"]["total"]
    assert (wrong.facts["total"]["value"], wrong.facts["total"]["confidence"]) == ("douze cents", 0.0)
    assert right.state == PieceState.DONE


def test_pieces_cut_by_blank_pages_are_called_by_the_number_read_on_them(house: House, send: Send) -> None:
    data = pages("Facture N° F-77", "Facture sans rien")
    run = send(data, [{"slug": "split", "options": {"by": "pages"}}, {"slug": "index", "options": {}}])
    titles = [Document.objects.get(id=piece.document_id).title for piece in run.pieces.order_by("position")]
    assert titles == ["Facture F-77", "Facture 2"]


def test_a_recipe_can_ask_for_a_known_client(house: House, send: Send) -> None:
    run = send(pages("F2026-00001"), [SPLIT, SEAL], needs_party=True)
    (piece,) = run.pieces.all()
    assert (piece.state, piece.problem_code) == (PieceState.TO_INDEX, "PRO-014")


def test_doubtful_values_are_shown(house: House, send: Send, print_run: bytes) -> None:
    run = send(print_run, [SPLIT, {"slug": "index", "options": {}}], asks_below=100)
    assert set(states(run)) == {"TO_INDEX"}
    assert run.pieces.first().problem_code == "PRO-015"


def test_a_run_is_cancelled_and_replayed(house: House, send: Send, run_jobs: RunJobs, print_run: bytes) -> None:
    run = send(pages("(garde)", "F2026-00001"), [SPLIT, SEAL])
    assert states(run) == ["PARKED", "DONE"]
    cancel_run(house.alice, run.id)
    assert states(run) == ["CANCELLED", "DONE"]
    with pytest.raises(UnableToMove):
        cancel_run(house.alice, run.id)
    again = replay_run(house.alice, run.id)
    run_jobs()
    again.refresh_from_db()
    assert (again.state, again.replaces_id) == (RunState.DONE, run.id)
    assert states(again) == ["PARKED", "DONE"]


def test_a_run_without_its_recipe_waits(house: House, send: Send, run_jobs: RunJobs, print_run: bytes) -> None:
    first = send(print_run, [SPLIT])
    recipe = first.recipe
    assert recipe is not None
    recipe.is_active = False
    recipe.save()
    with pytest.raises(Exception, match="PRO-003"):
        replay_run(house.alice, first.id)
    Run.objects.filter(id=first.id).update(state=RunState.PARKED)
    recipe.is_active = True
    recipe.save()
    first.pieces.all().delete()
    retry_run(house.alice, first.id)
    run_jobs()
    first.refresh_from_db()
    assert first.state == RunState.DONE


def test_a_file_that_stopped_is_tried_again_before_its_other_ranges_had_their_turn(
    house: House, run_jobs: RunJobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pli.processing.queueing.PAGES", 2)
    run = start_invoices(house.chloe, make_recipe(house))
    Run.objects.filter(id=run.id).update(state=RunState.PARKED, problem_code="PRO-010")
    retry_run(house.chloe, run.id)
    run_jobs()
    assert states(run) == ["DONE"] * 3


def test_a_signed_file_is_not_cut(house: House, send: Send, run_jobs: RunJobs, print_run: bytes) -> None:
    sealed = send(print_run, [SEAL], name="Cachet")
    content = rendition_path(best_rendition(sealed.pieces.get().document_id)).read_bytes()
    run = send(content, [SPLIT, SEAL], name="Découpe")
    assert (run.state, run.problem_code) == (RunState.PARKED, "PRO-016")


def test_each_sees_their_own_runs(house: House, send: Send, print_run: bytes) -> None:
    run = send(print_run, [SPLIT], by=house.bruno)
    assert get_run(house.alice, run.id) == run
    assert get_run(house.denis, run.id) == run
    with pytest.raises(NotFound):
        get_run(house.chloe, run.id)


def test_one_broken_piece_parks_alone(house: House, send: Send, print_run: bytes) -> None:
    """A page whose content cannot be copied: its own invoice waits, the others are filed."""
    with pikepdf.open(io.BytesIO(print_run)) as pdf:
        # The page says it has a content of which nothing is left but a reference to a page tree.
        pdf.pages[4].obj["/Resources"] = pikepdf.Dictionary(Font=pikepdf.Dictionary(F9=pikepdf.Name.Oops))
        broken = io.BytesIO()
        pdf.save(broken)
    run = send(broken.getvalue(), [SPLIT, {"slug": "pdfa", "options": {"part": "1b"}}, SEAL])
    assert run.state == RunState.DONE
    assert states(run).count("DONE") >= 5


@pytest.mark.parametrize("count", [1, 7])
def test_chunks_of_any_size_file_everything(
    house: House, send: Send, print_run: bytes, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pli.processing.queueing.CHUNK", count)
    monkeypatch.setattr("pli.processing.queueing.LARGEST_CHUNK", count)
    monkeypatch.setattr("pli.processing.queueing.PAGES", 5)
    run = send(print_run, [SPLIT, SEAL])
    assert states(run) == ["DONE"] * 6
    blobs: set[Any] = {Document.objects.get(id=row).renditions.get().blob_id for row in documents_of(run)}
    assert len(blobs) == 6


def documents_of(run: Run) -> list[Any]:
    return list(run.pieces.order_by("position").values_list("document_id", flat=True))


def test_a_supplier_is_recognised_by_its_bank_account(house: House, send: Send) -> None:
    account = "FR1420041010050500013M02606"
    supplier = create_party(
        actor=house.alice,
        kind=PartyKind.SUPPLIER,
        values={"code": "F9", "name": "Nom de nulle part", "ibans": account},
    )
    paper = pages("F2026-00001 - IBAN FR14 2004 1010 0505 0001 3M02 606")
    run = send(paper, [{"slug": "index", "options": {}}])
    assert run.pieces.get().party_id == supplier.id
