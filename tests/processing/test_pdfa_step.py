"""The step « pdfa »: a piece comes out conform and judged, or exactly as it came."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pikepdf
import pytest

from pli.pdf.api import judge_archival, save_archival
from pli.processing.making import compare_look, judge
from pli.processing.plugs import STEPS, Context, Done, LookNeeded, NotArchival, Outcome, Refused, Skipped, Work
from pli.processing.steps.pdfa import PdfaOptions, PdfaStep
from tests.pdf import nasty, samples


def work_on(data: bytes, kind: str = "invoice") -> Work:
    context = Context(
        organisation_name="Durand SARL", language="fr", now=datetime(2026, 11, 21, 12, tzinfo=UTC), deadline=1e12
    )
    return Work(pages=(), pdf=pikepdf.open(io.BytesIO(data)), context=context, kind=kind, title="Facture 42")


def saved(work: Work) -> bytes:
    """As the runner saves a piece."""
    out = io.BytesIO()
    work.pdf.save(
        out, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none,
        object_stream_mode=pikepdf.ObjectStreamMode.preserve, fix_metadata_version=False,
    )  # fmt: skip
    return out.getvalue()


def archived(data: bytes, kind: str = "invoice", **options: Any) -> tuple[Outcome, Work, bytes]:
    """As a piece is made: begun again with what is known until it stands, its bytes judged."""
    unfit: dict[str, Sequence[str]] = {}
    keeps_look = False
    while True:
        work = work_on(data, kind)
        work.unfit, work.keeps_look = unfit, keeps_look
        try:
            outcome = PdfaStep().run(work, PdfaOptions(**options))
            written = save_archival(work.pdf, work.archive_part) if work.archive_part else data
            compare_look(work)
            judge(written, work)
        except LookNeeded:
            assert not keeps_look
            keeps_look = True
        except NotArchival as refusal:
            assert refusal.part not in unfit
            unfit[refusal.part] = refusal.reasons
        else:
            return outcome, work, written


def test_it_is_installed() -> None:
    assert STEPS.get("pdfa") is PdfaStep


@pytest.mark.parametrize(
    ("options", "kind", "part"),
    [
        ({}, "invoice", "1b"),
        ({"part": "2b"}, "invoice", "2b"),
        ({"kinds_2b": ("quote",)}, "quote", "2b"),
        ({"kinds_2b": ("quote",), "kinds_3b": ("invoice",)}, "invoice", "3b"),
    ],
)
def test_the_part_is_chosen_by_kind(options: dict[str, Any], kind: str, part: Any) -> None:
    outcome, work, data = archived(samples.simple_contract(1), kind, **options)
    assert isinstance(outcome, Done)
    assert outcome.notes[0] == f"Mis au format PDF/A-{part} et vérifié."
    assert judge_archival(data, part) == []
    assert f"<pdfaid:part>{part[0]}<".encode() in data
    assert str(work.pdf.docinfo["/Title"]) == "Facture 42"


def test_a_packed_source_still_gives_part_one() -> None:
    packed = io.BytesIO()
    with pikepdf.open(io.BytesIO(samples.simple_contract(1))) as pdf:
        pdf.save(packed, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    outcome, _work, data = archived(packed.getvalue())
    assert isinstance(outcome, Done)
    assert judge_archival(data, "1b") == []


def test_live_transparency_goes_to_the_next_part() -> None:
    outcome, _work, data = archived(nasty.live_transparency())
    assert isinstance(outcome, Done)
    assert judge_archival(data, "2b") == []


@pytest.mark.parametrize("otherwise", ["next", "keep"])
def test_what_cannot_conform_is_kept_as_it_came_and_says_why(otherwise: Any) -> None:
    came = nasty.barcode_font()
    outcome, work, _written = archived(came, otherwise=otherwise)
    assert isinstance(outcome, Skipped)
    assert "Code39" in outcome.reason
    assert not work.archive_part
    assert saved(work) == saved(work_on(came))


def test_or_it_is_set_aside() -> None:
    outcome, _work, _written = archived(nasty.live_transparency(), otherwise="park")
    assert isinstance(outcome, Refused)
    assert "transparence" in outcome.reason
    assert outcome.remedy
