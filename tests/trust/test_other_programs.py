"""What other programs write when they add a signature or a timestamp, and attacks that look like it.

Each honest habit was met in files signed by LibreOffice, PDFBox, iText, pyHanko and Acrobat.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.sign.fields import SigFieldSpec, append_signature_field

from pli.trust.api import seal_revision, verify_pdf
from pli.trust.cms_check import load_signed_data
from pli.trust.nesting import as_definite
from pli.trust.verdicts import PdfVerdict
from tests.trust.attacker import Attacker, page_of, tampered
from tests.trust.specimens import SealMaker, make_pdf

_XMP = """<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF
 xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
 xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmp:ModifyDate="{date}">
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li>
</rdf:Alt></dc:title></rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>"""


def _xmp(date: str, title: str = "Contrat") -> bytes:
    return _XMP.format(date=date, title=title).encode()


def _base() -> bytes:
    """A contract with XMP, a form with fonts of its own, and what LibreOffice leaves in its trailer."""
    out = BytesIO()
    with pikepdf.open(BytesIO(make_pdf())) as pdf:
        xmp = pdf.make_stream(_xmp("2026-01-01"))
        xmp.Type, xmp.Subtype = pikepdf.Name.Metadata, pikepdf.Name.XML
        pdf.Root.Metadata = pdf.make_indirect(xmp)
        font = pdf.make_indirect(
            pikepdf.Dictionary(
                Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
            )
        )  # fmt: skip
        pdf.Root.Extensions = pdf.make_indirect(pikepdf.Dictionary())
        pdf.Root.AcroForm = pdf.make_indirect(
            pikepdf.Dictionary(Fields=[], DR=pikepdf.Dictionary(Font=pikepdf.Dictionary(Helv=font)))
        )
        pdf.save(out, static_id=True)
    content = out.getvalue()
    stray = b"/AdditionalStreams [/application#2Fvnd.oasis.opendocument.text 4000 0 R]\n"
    return re.sub(rb"trailer\s*<<", lambda found: found[0] + stray, content, count=1)


def _metadata(content: bytes) -> Callable[[Attacker], None]:
    def change(writer: Attacker) -> None:
        old = writer.root.raw_get("/Metadata")
        stream = generic.StreamObject(stream_data=content)
        stream["/Type"], stream["/Subtype"] = pdf_name("/Metadata"), pdf_name("/XML")
        writer.objects[(old.generation, old.idnum)] = stream

    return change


def _font(name: str, key: str) -> Callable[[Attacker], None]:
    def change(writer: Attacker) -> None:
        form = writer.root["/AcroForm"]
        made = generic.DictionaryObject({pdf_name("/Type"): pdf_name("/Font"), pdf_name("/BaseFont"): pdf_name(name)})
        fonts = form["/DR"]["/Font"]
        fonts[pdf_name(key)] = writer.add_object(made)
        form["/DR"][pdf_name("/XObject")] = generic.DictionaryObject({pdf_name("/FRM"): writer.add_object(made)})
        form[pdf_name("/DA")] = generic.pdf_string("/Helv 0 Tf")
        writer.update_container(form)

    return change


def _box(width: float) -> Callable[[Attacker], None]:
    def change(writer: Attacker) -> None:
        page = page_of(writer).get_object()
        box = [float(number) for number in page["/MediaBox"]]
        numbers = (box[0], box[1], box[2] * width, box[3])
        page[pdf_name("/MediaBox")] = generic.ArrayObject(generic.FloatObject(f"{number:.4f}") for number in numbers)
        writer.update_container(page)

    return change


def _catalog_elsewhere(writer: Attacker) -> None:
    moved = writer.add_object(generic.DictionaryObject(dict(dict.items(writer.root))))
    writer._root = moved
    writer.trailer[pdf_name("/Root")] = moved


def _resources_elsewhere(font: str = "") -> Callable[[Attacker], None]:
    def change(writer: Attacker) -> None:
        page = page_of(writer).get_object()
        resources = generic.DictionaryObject(dict(dict.items(page["/Resources"])))
        if font:
            resources[pdf_name("/Font")] = generic.DictionaryObject()
        page[pdf_name("/Resources")] = writer.add_object(resources)
        writer.update_container(page)

    return change


def _page_node(name: str, value: generic.PdfObject) -> Callable[[Attacker], None]:
    def change(writer: Attacker) -> None:
        node = writer.root["/Pages"]
        node[pdf_name(name)] = value
        writer.update_container(node)

    return change


def _extension(writer: Attacker) -> None:
    levels = writer.root["/Extensions"]
    levels[pdf_name("/ISO_")] = generic.DictionaryObject({pdf_name("/BaseVersion"): pdf_name("/2.0")})
    writer.update_container(levels)


# A change, and what is said of it besides that no signature came with it.
HABITS = [
    (_metadata(_xmp("2026-11-22")), set()),
    (_metadata(_xmp("2026-11-22", "Avenant")), {"document_information_changed"}),
    (_metadata(_xmp("2026-11-22").replace(b"<dc:title>", b"<!-- x --><dc:title>")), {"document_information_changed"}),
    (_metadata(_xmp("2026-11-22", "&#65;")),
     {"document_information_changed"}),
    (_metadata(b"BT (1 000 000) Tj ET"), {"document_information_changed"}),
    (_font("/ZapfDingbats", "/ZaDb"), set()),
    (_font("/Symbol", "/Helv"), {"form_changed"}),
    (_box(1), set()),
    (_box(1.5), {"page_content_changed"}),
    (_catalog_elsewhere, set()),
    (_resources_elsewhere(), set()),
    (_resources_elsewhere("none"), {"page_content_changed"}),
    (_page_node("/ITXT", generic.pdf_string("5.0.0")), set()),
    (_page_node("/Rotate", generic.NumberObject(180)), {"pages_replaced"}),
    (_extension, set()),
]  # fmt: skip


def _sealed(folder: Path, content: bytes, request_for: SealMaker) -> Path:
    plain, target = folder / "plain.pdf", folder / "sealed.pdf"
    plain.write_bytes(content)
    seal_revision(plain, target, request_for(mark_pdf=None))
    return target


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory, request_for: SealMaker) -> Path:
    return _sealed(tmp_path_factory.mktemp("others"), _base(), request_for)


@pytest.mark.parametrize(("change", "said"), HABITS)
def test_habits_pass_and_what_looks_like_them_does_not(
    change: Callable[[Attacker], None], said: set[str], sealed: Path, judge: Callable[[bytes], PdfVerdict]
) -> None:
    [signature] = judge(tampered(sealed, change)).signatures
    assert set(signature.changes) - {"unexplained_revision"} == said


@pytest.mark.parametrize("is_moved", [False, True])
def test_a_field_may_stand_apart_from_what_shows_it(
    is_moved: bool, sealed: Path, tmp_path: Path, request_for: SealMaker, judge: Callable[[bytes], PdfVerdict]
) -> None:
    """A second signature whose widget is an object of its own; that of the first may not be put in its place."""

    def prepare(writer: Attacker) -> None:
        apart = SigFieldSpec("Second", box=(60, 400, 200, 450), combine_annotation=False)
        append_signature_field(writer, apart)
        if is_moved:
            second = writer.root["/AcroForm"]["/Fields"][1]
            second["/Kids"].append(writer.root["/AcroForm"]["/Fields"].raw_get(0))
            writer.update_container(second)

    prepared, signed = tmp_path / "prepared.pdf", tmp_path / "signed.pdf"
    prepared.write_bytes(tampered(sealed, prepare))
    seal_revision(prepared, signed, request_for(mark_pdf=None, certify=False, field_name="Second"))
    first = judge(signed.read_bytes()).signatures[0]
    assert set(first.changes) == ({"form_field_added"} if is_moved else set())


def test_what_passes_here_passes_in_the_sandbox(sealed: Path, tmp_path: Path) -> None:
    """A codec that is loaded on first use is out of reach there: what was read with it looked changed."""
    written = tmp_path / "later.pdf"
    written.write_bytes(tampered(sealed, _metadata(_xmp("2026-11-22"))))
    [signature] = verify_pdf(written, roots=[]).signatures
    assert set(signature.changes) <= {"unexplained_revision"}


def test_no_font_comes_to_a_form_that_somebody_fills(
    tmp_path: Path, request_for: SealMaker, judge: Callable[[bytes], PdfVerdict]
) -> None:
    """A field that names a font nobody has is drawn with the one that comes later (« shadow » attack)."""
    out = BytesIO()
    with pikepdf.open(BytesIO(_base())) as pdf:
        text = pikepdf.Dictionary(
            Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Widget, FT=pikepdf.Name.Tx, T="montant", V="100",
            DA="/ZaDb 12 Tf", Rect=[50, 50, 200, 80],
        )  # fmt: skip
        pdf.Root.AcroForm.Fields.append(pdf.make_indirect(text))
        pdf.save(out)
    target = _sealed(tmp_path, out.getvalue(), request_for)
    [signature] = judge(tampered(target, _font("/ZapfDingbats", "/ZaDb"))).signatures
    assert "form_changed" in signature.changes


def test_what_the_file_says_of_itself_is_no_way_to_a_page(
    tmp_path: Path, request_for: SealMaker, judge: Callable[[bytes], PdfVerdict]
) -> None:
    """A page drawn with the very stream that is also called metadata: changing it is changing the page."""
    plain, target = tmp_path / "plain.pdf", tmp_path / "sealed.pdf"
    with pikepdf.open(BytesIO(make_pdf())) as pdf:
        content = pdf.make_indirect(pdf.make_stream(b"BT ET"))
        content.Type, content.Subtype = pikepdf.Name.Metadata, pikepdf.Name.XML
        pdf.Root.Metadata = pdf.pages[0].Contents = content
        pdf.save(plain, fix_metadata_version=False)
    seal_revision(plain, target, request_for(mark_pdf=None))
    [signature] = judge(tampered(target, _metadata(b"BT (x) Tj ET"))).signatures
    assert "page_content_changed" in signature.changes


def _spread(der: bytes) -> bytes:
    """The same value with indefinite lengths wherever there may be (X.690 §8.1.3.6)."""
    out, place = b"", 0
    while place < len(der):
        tag, first = der[place], der[place + 1]
        count = first & 0x7F if first >= 0x80 else 0
        length = int.from_bytes(der[place + 2 : place + 2 + count], "big") if count else first
        start = place + 2 + count
        value = der[start : start + length]
        out += bytes([tag, 0x80]) + _spread(value) + b"\0\0" if tag & 0x20 else der[place : start + length]
        place = start + length
    return out


def test_lengths_that_are_left_open_are_read_at_once(sealed: Path, judge: Callable[[bytes], PdfVerdict]) -> None:
    content = sealed.read_bytes()
    place = re.search(rb"/Contents <([0-9a-fA-F]+)>", content)
    assert place is not None
    padded = bytes.fromhex(place[1].decode())
    _, length = load_signed_data(padded)
    spread = _spread(padded[:length])
    assert as_definite(spread + b"\0\0rest") == (padded[:length], len(spread))
    room = len(padded)
    assert len(spread) <= room
    written = spread.ljust(room, b"\0").hex().encode()
    verdict = judge(content[: place.start(1)] + written + content[place.end(1) :])
    assert verdict.verdict == "TOTAL_PASSED", verdict
    for wrong in (spread[:-1], b"\x30\x80" * 90, b"\x04\x80\0\0", b"\x30", b"", b"\x24\x80\x02\x01\x05\0\0"):
        with pytest.raises(ValueError):
            as_definite(wrong)
