"""Pieces of a chunk made archival together: each is as good as one made alone, and what is odd goes its own way."""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest
from benches.support.print_run import draw_run
from pikepdf import Array, Dictionary, Name

from pli.pdf.api import judge_archival
from pli.processing import engine, together, workshop
from pli.processing.chain import choose
from pli.processing.plugs import Context, KindSpec
from pli.processing.wire import unpack_lines, write_context
from tests.pdf import nasty
from tests.pdf.samples import simple_contract
from tests.processing.test_piece_looks import SEAL

CONTEXT = Context(
    organisation_name="Durand SARL",
    language="fr",
    now=datetime(2026, 11, 22, tzinfo=UTC),
    deadline=0,
    kinds={"invoice": KindSpec(slug="invoice", name="Facture", fields=())},
)
TITLES = ("Facture 1", "<Été> & « Cie »", "Facture\x07 3", "", "Facture 5", "Ωμέγα")


def recipe(**options: Any) -> list[dict[str, Any]]:
    return [{"slug": "pdfa", "options": options}, {"slug": "seal", "options": {}}]


def make(path: Path, *, per_piece: int, at_once: int, steps: list[dict[str, Any]]) -> list[tuple[bytes, str]]:
    """Every ``per_piece`` pages a piece, ``at_once`` pieces a job, through the sandbox: the bytes and what was said."""
    with pikepdf.open(path) as pdf:
        count = len(pdf.pages)
    read = engine.read_stage(path, first=1, last=count, steps=steps)
    cut = engine.split_stage(path, marks=read.marks, steps=steps)
    lines = unpack_lines(read.packed)
    orders = [
        engine.PieceOrder(
            str(first),
            lines[first : first + per_piece],
            [list(one) for one in cut.objects[first : first + per_piece]],
            "invoice",
            TITLES[first // per_piece % len(TITLES)],
        )
        for first in range(0, count, per_piece)
    ]
    made: list[tuple[bytes, str]] = []
    for first in range(0, len(orders), at_once):
        with engine.packing_room(Path(tempfile.gettempdir())) as packed:
            pieces = engine.make_pieces(
                path,
                orders[first : first + at_once],
                packed=packed,
                steps=steps,
                context=json.dumps(write_context(CONTEXT)).encode(),
                seal=SEAL,
            )
            for one in pieces:
                assert one.problem is None, one.problem
                made.append((bytes(one.read_bytes(packed)), json.dumps(one.told["steps"][0])))
    return made


def seen(data: bytes) -> list[tuple[bytes, str]]:
    """What the pages show and say."""
    document = pypdfium2.PdfDocument(data)
    found = []
    for page in document:
        picture = page.render(scale=0.5).to_pil().tobytes()
        found.append((picture, page.get_textpage().get_text_bounded()))
        page.close()
    document.close()
    return found


def facts_of(data: bytes) -> tuple[dict[str, str], bytes]:
    with pikepdf.open(io.BytesIO(data)) as pdf:
        return {key: str(value) for key, value in pdf.docinfo.items()}, pdf.Root.Metadata.read_bytes()


def is_together(path: Path, steps: list[dict[str, Any]], per_piece: int) -> bool:
    """Whether the way of several is taken for this file."""
    with pikepdf.open(path) as source:
        pages = [page.obj for page in source.pages]
        orders = [
            {"id": str(first), "objects": [page.objgen for page in pages[first : first + per_piece]]}
            for first in range(0, len(pages), per_piece)
        ]
        return together.gather(source, orders, choose(steps), CONTEXT, pages) is not None


def joined(parts: Sequence[bytes], path: Path) -> Path:
    """One file with the pages of several, made by as many programs."""
    with pikepdf.new() as whole:
        for part in parts:
            with pikepdf.open(io.BytesIO(part)) as pdf:
                whole.pages.extend(pdf.pages)
        whole.save(path)
    return path


@pytest.mark.parametrize("part", ["1b", "2b", "3b"])
def test_made_together_or_alone_is_the_same(tmp_path: Path, part: str) -> None:
    path = tmp_path / "run.pdf"
    path.write_bytes(draw_run(6))
    steps = recipe(part=part)
    assert is_together(path, steps, 2)
    alone, several = (make(path, per_piece=2, at_once=size, steps=steps) for size in (1, 6))
    for (one, said), (other, told) in zip(alone, several, strict=True):
        assert said == told
        assert judge_archival(other, part) == []  # type: ignore[arg-type]
        assert seen(one) == seen(other)
        assert facts_of(one) == facts_of(other)


def test_the_odd_page_does_not_hold_back_the_others(tmp_path: Path) -> None:
    plain = draw_run(2)
    path = joined([plain, nasty.live_transparency(), plain], tmp_path / "odd.pdf")
    made = make(path, per_piece=1, at_once=9, steps=recipe())
    parts = ["2b" if "PDF/A-2b" in said or '"2b"' in said else "1b" for _, said in made]
    assert parts == ["1b"] * 4 + ["2b"] + ["1b"] * 4
    assert [judge_archival(data, part) for (data, _), part in zip(made, parts, strict=True)] == [[]] * 9  # type: ignore[arg-type]


def _with_note(pdf: pikepdf.Pdf) -> None:
    link = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([0, 0, 9, 9]), Dest=Array([pdf.pages[0].obj]))
    pdf.pages[1].obj.Annots = Array([pdf.make_indirect(link)])


def _with_form(pdf: pikepdf.Pdf) -> None:
    pdf.Root.AcroForm = Dictionary(Fields=Array())


@pytest.mark.parametrize("change", [_with_note, _with_form])
def test_what_is_out_of_the_ordinary_goes_its_own_way(tmp_path: Path, change: Any) -> None:
    path = tmp_path / "file.pdf"
    with pikepdf.open(io.BytesIO(draw_run(3))) as pdf:
        change(pdf)
        pdf.save(path)
    assert not is_together(path, recipe(), 1)


@pytest.mark.parametrize(
    "steps",
    [
        recipe(kinds_2b=["quote"]),
        [{"slug": "enrich", "options": {"text": "Page #page#"}}, *recipe()],
        [{"slug": "seal", "options": {}}],
    ],
)
def test_steps_that_change_pages_or_parts_keep_pieces_apart(tmp_path: Path, steps: list[dict[str, Any]]) -> None:
    path = tmp_path / "run.pdf"
    path.write_bytes(draw_run(3))
    assert not is_together(path, steps, 1)
    assert is_together(path, recipe(), 1)


def test_a_page_two_pieces_share_keeps_them_apart(tmp_path: Path) -> None:
    path = tmp_path / "run.pdf"
    path.write_bytes(draw_run(3))
    with pikepdf.open(path) as source:
        pages = [page.obj for page in source.pages]
        pages[5] = pages[0]
        orders = [{"id": str(at), "objects": [page.objgen]} for at, page in enumerate(pages)]
        assert together.gather(source, orders, choose(recipe()), CONTEXT, pages) is None


def test_a_change_that_may_show_is_looked_at_piece_by_piece(tmp_path: Path) -> None:
    path = joined([simple_contract(5)], tmp_path / "fonts.pdf")  # its fonts are named, not embedded
    assert not is_together(path, recipe(), 1)


def test_a_chunk_too_heavy_is_not_held_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "run.pdf"
    path.write_bytes(draw_run(3))
    monkeypatch.setattr(together, "_HEAVIEST", 1000)
    assert not is_together(path, recipe(), 1)


def test_every_new_shape_is_judged_whole(tmp_path: Path) -> None:
    path = tmp_path / "run.pdf"
    path.write_bytes(draw_run(4))
    with pikepdf.open(path) as source:
        pages = [page.obj for page in source.pages]
        for page in pages:
            workshop.inherit(page)
        orders = [{"id": str(at), "objects": [page.objgen]} for at, page in enumerate(pages)]
        found = together.gather(source, orders, choose(recipe()), CONTEXT, pages)
        assert found is not None
        first, second, titled = (found.take_out(place) for place in ("0", "1", "2"))
        for one, title in ((first, "A"), (second, "B"), (titled, "é")):
            together.pdf_tools.write_metadata(one, "1b", together.ArchiveInfo(made_at=CONTEXT.now, title=title))
        assert found.is_new(first)
        found.judged(first)
        assert not found.is_new(second)
        assert found.is_new(titled)
