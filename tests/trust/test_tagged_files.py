"""A tagged contract that another program countersigns: its field gets an element, what is read aloud stays."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name

from pli.trust.api import seal_revision
from pli.trust.verdicts import PdfVerdict
from tests.trust.attacker import Attacker, page_of, tampered
from tests.trust.specimens import SealMaker, make_pdf

FIELD = "Contresignature"
Change = Callable[[Attacker, dict[str, Any]], None]


def _tagged() -> bytes:
    """A page whose text is a paragraph of a structure, as word processors write it."""
    out = BytesIO()
    with pikepdf.open(BytesIO(make_pdf(1))) as pdf:
        page, name = pdf.pages[0].obj, pikepdf.Name
        page.StructParents = 0
        root = pdf.make_indirect(pikepdf.Dictionary(Type=name.StructTreeRoot, ParentTreeNextKey=1))
        whole = pdf.make_indirect(pikepdf.Dictionary(Type=name.StructElem, S=name.Document, P=root))
        text = pdf.make_indirect(pikepdf.Dictionary(Type=name.StructElem, S=name.P, P=whole, Pg=page, K=0))
        whole.K, root.K = pikepdf.Array([text]), pikepdf.Array([whole])
        places = pdf.make_indirect(pikepdf.Array([text]))
        root.ParentTree = pdf.make_indirect(pikepdf.Dictionary(Nums=pikepdf.Array([0, places])))
        pdf.Root.StructTreeRoot, pdf.Root.MarkInfo = root, pikepdf.Dictionary(Marked=True)
        pdf.save(out)
    return out.getvalue()


@pytest.fixture(scope="module")
def tagged(tmp_path_factory: pytest.TempPathFactory, request_for: SealMaker) -> Path:
    folder = tmp_path_factory.mktemp("tagged")
    plain, target = folder / "plain.pdf", folder / "sealed.pdf"
    plain.write_bytes(_tagged())
    seal_revision(plain, target, request_for(mark_pdf=None, certify=False))
    return target


def _dictionary(**entries: Any) -> generic.DictionaryObject:
    return generic.DictionaryObject({pdf_name(f"/{name}"): value for name, value in entries.items()})


def _prepare(writer: Attacker) -> dict[str, Any]:
    """Add an empty field and its element, as Acrobat does, the tree of numbers written anew elsewhere."""
    page = page_of(writer)
    field = writer.add_object(
        _dictionary(
            Type=pdf_name("/Annot"), Subtype=pdf_name("/Widget"), FT=pdf_name("/Sig"), T=generic.pdf_string(FIELD),
            Rect=generic.ArrayObject(generic.NumberObject(n) for n in (0, 0, 0, 0)), P=page,
            F=generic.NumberObject(132), StructParent=generic.NumberObject(1),
        )
    )  # fmt: skip
    writer.root["/AcroForm"]["/Fields"].append(field)
    writer.update_container(writer.root["/AcroForm"]["/Fields"])
    writer.register_annotation(page.reference, field)
    root = writer.root["/StructTreeRoot"]
    whole = root["/K"].raw_get(0)
    pointer = _dictionary(Type=pdf_name("/OBJR"), Obj=field, Pg=page)
    element = _dictionary(Type=pdf_name("/StructElem"), S=pdf_name("/Form"), P=whole, K=pointer)
    added = writer.add_object(element)
    whole.get_object()["/K"].append(added)
    writer.update_container(whole.get_object()["/K"])
    places = generic.ArrayObject(list.__iter__(root["/ParentTree"]["/Nums"][1]))
    numbers = [generic.NumberObject(0), writer.add_object(places), generic.NumberObject(1), added]
    root[pdf_name("/ParentTree")] = writer.add_object(_dictionary(Nums=generic.ArrayObject(numbers)))
    root[pdf_name("/ParentTreeNextKey")] = generic.NumberObject(2)
    writer.update_container(root)
    return {"element": element, "pointer": pointer, "places": places, "numbers": numbers, "whole": whole, "root": root}


def _nothing(_: Attacker, __: dict[str, Any]) -> None:
    """The honest program."""


def _spoken_otherwise(writer: Attacker, made: dict[str, Any]) -> None:
    text = made["whole"].get_object()["/K"][0]
    text[pdf_name("/ActualText")] = generic.pdf_string("Total : 1 euro")
    writer.update_container(text)


def _speaks_for_the_text(_: Attacker, made: dict[str, Any]) -> None:
    made["element"][pdf_name("/ActualText")] = generic.pdf_string("Total : 1 euro")


def _takes_the_text(_: Attacker, made: dict[str, Any]) -> None:
    made["element"][pdf_name("/K")] = generic.ArrayObject([made["pointer"], generic.NumberObject(0)])


def _leads_elsewhere(_: Attacker, made: dict[str, Any]) -> None:
    made["places"][0] = made["numbers"][3]


def _drops_the_text(writer: Attacker, made: dict[str, Any]) -> None:
    kids = made["whole"].get_object()["/K"]
    del kids[0]
    writer.update_container(kids)


def _means_another_object(_: Attacker, made: dict[str, Any]) -> None:
    made["pointer"][pdf_name("/Obj")] = made["pointer"].raw_get("/Pg")


def _renames(writer: Attacker, made: dict[str, Any]) -> None:
    made["root"][pdf_name("/RoleMap")] = _dictionary(P=pdf_name("/Artifact"))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_nothing, set()),
        *((change, {"structure_changed"}) for change in (
            _spoken_otherwise, _speaks_for_the_text, _takes_the_text, _leads_elsewhere, _drops_the_text,
            _means_another_object, _renames,
        )),
    ],
)  # fmt: skip
def test_only_an_element_for_its_own_field_may_be_added(
    change: Change, said: set[str], tagged: Path, tmp_path: Path, request_for: SealMaker,
    judge: Callable[[bytes], PdfVerdict],
) -> None:  # fmt: skip
    prepared, signed = tmp_path / "prepared.pdf", tmp_path / "signed.pdf"
    prepared.write_bytes(tampered(tagged, lambda writer: change(writer, _prepare(writer))))
    seal_revision(prepared, signed, request_for(mark_pdf=None, certify=False, field_name=FIELD))
    first, second = judge(signed.read_bytes()).signatures
    assert set(first.changes) == said
    assert not second.changes


def test_a_field_prepared_and_never_signed_is_a_change(tagged: Path, judge: Callable[[bytes], PdfVerdict]) -> None:
    [signature] = judge(tampered(tagged, lambda writer: _nothing(writer, _prepare(writer)))).signatures
    assert {"unexplained_revision", "form_field_added"} <= set(signature.changes)
