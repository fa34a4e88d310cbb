"""Files changed at random: whatever they do to a parser, the caller sees a value or a refusal it can explain."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pli.pdf.api import PdfError, extract_text, flatten_active_content, inspect_pdf, render_page
from tests.pdf import samples

SEEDS = [
    samples.simple_contract(2),
    samples.form_with_fields(),
    samples.with_hidden_layer(),
    samples.signed(certified=2),
    samples.scanned_like(1)[:40_000],
]
TOKENS = [
    b"/Kids",
    b"/Length",
    b"endobj",
    b"stream\n",
    b"0 R",
    b"<<",
    b">>",
    b"[",
    b"-1",
    b"99999999999",
    b"/Filter",
    b"/Parent",
]

changes = st.lists(
    st.tuples(
        st.integers(0, 40_000), st.one_of(st.binary(min_size=1, max_size=8), st.sampled_from(TOKENS)), st.booleans()
    ),
    min_size=1,
    max_size=12,
)


def changed(seed: bytes, edits: list[tuple[int, bytes, bool]]) -> bytes:
    data = bytearray(seed)
    for position, piece, is_insertion in edits:
        at = position % (len(data) + 1)
        data[at : at if is_insertion else at + len(piece)] = piece
    return bytes(data)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.sampled_from(SEEDS), edits=changes)
def test_a_changed_file_is_read_or_refused(seed: bytes, edits: list[tuple[int, bytes, bool]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path, flat = Path(folder) / "in.pdf", Path(folder) / "flat.pdf"
        path.write_bytes(changed(seed, edits))
        for attempt in (
            lambda: inspect_pdf(path),
            lambda: flatten_active_content(path, flat),
            lambda: render_page(path, 1, width_px=200),
            lambda: extract_text(path, last=1),
        ):
            try:
                attempt()
            except PdfError:
                continue
        assert {item.name for item in Path(folder).iterdir()} <= {"in.pdf", "flat.pdf"}


@settings(max_examples=40, deadline=None)
@given(body=st.binary(max_size=2000))
def test_noise_behind_a_pdf_header_is_refused(body: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "in.pdf"
        path.write_bytes(b"%PDF-1.4\n" + body)
        try:
            inspect_pdf(path)
        except PdfError:
            return
