"""A piece shows what the file showed, or it is not called PDF/A: layers, fields, pictures, locks."""

from __future__ import annotations

import io
import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest
from pikepdf import Array, Dictionary, Name
from PIL import Image

from pli.pdf.api import changed_pages
from pli.processing import engine
from pli.processing.plugs import Context, KindSpec
from pli.processing.wire import unpack_lines, write_context
from tests.pdf.samples import simple_contract

STEPS = [{"slug": "pdfa", "options": {}}, {"slug": "seal", "options": {}}]
SEAL = engine.SealOrder(
    {
        "field_name": "Cachet",
        "signed_at": datetime(2026, 11, 22, tzinfo=UTC).isoformat(),
        "signer_name": "Durand SARL",
        "reason": "Cachet",
        "box": [0, 0, 0, 0],
        "reserved": 4096,
        "page": 1,
    }
)


def make(path: Path, *, is_whole: bool) -> tuple[bytes, dict[str, Any]]:
    """The first piece of a file: all of its pages, through the real sandbox; and what the step said."""
    context = Context(
        organisation_name="Durand SARL",
        language="fr",
        now=datetime(2026, 11, 22, tzinfo=UTC),
        deadline=0,
        kinds={"invoice": KindSpec(slug="invoice", name="Facture", fields=())},
    )
    with pikepdf.open(path) as pdf:
        count = len(pdf.pages)
    read = engine.read_stage(path, first=1, last=count, steps=STEPS)
    cut = engine.split_stage(path, marks=read.marks, steps=STEPS)
    order = engine.PieceOrder("1", unpack_lines(read.packed), [list(one) for one in cut.objects], "invoice")
    with engine.packing_room(Path(tempfile.gettempdir())) as packed:
        (made,) = engine.make_pieces(
            path,
            [order],
            packed=packed,
            steps=STEPS,
            context=json.dumps(write_context(context)).encode(),
            seal=SEAL,
            is_whole=is_whole,
        )
        assert made.problem is None, made.problem
        return bytes(made.read_bytes(packed)), made.told["steps"][0]


def drawn(data: bytes) -> bytes:
    """The first page as it is seen, small, its fields filled in."""
    document = pypdfium2.PdfDocument(data)
    document.init_forms()
    picture = document[0].render(scale=0.5, grayscale=True).to_pil()
    document.close()
    return bytes(picture.tobytes())


def with_hidden_layer(tmp_path: Path) -> Path:
    """A page one of whose layers is hidden: « BROUILLON » in large."""
    with pikepdf.open(io.BytesIO(simple_contract(1))) as pdf:
        group = pdf.make_indirect(Dictionary(Type=Name.OCG, Name="Brouillon"))
        pdf.Root.OCProperties = Dictionary(OCGs=Array([group]), D=Dictionary(OFF=Array([group]), Order=Array([group])))
        page = pdf.pages[0]
        page.obj.Resources.Properties = Dictionary(MC0=group)
        page.contents_add(pdf.make_stream(b"/OC /MC0 BDC 0 0 400 400 re f EMC"))
        path = tmp_path / "layer.pdf"
        pdf.save(path)
    return path


def with_field(tmp_path: Path) -> Path:
    """A page with a filled-in field that no appearance draws: the form says how."""
    with pikepdf.open(io.BytesIO(simple_contract(1))) as pdf:
        font = pdf.make_indirect(Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica))
        field = pdf.make_indirect(
            Dictionary(
                Type=Name.Annot, Subtype=Name.Widget, FT=Name.Tx, T="montant", V="WWWWWWWWWW", F=4,
                Rect=Array([60, 60, 540, 120]), DA="/Helv 40 Tf 0 g", P=pdf.pages[0].obj,
            )
        )  # fmt: skip
        pdf.pages[0].obj.Annots = Array([field])
        resources = Dictionary(Font=Dictionary(Helv=font))
        pdf.Root.AcroForm = Dictionary(Fields=Array([field]), DR=resources, DA="/Helv 0 Tf 0 g", NeedAppearances=True)
        path = tmp_path / "field.pdf"
        pdf.save(path)
    return path


@pytest.mark.parametrize("is_whole", [True, False])
def test_a_hidden_layer_stays_hidden(tmp_path: Path, is_whole: bool) -> None:
    path = with_hidden_layer(tmp_path)
    made, said = make(path, is_whole=is_whole)
    assert said["outcome"] == "done", said
    assert changed_pages(path.read_bytes(), made) == []


@pytest.mark.parametrize("is_whole", [True, False])
def test_what_was_typed_in_a_field_stays_to_be_seen(tmp_path: Path, is_whole: bool) -> None:
    path = with_field(tmp_path)
    made, _said = make(path, is_whole=is_whole)
    ink = sum(value < 128 for value in drawn(made)[-297 * 150 // 2 :])
    assert ink > 100, "nothing is left of the field"


@pytest.mark.parametrize("is_whole", [True, False])
def test_a_lock_without_a_password_does_not_stand_in_the_way(tmp_path: Path, is_whole: bool) -> None:
    path = tmp_path / "locked.pdf"
    with pikepdf.open(io.BytesIO(simple_contract(1))) as pdf:
        pdf.save(path, encryption=pikepdf.Encryption(owner="secret", user="", R=6))
    made, said = make(path, is_whole=is_whole)
    assert said["outcome"] == "done"
    with pikepdf.open(io.BytesIO(made)) as opened:
        assert not opened.is_encrypted
    assert changed_pages(path.read_bytes(), made) == []


def test_a_page_that_shows_something_else_is_told() -> None:
    came = simple_contract(3)
    with pikepdf.open(io.BytesIO(came)) as pdf:
        pdf.pages[1].contents_add(pdf.make_stream(b"q 0 0 0 rg 100 300 150 80 re f Q"))
        spoilt = io.BytesIO()
        pdf.save(spoilt)
        del pdf.pages[2]
        shorter = io.BytesIO()
        pdf.save(shorter)
    assert changed_pages(came, came) == []
    assert changed_pages(came, spoilt.getvalue()) == [2]
    assert changed_pages(came, shorter.getvalue()) == [1, 2, 3]
    assert changed_pages(came, b"nothing") == [1, 2, 3]
    assert changed_pages(b"nothing", came) == []


def test_a_page_turned_black_is_told() -> None:
    picture = io.BytesIO()
    Image.new("L", (40, 40), 0).save(picture, "PDF")
    white = io.BytesIO()
    Image.new("L", (40, 40), 255).save(white, "PDF")
    assert changed_pages(white.getvalue(), picture.getvalue()) == [1]
