"""Files of many programs become PDF/A: judged by two validators, looking and reading as before."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy
import pikepdf
import pypdfium2
import pytest

from pli.kit.sandbox import run_isolated
from pli.pdf.api import ArchiveInfo, UnableToConform, judge_archival, make_archival, save_archival
from tests.pdf import disputed, loose, nasty, producers, samples
from tests.pdf.preflight import preflight, require_preflight

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
# A glyph of a stand-in font is not drawn exactly as the viewer's own: the page as a whole hardly changes.
CLOSE, CLOSER = 1.2, 0.02

FAITHFUL: dict[str, Callable[[], bytes]] = {
    "reportlab_embedded": producers.reportlab_embedded,
    "typst": producers.typst_plain,
    "chromium": producers.chromium,
    "cairo": producers.cairo,
    "libreoffice": producers.libreoffice,
    "pillow_scan": producers.pillow_scan,
    "grey_fax": producers.grey_fax,
    "qpdf_packed": producers.qpdf_packed,
    "truetype_differences": nasty.truetype_differences,
    "type3": nasty.type3,
}
REWRITTEN: dict[str, Callable[[], bytes]] = {
    "base_fourteen": producers.base_fourteen,
    "contract": lambda: samples.simple_contract(2),
    "rotated": samples.rotated,
    "cropped": samples.cropbox_offset,
    "damaged": samples.damaged,
    "odd_widths": nasty.odd_widths,
    "soft_mask": nasty.soft_mask,
    "hard_mask": lambda: nasty.soft_mask(hard=True),
    "declared_transparency": nasty.declared_transparency,
    "recent_profile": nasty.recent_profile,
    "jpeg2000": nasty.jpeg2000,
    "sixteen_bits": nasty.sixteen_bits,
    "old_packing": nasty.old_packing,
    "programs": nasty.programs_everywhere,
    "ends_with_return": nasty.ends_with_return,
    "owner_locked": nasty.owner_locked,
    "attachment": samples.with_attachment,
    "loose_ends": loose.loose_ends,
    "carried_elsewhere": loose.carried_elsewhere,
    "drawn_letters": disputed.drawn_letters,
    "unspoken_names": disputed.unspoken_names,
    "odd_places": disputed.odd_places,
}
CHANGED: dict[str, Callable[[], bytes]] = {
    # What is drawn or read differs on purpose: inks get a meaning, forms are drawn, hidden layers go.
    "cmyk": nasty.cmyk,
    "form": samples.form_with_fields,
    "xfa": samples.with_xfa,
    "annotations": nasty.annotations,
    "layered": nasty.layered,
    "hidden_layer": samples.with_hidden_layer,
    # Control characters are read as spaces.
    "disputed": disputed.repairable,
}
ALL = FAITHFUL | REWRITTEN | CHANGED


@cache
def specimen(name: str) -> bytes:
    return ALL[name]()


def converted(data: bytes, part: Any, **info: str) -> tuple[bytes, list[str]]:
    with pikepdf.open(io.BytesIO(data)) as pdf:
        changes = make_archival(pdf, part, ArchiveInfo(made_at=NOON, **info))
        return save_archival(pdf, part), changes


def pictures(data: bytes) -> list[Any]:
    document = pypdfium2.PdfDocument(data)
    document.init_forms()
    return [page.render(scale=1.2, may_draw_forms=True).to_numpy()[..., :3].astype(int) for page in document]


def texts(data: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(data)
    return [page.get_textpage().get_text_range() for page in document]


def difference(one: bytes, other: bytes) -> float:
    before, after = pictures(one), pictures(other)
    assert [item.shape for item in before] == [item.shape for item in after]
    return max(float(numpy.abs(a - b).mean()) for a, b in zip(before, after, strict=True))


@pytest.mark.parametrize("part", ["1b", "2b", "3b"])
@pytest.mark.parametrize("name", ALL)
def test_it_conforms_and_says_the_same(name: str, part: str) -> None:
    before = specimen(name)
    after, _ = converted(before, part)
    assert judge_archival(after, part) == []  # type: ignore[arg-type]
    if name not in CHANGED:
        assert texts(after) == texts(before)
        assert difference(before, after) <= (CLOSER if name in FAITHFUL else CLOSE)


@pytest.mark.parametrize("name", ["cmyk", "form", "annotations", "layered"])
def test_what_changes_on_purpose_hardly_shows(name: str) -> None:
    after, _ = converted(specimen(name), "1b")
    assert difference(specimen(name), after) <= CLOSE


def test_preflight_agrees(tmp_path: Path) -> None:
    require_preflight()
    made = {}
    for name in ALL:
        try:
            made[name] = converted(specimen(name), "1b")[0]
        except pytest.skip.Exception:
            continue
    told = preflight(made, tmp_path)
    assert set(told) == set(made)
    assert {name: problems for name, problems in told.items() if problems} == {}


@pytest.mark.parametrize("name", ["contract", "base_fourteen", "cmyk", "truetype_differences", "soft_mask"])
def test_a_job_that_may_open_no_file_does_it(name: str, tmp_path: Path) -> None:
    told = run_isolated(
        "tests.pdf.archiving_jobs:convert",
        {"part": "1b", "made_at": NOON.isoformat()},
        inputs={"source": specimen(name)},
        outputs={"target": tmp_path / "out.pdf"},
    )
    assert told["problems"] == []
    assert (tmp_path / "out.pdf").read_bytes() == converted(specimen(name), "1b")[0]


def test_live_transparency_is_refused_for_part_one_and_kept_for_part_two() -> None:
    for data in (nasty.live_transparency(), producers.typst_transparent()):
        with pytest.raises(UnableToConform) as refusal:
            converted(data, "1b")
        assert "PDF/A-2b" in refusal.value.reasons[0]
        after, _ = converted(data, "2b")
        assert judge_archival(after, "2b") == []
        assert difference(data, after) <= CLOSE


def test_a_barcode_font_is_never_replaced_by_letters() -> None:
    with pytest.raises(UnableToConform) as refusal:
        converted(nasty.barcode_font(), "2b")
    assert "Code39" in refusal.value.reasons[0]


def test_a_signed_file_is_left_alone() -> None:
    with pytest.raises(UnableToConform) as refusal:
        converted(samples.signed(), "2b")
    assert "signature" in refusal.value.reasons[0]


def test_an_electronic_invoice_wants_part_three() -> None:
    data = nasty.invoice_inside()
    with pytest.raises(UnableToConform) as refusal:
        converted(data, "1b")
    assert "PDF/A-3b" in refusal.value.reasons[0]
    after, _ = converted(data, "3b")
    assert judge_archival(after, "3b") == []
    with pikepdf.open(io.BytesIO(after)) as pdf:
        assert pdf.attachments["factur-x.xml"].get_file().read_bytes() == b"<x/>"
        packet = pdf.Root.Metadata.read_bytes()
    assert b"<fx:ConformanceLevel>EN 16931</fx:ConformanceLevel>" in packet


def test_attachments_leave_parts_one_and_two_and_it_is_said() -> None:
    after, changes = converted(samples.with_attachment("notes.txt"), "2b")
    assert "Pièce jointe retirée du fichier : notes.txt" in changes
    with pikepdf.open(io.BytesIO(after)) as pdf:
        assert not pdf.attachments


def test_hidden_layers_go_and_what_was_seen_stays() -> None:
    after, _ = converted(nasty.layered(), "1b")
    assert "BROUILLON" not in "".join(texts(after))
    assert "Facture 2026-0042" in "".join(texts(after))


def test_widths_are_kept_to_the_unit() -> None:
    before, after = nasty.odd_widths(), converted(nasty.odd_widths(), "1b")[0]
    places = []
    for data in (before, after):
        page = pypdfium2.PdfDocument(data)[0].get_textpage()
        places.append([page.get_charbox(index, loose=True)[0] for index in range(page.count_chars())])
    assert places[1] == pytest.approx(places[0], abs=0.01)


def test_metadata_and_information_say_the_same() -> None:
    data = samples.simple_contract(1, title="Contrat & avenant <n° 2>")
    after, _ = converted(data, "1b", author="Durand\x00 SARL")
    with pikepdf.open(io.BytesIO(after)) as pdf:
        assert str(pdf.docinfo["/Title"]) == "Contrat & avenant <n° 2>"
        assert str(pdf.docinfo["/Author"]) == "Durand SARL"
        with pdf.open_metadata() as metadata:
            assert metadata["dc:title"] == "Contrat & avenant <n° 2>"
            assert metadata["dc:creator"] == ["Durand SARL"]
            assert metadata["pdfaid:part"] == "1"
            assert metadata["xmp:ModifyDate"] == "2026-11-21T12:00:00+00:00"


def test_the_same_file_gives_the_same_bytes() -> None:
    assert converted(specimen("contract"), "1b")[0] == converted(specimen("contract"), "1b")[0]


def test_converting_again_changes_nothing_one_sees() -> None:
    once, _ = converted(specimen("base_fourteen"), "1b")
    twice, _ = converted(once, "2b")
    assert judge_archival(twice, "2b") == []
    assert difference(once, twice) <= CLOSER


@pytest.mark.parametrize("make", [samples.nested_bomb, samples.vast_image, samples.hopeless, samples.page_tree_loop])
def test_hostile_files_are_refused_in_words(make: Callable[[], bytes]) -> None:
    with pytest.raises((UnableToConform, pikepdf.PdfError)):
        converted(make(), "1b")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (loose.unknown_filter, "aucun lecteur"),
        (loose.damaged_font, "est endommagée"),
        (disputed.lacking_places, "est endommagée"),
        (disputed.draws_itself, "se contient lui-même"),
        (disputed.text_without_font, "sans police"),
        (disputed.other_widths, "largeurs"),
        (disputed.shows_nothing, "toutes les lettres"),
    ],
)
def test_what_no_reader_could_show_is_said(make: Callable[[], bytes], said: str) -> None:
    with pytest.raises(UnableToConform) as refused:
        converted(make(), "1b")
    assert said in str(refused.value.reasons)


def test_what_leads_nowhere_is_dropped_and_the_header_is_of_the_norm() -> None:
    after, _ = converted(loose.loose_ends(), "1b")
    assert after.startswith(b"%PDF-1.7")
    with pikepdf.open(io.BytesIO(after)) as pdf, pdf.open_outline() as outline:
        assert [("/Dest" in one.obj) for one in outline.root] == [False, False, True]  # type: ignore[operator]
        assert pdf.Root.Outlines.Count == 3 and "/A" not in pdf.pages[0].Annots[0]


def test_the_judge_finds_what_is_wrong() -> None:
    problems = judge_archival(samples.simple_contract(1), "1b")
    assert any("OUTPUT" in problem or "FONT" in problem or "METADATA" in problem for problem in problems)
    assert judge_archival(b"not a pdf", "1b")
