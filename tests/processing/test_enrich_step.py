"""The step « enrich »: letterhead, verso, annexes and stamps by rule, and PDF/A-1b stays possible after it."""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pikepdf
import pypdfium2
import pytest
from PIL import Image
from pydantic import ValidationError

from pli.pdf.api import judge_archival, save_archival
from pli.processing.chain import choose, needs_parties
from pli.processing.plugs import STEPS, Context, Done, Fact, FieldSpec, KindSpec, PartySpec, Refused, Skipped, Work
from pli.processing.steps.enrich import EnrichStep
from pli.processing.steps.enrich_options import EnrichOptions
from pli.processing.steps.pdfa import PdfaOptions, PdfaStep
from tests.pdf.nasty import barcode_font
from tests.pdf.samples import signed, simple_contract

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def png() -> bytes:
    out = io.BytesIO()
    Image.new("RGBA", (60, 20), (200, 0, 0, 128)).save(out, "PNG")
    return out.getvalue()


PAPER = simple_contract(2, title="PAPIER")
TERMS = simple_contract(2, title="CONDITIONS")
STAMP = png()
RESOURCES = {digest(data): data for data in (PAPER, TERMS, STAMP, b"not a pdf")}


def work_on(data: bytes, kind: str = "invoice", **changes: Any) -> Work:
    fields = (
        FieldSpec("numero", "Numéro"),
        FieldSpec("echeance", "Échéance", "date"),
        FieldSpec("ttc", "TTC", "amount"),
    )
    context = Context(
        organisation_name="Durand SARL", language="fr", now=NOON, deadline=1e12, resources=RESOURCES,
        kinds={"invoice": KindSpec("invoice", "Facture", fields)},
    )  # fmt: skip
    facts = {"numero": Fact("F-42"), "echeance": Fact("2026-12-31"), "ttc": Fact("1234.5")}
    work = Work(pages=(), pdf=pikepdf.open(io.BytesIO(data)), context=context, kind=kind, title="Facture", facts=facts)
    return replace(work, **changes)


def texts(work: Work) -> list[str]:
    out = io.BytesIO()
    work.pdf.save(out)
    return [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(out.getvalue())]


def test_it_is_installed() -> None:
    assert STEPS.get("enrich") is EnrichStep


def test_first_page_and_following_pages_get_their_paper() -> None:
    work = work_on(simple_contract(3))
    outcome = EnrichStep().run(work, EnrichOptions(letterhead_first=digest(PAPER), letterhead_next=digest(TERMS)))
    assert isinstance(outcome, Done)
    first, second, third = texts(work)
    assert "PAPIER" in first and "CONDITIONS" not in first
    assert "CONDITIONS" in second and "CONDITIONS" in third


def test_a_paper_of_two_pages_serves_both() -> None:
    work = work_on(simple_contract(3))
    EnrichStep().run(work, EnrichOptions(letterhead_first=digest(PAPER), letterhead_over=True))
    assert ["Page 2 sur 2" in text for text in texts(work)] == [False, True, True]


def test_fields_are_written_as_people_write_them() -> None:
    work = work_on(simple_contract(2), typed={"numero": "F-43"})
    text = "#numero# du #date#, échéance #echeance#, #ttc# — #organisation# #inconnu#page #page#/#pages#"
    EnrichStep().run(work, EnrichOptions(text=text))
    said = texts(work)[1].replace("\u00a0", " ")
    assert "F-43 du 21/11/2026, échéance 31/12/2026, 1 234,50 — Durand SARL page 2/2" in said


def test_the_words_the_editor_proposes_are_those_of_a_kind_pli_comes_with() -> None:
    """Its own kinds call the number « number » and label it « N° de facture »; the party is known by its id."""
    fields = (FieldSpec("number", "N° de facture"), FieldSpec("total", "Montant TTC", "amount"))
    context = replace(
        work_on(simple_contract(1)).context,
        kinds={"invoice": KindSpec("invoice", "Facture", fields)},
        parties=(PartySpec("p1", "C001", "Dupont SARL", "CLIENT"),),
    )
    work = work_on(
        simple_contract(1), context=context, party_id="p1", title="",
        facts={"number": Fact("F2026-0207"), "total": Fact("1200.00")},
    )  # fmt: skip
    text = "#numero#/#Numéro#/#n_de_facture# #client# #code# #montant_ttc# [#titre#] #periode#"
    outcome = EnrichStep().run(work, EnrichOptions(text=text))
    said = texts(work)[0].replace("\u00a0", " ")
    assert "F2026-0207/F2026-0207/F2026-0207 Dupont SARL C001 1 200,00 [Facture F2026-0207]" in said
    assert isinstance(outcome, Done)
    assert [note for note in outcome.notes if "#" in note] == [
        "Le champ #periode# du texte n’a pas de valeur ici : rien n’est écrit à sa place."
    ]


def test_the_parties_are_told_to_a_recipe_that_only_writes_a_name() -> None:
    assert needs_parties(choose([{"slug": "enrich", "options": {"text": "Pour #client#"}}]))
    assert not needs_parties(choose([{"slug": "enrich", "options": {"text": "Copie #numero#"}}]))


@pytest.mark.parametrize(("which", "seen"), [("all", 3), ("first", 1), ("next", 2), ("last", 1)])
def test_pages_are_chosen(which: Any, seen: int) -> None:
    work = work_on(simple_contract(3))
    EnrichStep().run(work, EnrichOptions(text="TAMPON", text_pages=which))
    assert sum("TAMPON" in text for text in texts(work)) == seen


def test_versos_and_annexes() -> None:
    work = work_on(simple_contract(2))
    EnrichStep().run(work, EnrichOptions(verso=digest(TERMS), attachment=digest(PAPER)))
    kinds = [("PAPIER" in text and "A") or ("CONDITIONS" in text and "V") or "P" for text in texts(work)]
    assert "".join(kinds) == "PVVPVVAA"
    beside = work_on(simple_contract(2))
    EnrichStep().run(
        beside, EnrichOptions(attachment=digest(TERMS), attachment_how="beside", attachment_name="conditions générales")
    )
    assert beside.attachments == [("conditions générales.pdf", TERMS)]
    assert len(beside.pdf.pages) == 2


def test_a_rule_is_for_its_kinds() -> None:
    options = EnrichOptions(kinds=("quote",), attachment=digest(TERMS))
    assert isinstance(EnrichStep().run(work_on(simple_contract(1)), options), Skipped)
    work = work_on(simple_contract(1), kind="quote")
    assert isinstance(EnrichStep().run(work, options), Done)
    assert len(work.pdf.pages) == 3


def test_everything_at_once_then_part_one() -> None:
    work = work_on(simple_contract(2))
    options = EnrichOptions(
        letterhead_first=digest(PAPER), text="Copie #numero#", text_angle=30, text_strength=30, text_under=True,
        image=digest(STAMP), image_strength=60, image_angle=-8, verso=digest(TERMS), verso_where="end",
    )  # fmt: skip
    assert isinstance(EnrichStep().run(work, options), Done)
    work.keeps_look = True
    assert isinstance(PdfaStep().run(work, PdfaOptions()), Done)
    assert judge_archival(save_archival(work.pdf, "1b"), "1b") == []


def test_a_pdf_can_be_a_stamp() -> None:
    work = work_on(barcode_font())
    assert isinstance(EnrichStep().run(work, EnrichOptions(image=digest(PAPER))), Done)
    assert "PAPIER" in texts(work)[0]


def test_a_signed_file_is_left_alone() -> None:
    assert isinstance(EnrichStep().run(work_on(signed()), EnrichOptions(text="x")), Skipped)


@pytest.mark.parametrize("option", ["letterhead_first", "verso", "attachment", "image"])
@pytest.mark.parametrize("sha256", [digest(b"not a pdf"), "0" * 64])
def test_a_file_that_cannot_be_used_parks_the_piece(option: str, sha256: str) -> None:
    outcome = EnrichStep().run(work_on(simple_contract(1)), EnrichOptions(**{option: sha256}))
    assert isinstance(outcome, Refused)
    assert outcome.remedy


def test_nothing_asked_is_said() -> None:
    assert isinstance(EnrichStep().run(work_on(simple_contract(1)), EnrichOptions()), Skipped)


@pytest.mark.parametrize(
    "wrong",
    [{"verso": "x"}, {"text_box": (0.5, 0, 0.2, 1)}, {"text_colour": "red"}, {"unknown": 1}, {"text_size": 1000}],
)
def test_wrong_options_are_told(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        EnrichOptions(**wrong)


def test_every_option_explains_itself() -> None:
    for step in (EnrichOptions, PdfaOptions):
        for name, field in step.model_fields.items():
            assert field.title and field.description and field.json_schema_extra, name
