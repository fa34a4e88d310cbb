"""Places kept for people, initials, what they fill in or copy, what they join; judged by other programs."""

from __future__ import annotations

import io
import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from reportlab.pdfgen import canvas

from pli.documents.api import existing_blob_path, store_bytes
from pli.kit.errors import NotAllowed, NotFound
from pli.pdf.api import extract_text, render_page
from pli.signing.api import (
    BON_POUR_ACCORD,
    AskedFileMissing,
    AskedFileRefused,
    Ceremony,
    CeremonyState,
    FieldRequest,
    FieldsMissing,
    Place,
    Signer,
    UnableToSend,
    UnableToSignFile,
    join_file,
    joined_file,
    sign,
    trust_store,
)
from pli.trust.api import verify_pdf
from tests.support.ceremonies import JULIE, PAUL, answer_of, ask, drawn_signature, file_contract, reach, sign_as
from tests.support.people import House, make_house
from tests.support.queue import RunJobs

pytestmark = pytest.mark.django_db


@pytest.fixture
def house() -> House:
    return make_house()


def _paper(*, rotation: int = 0) -> bytes:
    """Three pages by another program; words of the last say where things go."""
    out = io.BytesIO()
    sheet = canvas.Canvas(out, pagesize=(595, 842))
    for page in (1, 2, 3):
        sheet.drawString(72, 720, f"Contrat, page {page}")
        if page == 3:
            sheet.drawString(100, 300, "#signature_client#")
            sheet.drawString(100, 500, "Fait à : #lieu#")
        sheet.setPageRotation(rotation)
        sheet.showPage()
    sheet.save()
    return out.getvalue()


def _answer(signer: Signer, **values: str) -> Any:
    typed = {one.id: values[one.label] for one in signer.fields.all() if one.label in values}
    return replace(answer_of(signer), spots={}, values=typed)


@pytest.mark.parametrize("rotation", [0, 90])
def test_two_people_fill_and_initial_a_paper_that_stays_valid(
    house: House, run_jobs: RunJobs, tmp_path: Path, rotation: int
) -> None:
    julie = replace(
        JULIE,
        marks=(Place(anchor="#signature_client#"),),
        has_initials=True,
        fields=(
            FieldRequest("TEXT", "Lieu", place=Place(anchor="#lieu#")),
            FieldRequest("CHECKBOX", "Reçu", place=Place(page=1, x=72, y=300), is_required=False),
            FieldRequest("DATE", "Date", place=Place(page=2, x=72, y=300)),
            BON_POUR_ACCORD,
        ),
    )
    paul = replace(PAUL, side="right", has_initials=True, fields=(FieldRequest("TEXT", "Fonction"),))
    ceremony = ask(house, julie, paul, documents=[file_contract(house, _paper(rotation=rotation))])
    paper = ceremony.papers.get()
    assert (paper.changes, paper.had_active_content) == (["fields_added"], False)
    session = reach(house, JULIE.email, run_jobs)
    signer = Signer.objects.get(id=session.signer_id)
    good = {"Lieu": "Lyon", "Reçu": "on", "Date": "2026-11-22", "Bon pour accord": "Bon pour  accord"}
    for wrong in ({"Lieu": ""}, {"Date": "demain"}, {"Bon pour accord": "bon pour accord"}):
        with pytest.raises(FieldsMissing):
            sign(session, _answer(signer, **good | wrong))
    sign(session, _answer(signer, **good))
    run_jobs()
    paper.refresh_from_db()
    half = verify_pdf(existing_blob_path(paper.current_sha256), roots=trust_store().roots())
    assert half.verdict == "TOTAL_PASSED", (half.reason, Ceremony.objects.get().failure)
    session = reach(house, PAUL.email, run_jobs)
    sign(session, _answer(Signer.objects.get(id=session.signer_id), Fonction="Gérant"))
    run_jobs()
    ceremony.refresh_from_db()
    paper.refresh_from_db()
    assert ceremony.state == CeremonyState.COMPLETED, ceremony.failure
    final = existing_blob_path(paper.current_sha256)
    verdict = verify_pdf(final, roots=trust_store().roots())
    assert verdict.verdict == "TOTAL_PASSED", verdict.reason
    assert "field_filled" in verdict.signatures[0].later
    said = subprocess.run(["pdfsig", "-nocert", final], capture_output=True, text=True, check=False).stdout
    assert said.count("Signature is Valid.") == 2, said
    with pikepdf.open(final) as pdf:
        filled = {str(one.T): str(one.V) for one in pdf.Root.AcroForm.Fields if one.FT == "/Tx"}
    assert sorted(filled.values()) == ["22/11/2026", *["JM"] * 3, "Lyon", *["PD"] * 3, "X"]
    flat = subprocess.run(["pdftotext", "-f", "3", final, "-"], capture_output=True, text=True, check=True).stdout
    assert rotation or "Contrat, page 3" in flat
    spot = signer.placements.get()
    anchor = subprocess.run(
        ["pdftotext", "-bbox", "-f", "3", final, "-"], capture_output=True, text=True, check=True
    ).stdout
    if not rotation:
        assert 'xMin="100' in anchor
        assert (spot.page, round(spot.x), spot.width) == (3, 100, 170)
    assert render_page(final, 3, width_px=800)
    record = json.loads(existing_blob_path(signer.evidence.json_sha256).read_bytes())
    assert [(one["label"], one["value"]) for one in record["fields"]][:2] == [("Lieu", "Lyon"), ("Reçu", "X")]
    assert record["documents"][0]["mark"]["chosen_by"] == "sender"
    assert "Gérant" not in json.dumps(record)


def test_a_filled_field_changed_afterwards_is_a_change(house: House, run_jobs: RunJobs, tmp_path: Path) -> None:
    """Another value put over the filled one by an incremental update, and a field filled by nobody's signature."""
    from pyhanko.pdf_utils import generic
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    text = FieldRequest("TEXT", "Prix", place=Place(page=1, x=72, y=300))
    ceremony = ask(
        house, replace(JULIE, fields=(text,)), replace(PAUL, fields=(text,)),
        documents=[file_contract(house, _paper())],
    )  # fmt: skip
    session = reach(house, JULIE.email, run_jobs)
    signer = Signer.objects.get(id=session.signer_id)
    sign(session, replace(_answer(signer, Prix="100 €"), spots=answer_of(signer).spots))
    run_jobs()
    signed = existing_blob_path(ceremony.papers.get().current_sha256).read_bytes()
    for name in ("Pli_champ_1_1", "Pli_champ_2_1"):
        stream = io.BytesIO(signed)
        writer = IncrementalPdfFileWriter(stream)
        for item in writer.root["/AcroForm"]["/Fields"]:
            field = item.get_object()
            if field.get("/T") == name:
                field["/V"] = generic.TextStringObject("1 €")
                writer.mark_update(item.reference)
        writer.write_in_place()
        changed = tmp_path / f"{name}.pdf"
        changed.write_bytes(stream.getvalue())
        verdict = verify_pdf(changed, roots=trust_store().roots())
        assert verdict.verdict == "TOTAL_FAILED", name
        assert verdict.modified_after_signing


def test_what_is_asked_is_joined_hashed_and_seen_by_the_sender_alone(
    house: House, run_jobs: RunJobs, tmp_path: Path
) -> None:
    ceremony = ask(house, replace(JULIE, asks=("Pièce d’identité", "RIB")), PAUL, is_in_order=False)
    session = reach(house, JULIE.email, run_jobs)
    other = reach(house, PAUL.email, run_jobs)
    signer = Signer.objects.get(id=session.signer_id)
    identity, account = signer.asked_files.order_by("position")
    picture, bad = tmp_path / "carte.png", tmp_path / "carte.exe"
    picture.write_bytes(drawn_signature())
    bad.write_bytes(b"MZ" + bytes(100))
    with pytest.raises(AskedFileMissing):
        sign(session, answer_of(signer))
    with pytest.raises(NotFound):
        join_file(other, identity.id, picture, "carte.png")
    with pytest.raises(AskedFileRefused):
        join_file(session, identity.id, bad, "carte.pdf")
    join_file(session, identity.id, picture, "carte.png")
    paper = tmp_path / "rib.pdf"
    paper.write_bytes(_paper())
    digest = store_bytes([paper.read_bytes()]).sha256
    join_file(session, account.id, paper, "rib.pdf")
    sign(session, answer_of(Signer.objects.get(id=signer.id)))
    sign_as_other = Signer.objects.get(id=other.signer_id)
    sign(other, answer_of(sign_as_other))
    run_jobs()
    assert joined_file(house.chloe, ceremony.id, account.id).sha256 == digest
    with pytest.raises(NotAllowed):
        joined_file(house.alice, ceremony.id, account.id)
    record = json.loads(existing_blob_path(ceremony.signers.get(position=1).evidence.json_sha256).read_bytes())
    assert [one["label"] for one in record["joined_files"]] == ["Pièce d’identité", "RIB"]
    assert all(one["sha256"] for one in record["joined_files"])
    theirs = existing_blob_path(ceremony.signers.get(position=2).evidence.json_sha256).read_text()
    assert '"RIB"' not in theirs  # In quotes: a code of verification may hold these letters.
    assert digest not in theirs


def test_what_stands_beside_the_mark_is_written_in_it(house: House, run_jobs: RunJobs, tmp_path: Path) -> None:
    """A paper that was already signed takes no new fields, but what is typed stands in the mark."""
    first = ask(house)
    sign_as(house, JULIE.email, run_jobs)
    run_jobs()
    with pytest.raises(UnableToSignFile):
        ask(house, replace(PAUL, has_initials=True), documents=[first.papers.get().document])
    ceremony = ask(house, replace(PAUL, fields=(BON_POUR_ACCORD, FieldRequest("TEXT", "Lieu"))))
    session = reach(house, PAUL.email, run_jobs)
    signer = Signer.objects.get(id=session.signer_id)
    values = {"Bon pour accord": "Bon pour accord", "Lieu": "Lyon"}
    sign(session, replace(_answer(signer, **values), spots=answer_of(signer).spots))
    run_jobs()
    final = existing_blob_path(ceremony.papers.get().current_sha256)
    shown = tmp_path / "shown.pdf"
    # pdftotext reads pages; the mark is the appearance of a field: flattened by another program, it is read too.
    subprocess.run(["pdftocairo", "-pdf", final, shown], check=True)
    text = extract_text(shown)[0]
    assert "Bon pour accord" in text
    assert "Lieu : Lyon" in text


@pytest.mark.parametrize(
    "wrong",
    [
        {"marks": (Place(anchor="#nulle_part#"),)},
        {"marks": (Place(page=9, x=10, y=10),)},
        {"marks": (Place(x=10, y=10), Place(x=200, y=200))},
        {"marks": (Place(x=2000, y=10),)},
        {"side": "middle"},
        {"fields": (FieldRequest("PHRASE", "Mention"),)},
        {"fields": (FieldRequest("SCRIPT", "x"),)},
        {"asks": ("",)},
    ],
)
def test_places_that_cannot_be_are_refused(house: House, wrong: dict[str, Any]) -> None:
    with pytest.raises(UnableToSend):
        ask(house, replace(JULIE, **wrong), documents=[file_contract(house, _paper())])
