"""What inspection says of files good, odd and hostile; and that flattening removes what it may, and only that."""

from __future__ import annotations

import contextlib
import io
import time
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest

from pli.pdf.api import (
    CAPTURE_LIMITS,
    FINDING_LABELS,
    DamagedPdf,
    EncryptedPdf,
    FindingCode,
    IncompletePdf,
    Inspection,
    JoinedPdfs,
    Limits,
    NotAPdf,
    PdfError,
    PdfTooLarge,
    PdfWithoutPages,
    TooManyPages,
    UnableToFlatten,
    extract_text,
    flatten_active_content,
    inspect_pdf,
    render_page,
    typeset,
)
from tests.pdf import samples


@pytest.fixture
def kept(tmp_path: Path) -> Callable[[bytes], Path]:
    def keep(data: bytes) -> Path:
        path = tmp_path / "in.pdf"
        path.write_bytes(data)
        return path

    return keep


def codes(inspection: Inspection) -> set[str]:
    return {finding.code.value for finding in inspection.findings if finding.is_blocking}


@pytest.mark.parametrize(
    "make", [samples.simple_contract, samples.scanned_like, samples.rotated, samples.cropbox_offset]
)
def test_an_ordinary_file_has_nothing_against_it(kept: Callable[[bytes], Path], make: Callable[[], bytes]) -> None:
    inspection = inspect_pdf(kept(make()))
    assert not inspection.is_blocked
    assert inspection.signature_count == 0
    assert len(inspection.pages) == inspection.page_count > 0


def test_a_file_from_typst_is_recognised_as_pdfa(kept: Callable[[bytes], Path]) -> None:
    data = {
        "width": 200, "height": 70, "language": "fr", "title": "t", "typed": "x", "is_handwritten": False,
        "signed_by": "", "signer_name": "", "when": "", "reference": "x",
    }  # fmt: skip
    inspection = inspect_pdf(kept(typeset("mark", data, standard="a-3b")))
    assert inspection.is_pdfa_claimed
    assert inspection.pdfa_part == "3B"
    assert not inspection.is_blocked


def test_sizes_are_those_displayed(kept: Callable[[bytes], Path]) -> None:
    page = inspect_pdf(kept(samples.rotated(270))).pages[0]
    assert (page.width, page.height, page.rotation) == (841.89, 595.276, 270)
    page = inspect_pdf(kept(samples.cropbox_offset())).pages[0]
    assert (page.width, page.height, page.rotation) == (400, 500, 0)


HOSTILE = [
    (samples.with_javascript(), {"javascript", "automatic_action"}),
    (samples.with_outline_javascript(), {"javascript"}),
    (samples.with_action("/Launch", F=b"(cmd.exe)"), {"launch"}),
    (samples.with_action("/SubmitForm", F=b"(https://evil.example)"), {"submit_form"}),
    (samples.with_action("/ImportData", F=b"(x.fdf)"), {"import_data"}),
    (samples.with_action("/GoToR", F=b"(other.pdf)", D=b"[0 /Fit]"), {"goto_remote"}),
    (samples.with_action("/GoToE", D=b"[0 /Fit]"), {"goto_remote"}),
    (samples.with_action("/Rendition", OP=0), {"multimedia"}),
    (samples.with_action("/Hide", T=b"(x)"), {"other_action"}),
    (samples.with_action("/URI", URI=b"(file:///etc/passwd)"), {"unsafe_link"}),
    (samples.with_action("/URI", URI=b"(JavaScript:alert(1))"), {"unsafe_link"}),
    (samples.with_action("/URI", URI=b"(\\\\\\\\host\\\\share)"), {"unsafe_link"}),
    (samples.with_attachment(), {"embedded_file"}),
    (samples.with_hidden_layer(), {"optional_content_hidden"}),
    (samples.with_overlay(), {"annotation_overlay"}),
    (samples.form_with_fields(), {"form_overlay", "form_field_hidden"}),
    (samples.with_xfa(), {"form_overlay", "form_field_hidden", "xfa"}),
    (samples.encrypted(user=""), {"owner_protected"}),
    (samples.damaged(), {"was_repaired"}),
]


@pytest.mark.parametrize(("data", "expected"), HOSTILE)
def test_what_a_signer_cannot_see_is_found_and_can_be_removed(
    kept: Callable[[bytes], Path], tmp_path: Path, data: bytes, expected: set[str]
) -> None:
    path = kept(data)
    inspection = inspect_pdf(path)
    assert codes(inspection) == expected
    assert inspection.can_be_flattened
    removed = flatten_active_content(path, tmp_path / "flat.pdf")
    assert {finding.code.value for finding in removed} == expected
    assert not inspect_pdf(tmp_path / "flat.pdf").is_blocked
    assert path.read_bytes() == data
    assert render_page(tmp_path / "flat.pdf", 1, width_px=200).startswith(b"\xff\xd8")


def test_flattening_keeps_what_was_visible(kept: Callable[[bytes], Path], tmp_path: Path) -> None:
    flatten_active_content(kept(samples.form_with_fields()), tmp_path / "flat.pdf")
    assert "1 000" in extract_text(tmp_path / "flat.pdf")[0]
    flatten_active_content(kept(samples.with_hidden_layer()), tmp_path / "shown.pdf")
    # Hidden notes are nobody else's to read, and what nobody sees is not signed.
    shown = extract_text(tmp_path / "shown.pdf")[0]
    assert "CLAUSE CACHEE" not in shown
    assert shown.split() == [word for word in shown.split() if word in extract_text(kept(samples.simple_contract()))[0]]


def test_flattening_keeps_web_links_and_factur_x(kept: Callable[[bytes], Path], tmp_path: Path) -> None:
    both = samples.with_attachment("factur-x.xml")
    with pikepdf.open(io.BytesIO(both)) as pdf:
        pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("1"))
        pdf.pages[0].obj.Annots = pikepdf.Array(
            [
                pikepdf.Dictionary(
                    Type=pikepdf.Name.Annot,
                    Subtype=pikepdf.Name.Link,
                    Rect=pikepdf.Array([0, 0, 9, 9]),
                    A=pikepdf.Dictionary(S=pikepdf.Name.URI, URI=pikepdf.String("https://atelier.example")),
                )
            ]
        )
        written = io.BytesIO()
        pdf.save(written)
    flatten_active_content(kept(written.getvalue()), tmp_path / "flat.pdf")
    left = {finding.code for finding in inspect_pdf(tmp_path / "flat.pdf").findings}
    assert {FindingCode.FACTUR_X, FindingCode.WEB_LINK} <= left
    assert FindingCode.JAVASCRIPT not in left


def test_a_dynamic_xfa_form_cannot_be_made_good(kept: Callable[[bytes], Path]) -> None:
    inspection = inspect_pdf(kept(samples.with_xfa(dynamic=True)))
    assert "xfa_dynamic" in codes(inspection)
    assert not inspection.can_be_flattened


def test_a_signed_file_is_never_rewritten(kept: Callable[[bytes], Path], tmp_path: Path) -> None:
    path = kept(samples.signed())
    inspection = inspect_pdf(path)
    assert inspection.signature_count == 1
    assert not inspection.is_blocked
    with pytest.raises(UnableToFlatten):
        flatten_active_content(path, tmp_path / "flat.pdf")
    assert not (tmp_path / "flat.pdf").exists()


@pytest.mark.parametrize(("level", "blocking"), [(1, {"certified_no_change"}), (2, set()), (3, set())])
def test_certification_says_whether_one_may_still_sign(
    kept: Callable[[bytes], Path], level: int, blocking: set[str]
) -> None:
    inspection = inspect_pdf(kept(samples.signed(certified=level)))
    assert inspection.is_certified
    assert inspection.certification_level == level
    assert codes(inspection) == blocking


def test_a_locked_file_takes_no_more_signatures(kept: Callable[[bytes], Path]) -> None:
    assert codes(inspect_pdf(kept(samples.signed(locked=True)))) == {"signatures_locked"}


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (bytes, NotAPdf),
        (lambda: b"hello", NotAPdf),
        (samples.hopeless, DamagedPdf),
        (samples.deep, DamagedPdf),
        (samples.encrypted, EncryptedPdf),
        (samples.nested_bomb, PdfTooLarge),
        (samples.vast_image, PdfTooLarge),
        (samples.cut_short, IncompletePdf),
        (samples.cut_in_a_page, IncompletePdf),
        (samples.page_gone, IncompletePdf),
        (samples.end_to_end, JoinedPdfs),
        (samples.without_pages, PdfWithoutPages),
        (lambda: samples.many_pages(5001), TooManyPages),
        (lambda: samples.many_pages(20_000), TooManyPages),
    ],
)
def test_what_cannot_be_used_is_refused_by_name_and_soon(
    kept: Callable[[bytes], Path], make: Callable[[], bytes], error: type[PdfError]
) -> None:
    path = kept(make())
    started = time.monotonic()
    with pytest.raises(error):
        inspect_pdf(path)
    assert time.monotonic() - started < 10


def test_a_bomb_is_not_unpacked_further_than_its_bound(kept: Callable[[bytes], Path]) -> None:
    path = kept(samples.bomb(unpacked=60 << 20))
    assert path.stat().st_size < 100_000
    with pytest.raises(PdfTooLarge):
        inspect_pdf(path, limits=Limits(max_stream_bytes=20 << 20))
    assert inspect_pdf(path).page_count == 1


def test_a_long_print_run_is_read_with_the_limits_of_capture(kept: Callable[[bytes], Path]) -> None:
    assert inspect_pdf(kept(samples.many_pages(6000)), limits=CAPTURE_LIMITS).page_count == 6000


def test_an_impossible_page_is_blocking(kept: Callable[[bytes], Path]) -> None:
    assert codes(inspect_pdf(kept(samples.vast_page()))) == {"page_size"}


def test_a_page_tree_that_loops_ends(kept: Callable[[bytes], Path]) -> None:
    with contextlib.suppress(DamagedPdf):
        assert inspect_pdf(kept(samples.page_tree_loop())).page_count == 1


def test_every_finding_can_be_said() -> None:
    assert set(FINDING_LABELS) == set(FindingCode)
