"""Attacks on signed files, built here as their authors published them (pdf-insecurity.org, pdf shadow attacks)."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import PdfFileWriter

from pli.trust import revision
from pli.trust.api import SealIdentity, TrustStore, UnableToSeal, seal_revision
from pli.trust.revision import Appearance, write_placeholder
from pli.trust.signed_data import sign_digest, wrap
from pli.trust.verdicts import PdfVerdict
from pli.trust.verify import verify_pdf_here
from tests.trust.specimens import SealMaker, make_pdf, pdfsig


@pytest.fixture(scope="session")
def judge(store: TrustStore) -> Callable[[bytes], PdfVerdict]:
    roots = store.roots()
    return lambda content: verify_pdf_here(io.BytesIO(content), roots=roots, at=datetime.now(UTC))


class Attacker(IncrementalPdfFileWriter):
    """Appends a revision with nothing but the attack."""

    output_version = (1, 0)

    def _update_meta(self) -> None:
        return


def tampered(path: Path, change: Callable[[Attacker], None]) -> bytes:
    writer = Attacker(io.BytesIO(path.read_bytes()))
    change(writer)
    out = io.BytesIO()
    writer._force_write_when_empty = True
    writer.write(out)
    return out.getvalue()


def text_stream(text: str) -> generic.StreamObject:
    return generic.StreamObject(stream_data=f"BT /F1 24 Tf 80 500 Td ({text}) Tj ET".encode())


def form_stream(writer: Attacker, text: str) -> generic.IndirectObject:
    form = text_stream(text)
    form["/Type"], form["/Subtype"] = pdf_name("/XObject"), pdf_name("/Form")
    form["/BBox"] = generic.ArrayObject(generic.NumberObject(n) for n in (0, 0, 200, 80))
    return writer.add_object(form)


def page_of(writer: Attacker) -> generic.IndirectObject:
    return writer.root["/Pages"]["/Kids"].raw_get(0)


def replace_content(writer: Attacker) -> None:
    page = page_of(writer).get_object()
    page[pdf_name("/Contents")] = writer.add_object(text_stream("Total 1 000 000 euros"))
    writer.update_container(page)


def replace_stream_in_place(writer: Attacker) -> None:
    content = page_of(writer).get_object().raw_get("/Contents")
    writer.objects[(content.generation, content.idnum)] = text_stream("Autre texte")


def replace_appearance(writer: Attacker) -> None:
    field = writer.root["/AcroForm"]["/Fields"][0]
    field[pdf_name("/AP")] = generic.DictionaryObject({pdf_name("/N"): form_stream(writer, "Bob Durand")})
    writer.update_container(field)


def replace_appearance_stream(writer: Attacker) -> None:
    form = writer.root["/AcroForm"]["/Fields"][0]["/AP"].raw_get("/N")
    replaced = form_stream(writer, "Bob Durand").get_object()
    writer.objects[(form.generation, form.idnum)] = replaced


def move_signature(writer: Attacker) -> None:
    field = writer.root["/AcroForm"]["/Fields"][0]
    field[pdf_name("/Rect")] = generic.ArrayObject(generic.NumberObject(n) for n in (0, 0, 600, 800))
    writer.update_container(field)


def add_annotation(writer: Attacker) -> None:
    annotation = generic.DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Annot"),
            pdf_name("/Subtype"): pdf_name("/FreeText"),
            pdf_name("/Rect"): generic.ArrayObject(generic.NumberObject(n) for n in (60, 400, 500, 700)),
            pdf_name("/AP"): generic.DictionaryObject({pdf_name("/N"): form_stream(writer, "Gratuit")}),
        }
    )
    writer.register_annotation(page_of(writer).reference, writer.add_object(annotation))


def add_empty_signature_field(writer: Attacker) -> None:
    """A visible field that nobody signed: viewers draw its appearance over the text."""
    field = generic.DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Annot"),
            pdf_name("/Subtype"): pdf_name("/Widget"),
            pdf_name("/FT"): pdf_name("/Sig"),
            pdf_name("/T"): generic.pdf_string("Signature-9"),
            pdf_name("/Rect"): generic.ArrayObject(generic.NumberObject(n) for n in (60, 400, 500, 700)),
            pdf_name("/AP"): generic.DictionaryObject({pdf_name("/N"): form_stream(writer, "Gratuit")}),
        }
    )
    reference = writer.add_object(field)
    writer.root["/AcroForm"]["/Fields"].append(reference)
    writer.update_container(writer.root["/AcroForm"]["/Fields"])
    writer.register_annotation(page_of(writer).reference, reference)


def swap_pages(writer: Attacker) -> None:
    other = PdfFileReader(io.BytesIO(make_pdf(1, text="Faux")))
    pages = writer.import_object(other.root.raw_get("/Pages"), obj_stream=None)
    writer.root[pdf_name("/Pages")] = pages
    writer.update_root()


def swap_catalog(writer: Attacker) -> None:
    fake = generic.DictionaryObject(dict(dict.items(writer.root)))
    fake[pdf_name("/OpenAction")] = generic.DictionaryObject({pdf_name("/S"): pdf_name("/JavaScript")})
    reference = writer.add_object(fake)
    writer._root = reference
    writer.trailer[pdf_name("/Root")] = reference


def add_open_action(writer: Attacker) -> None:
    writer.root[pdf_name("/OpenAction")] = generic.DictionaryObject({pdf_name("/S"): pdf_name("/JavaScript")})
    writer.update_root()


def add_names(writer: Attacker) -> None:
    writer.root[pdf_name("/Names")] = generic.DictionaryObject({pdf_name("/JavaScript"): generic.DictionaryObject()})
    writer.update_root()


def swap_font(writer: Attacker) -> None:
    fonts = page_of(writer).get_object()["/Resources"]["/Font"]
    reference = next(iter(dict.values(fonts)))
    font = reference.get_object()
    font[pdf_name("/BaseFont")] = pdf_name("/Symbol")
    writer.update_container(font)


def rotate_page(writer: Attacker) -> None:
    page = page_of(writer).get_object()
    page[pdf_name("/Rotate")] = generic.NumberObject(90)
    writer.update_container(page)


def remove_page(writer: Attacker) -> None:
    pages = writer.root["/Pages"]
    kids = pages["/Kids"]
    del kids[1]
    pages[pdf_name("/Count")] = generic.NumberObject(1)
    writer.update_container(pages)


def add_nothing(_: Attacker) -> None:
    return


def add_stray_object(writer: Attacker) -> None:
    writer.add_object(text_stream("inutile"))


def change_title(writer: Attacker) -> None:
    info = writer.trailer["/Info"]
    info[pdf_name("/Title")] = generic.pdf_string("Avenant")
    writer.update_container(info)


ATTACKS = [
    replace_content, replace_stream_in_place, replace_appearance, replace_appearance_stream, move_signature,
    add_annotation, add_empty_signature_field, swap_pages, swap_catalog, add_open_action, add_names, swap_font,
    rotate_page, remove_page, add_nothing, add_stray_object, change_title,
]  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_change_after_one_signature_is_seen(
    attack: Callable[[Attacker], None], signed: Path, judge: Callable[[bytes], PdfVerdict]
) -> None:
    verdict = judge(tampered(signed, attack))
    assert verdict.verdict == "TOTAL_FAILED"
    assert verdict.modified_after_signing
    assert verdict.signatures[0].is_intact
    assert verdict.signatures[0].changes
    assert verdict.signatures[0].signed_size == signed.stat().st_size


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_change_then_innocent_signature_is_seen(
    attack: Callable[[Attacker], None], signed: Path, request_for: SealMaker, judge: Callable[[bytes], PdfVerdict]
) -> None:
    """The second signer covers the change, the first never saw it."""
    changed = signed.with_name("changed.pdf")
    changed.write_bytes(tampered(signed, attack))
    target = signed.with_name("resigned.pdf")
    seal_revision(changed, target, request_for(field_name="Signature-2", mark_pdf=None))
    verdict = judge(target.read_bytes())
    assert verdict.verdict == "TOTAL_FAILED"
    assert verdict.modified_after_signing
    assert verdict.signatures[0].changes
    assert not verdict.signatures[1].changes


def test_honest_files_pass(signed: Path, signed_twice: Path, judge: Callable[[bytes], PdfVerdict]) -> None:
    for path, count in ((signed, 1), (signed_twice, 2)):
        verdict = judge(path.read_bytes())
        assert (verdict.verdict, verdict.modified_after_signing, len(verdict.signatures)) == (
            "TOTAL_PASSED",
            False,
            count,
        )
    assert verdict.signatures[0].later == ("signature_added",)


def test_signature_after_the_locking_one_is_refused_and_seen(
    signed_twice: Path, request_for: SealMaker, seal: SealIdentity, judge: Callable[[bytes], PdfVerdict]
) -> None:

    target = signed_twice.with_name("third.pdf")
    with pytest.raises(UnableToSeal) as refused:
        seal_revision(signed_twice, target, request_for(field_name="Signature-3"))
    assert refused.value.permanent
    assert not target.exists()
    # The attacker's own software does not care: a signature is added all the same.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(revision, "check_permissions", lambda _: True)
        stream = io.BytesIO(signed_twice.read_bytes())
        look = Appearance(field_name="Signature-3", signed_at=datetime.now(UTC))
        hole = write_placeholder(stream, look, reserved=4096)
    content = stream.getvalue()
    digest = hashlib.sha256(content[: hole.start] + content[hole.end :]).digest()
    stream.seek(hole.start + 1)
    stream.write(wrap(sign_digest(seal, digest)).hex().encode())
    verdict = judge(stream.getvalue())
    assert verdict.verdict == "TOTAL_FAILED"
    assert "signature_after_lock" in verdict.signatures[1].changes


def test_hidden_object_revealed_later(
    contract: Path, request_for: SealMaker, judge: Callable[[bytes], PdfVerdict]
) -> None:
    """Shadow attack: the signed revision refers to an object that does not exist yet."""

    def prepare(writer: Attacker) -> None:
        page = page_of(writer).get_object()
        contents = generic.ArrayObject([page.raw_get("/Contents"), generic.IndirectObject(77, 0, writer)])
        page[pdf_name("/Contents")] = contents
        writer.update_container(page)

    prepared = contract.with_name("prepared.pdf")
    prepared.write_bytes(tampered(contract, prepare))
    target = contract.with_name("shadow.pdf")
    seal_revision(prepared, target, request_for())
    assert judge(target.read_bytes()).verdict == "TOTAL_PASSED"

    def reveal(writer: Attacker) -> None:
        writer.objects[(0, 77)] = text_stream("Clause cachée")

    verdict = judge(tampered(target, reveal))
    assert verdict.verdict == "TOTAL_FAILED"
    assert "hidden_object_revealed" in verdict.signatures[0].changes


def test_later_xref_pointing_into_signed_bytes(signed: Path, judge: Callable[[bytes], PdfVerdict]) -> None:
    """Hide attack: the later revision holds no object, only an xref that takes another one from the signed bytes."""
    content = signed.read_bytes()
    reader = PdfFileReader(io.BytesIO(content))
    page = reader.root["/Pages"]["/Kids"].raw_get(0)
    streams = [
        dict.__getitem__(item.get_object(), "/Contents") for item in list.__iter__(reader.root["/Pages"]["/Kids"])
    ]
    other = reader.xrefs[streams[1].reference]
    del page
    start = int(re.findall(rb"startxref\s+(\d+)", content)[-1])
    table = b"xref\n%d 1\n%010d 00000 n \n" % (streams[0].idnum, other)
    trailer = content[content.rindex(b"trailer") : content.rindex(b"startxref")]
    trailer = re.sub(rb"/Prev \d+", b"/Prev %d" % start, trailer)
    place = len(content) + 1
    verdict = judge(content + b"\n" + table + trailer + b"startxref\n%d\n%%%%EOF\n" % place)
    assert verdict.verdict == "TOTAL_FAILED"


def edit_range(content: bytes, change: Callable[[list[int]], list[int]]) -> bytes:
    match = re.search(rb"/ByteRange\s*\[([^\]]*)\]\s*", content)
    assert match is not None
    numbers = change([int(number) for number in match[1].split()])
    text = b"/ByteRange [" + b" ".join(b"%d" % number for number in numbers) + b"]"
    return content[: match.start()] + text.ljust(len(match[0])) + content[match.end() :]


def test_byte_range_games(signed: Path, judge: Callable[[bytes], PdfVerdict]) -> None:
    content = signed.read_bytes()
    games: list[Callable[[list[int]], list[int]]] = [
        lambda r: [r[0], r[1], r[2] + 100, r[3] - 100],
        lambda r: [r[0], r[1] - 100, r[2], r[3]],
        lambda r: [r[0], r[1], r[2], r[3] - 10],
        lambda r: [r[0], r[1], r[2], r[3] + 10],
        lambda r: [10, r[1] - 10, r[2], r[3]],
        lambda r: [0, r[1], r[2]],
        lambda r: [0, 0, 0, 0],
        lambda r: [r[0], r[1], -r[2], r[3]],
        lambda r: [],
    ]
    for game in games:
        verdict = judge(edit_range(content, game))
        assert verdict.verdict == "TOTAL_FAILED", game
        assert verdict.reason


def test_universal_forgery_variants(signed: Path, judge: Callable[[bytes], PdfVerdict]) -> None:
    content = signed.read_bytes()
    match = re.search(rb"/Contents <([0-9A-Fa-f]+)>", content)
    assert match is not None
    hexadecimal = match[1]
    variants = {
        "no byte range": content.replace(b"/ByteRange", b"/ByteRangX"),
        "no contents": content.replace(b"/Contents <" + hexadecimal, b"/ContentX <" + hexadecimal),
        "null contents": content.replace(hexadecimal, b"00" * (len(hexadecimal) // 2)),
        "zeroed start": content.replace(hexadecimal, b"0000" + hexadecimal[4:]),
        "padding filled": content.replace(hexadecimal, hexadecimal[:-20] + b"41" * 10),
        "not hexadecimal": content.replace(hexadecimal, hexadecimal[:-2] + b"zz"),
        "contents emptied": content.replace(b"<" + hexadecimal + b">", b"<>".ljust(len(hexadecimal) + 2)),
    }
    for name, variant in variants.items():
        assert variant != content, name
        verdict = judge(variant)
        assert verdict.verdict == "TOTAL_FAILED", name
        assert verdict.reason, name


def test_signature_wrapping(signed: Path, judge: Callable[[bytes], PdfVerdict]) -> None:
    """The second range is moved away and a forged revision put into the hole."""
    content = signed.read_bytes()
    match = re.search(rb"/ByteRange\s*\[\s*0 (\d+) (\d+) (\d+)\s*\]", content)
    assert match is not None
    first, second, length = (int(number) for number in match.groups())
    injected = b" % injected objects would stand here " * 4
    moved = edit_range(content, lambda r: [0, r[1], r[2] + len(injected), r[3]])
    forged = moved[:second] + injected + moved[second:]
    assert len(forged) == first + (second - first) + len(injected) + length
    assert judge(forged).verdict == "TOTAL_FAILED"


def test_trailing_garbage(signed: Path, judge: Callable[[bytes], PdfVerdict]) -> None:
    content = signed.read_bytes()
    for garbage in (b"\n", b"  ", b"garbage", b"\n%%EOF\n", b"x" * 5000):
        verdict = judge(content + garbage)
        assert verdict.verdict == "TOTAL_FAILED", garbage[:10]


def test_removed_signature(signed: Path, judge: Callable[[bytes], PdfVerdict]) -> None:
    def remove(writer: Attacker) -> None:
        del writer.root["/AcroForm"]
        writer.update_root()

    verdict = judge(tampered(signed, remove))
    assert (verdict.verdict, verdict.reason) == ("TOTAL_FAILED", "signature_removed")


def test_signature_object_copied_into_another_file(signed: Path, judge: Callable[[bytes], PdfVerdict]) -> None:
    reader = PdfFileReader(io.BytesIO(signed.read_bytes()))
    writer = PdfFileWriter()
    imported = writer.import_object(reader.root.raw_get("/AcroForm"), obj_stream=None)
    writer.root["/AcroForm"] = imported
    out = io.BytesIO()
    writer.write(out)
    assert judge(out.getvalue()).verdict == "TOTAL_FAILED"


@pytest.mark.parametrize(
    "content", [b"", b"%PDF-1.7", b"hello", b"%PDF-1.4\n" + bytes(range(256)) * 40, b"PK\x03\x04" * 99]
)
def test_not_a_pdf(content: bytes, judge: Callable[[bytes], PdfVerdict]) -> None:
    verdict = judge(content)
    assert verdict.verdict == "TOTAL_FAILED"
    assert verdict.reason in ("not_a_pdf", "unreadable")


def test_encrypted(tmp_path: Path, judge: Callable[[bytes], PdfVerdict]) -> None:
    import pikepdf

    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(make_pdf(1))) as document:
        document.save(out, encryption=pikepdf.Encryption(owner="o", user="u"))
    assert judge(out.getvalue()).reason == "encrypted"


def test_unsigned_and_unknown(contract: Path, signed: Path) -> None:
    with contract.open("rb") as stream:
        assert verify_pdf_here(stream, roots=(), at=datetime.now(UTC)).verdict == "NO_SIGNATURE"
    with signed.open("rb") as stream:
        verdict = verify_pdf_here(stream, roots=(), at=datetime.now(UTC))
    assert (verdict.verdict, verdict.reason, verdict.modified_after_signing) == (
        "INDETERMINATE",
        "certificate_unknown",
        False,
    )


@pytest.fixture(scope="module")
def specimen(request_for: SealMaker, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("fuzz")
    (folder / "a.pdf").write_bytes(make_pdf(1))
    seal_revision(folder / "a.pdf", folder / "b.pdf", request_for())
    return (folder / "b.pdf").read_bytes()


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_one_changed_byte_never_passes(
    data: st.DataObject, specimen: bytes, judge: Callable[[bytes], PdfVerdict]
) -> None:
    """Half of the tries fall into the signature's own hole, the only bytes its digest does not cover."""
    hole = re.search(rb"/Contents <([0-9A-Fa-f]+)>", specimen)
    assert hole is not None
    used = len(hole[1].rstrip(b"0"))
    in_hole = data.draw(st.booleans())
    place = data.draw(
        st.integers(hole.start(1), hole.start(1) + used) if in_hole else st.integers(0, len(specimen) - 1)
    )
    value = data.draw(st.sampled_from(b"0123456789abcdef") if in_hole else st.integers(0, 255))
    changed = bytearray(specimen)
    changed[place] = value
    same_signature = bytes(changed).lower() == specimen.lower() and hole.start(1) <= place < hole.end(1)
    if bytes(changed) == specimen or same_signature:
        return
    verdict = judge(bytes(changed))
    assert verdict.verdict != "TOTAL_PASSED", (place, value)


@pytest.mark.parametrize("kind", ["other attribute", "other tag", "no longer a field", "parameters", "outer length"])
def test_what_readers_pass_over_is_not_passed_over(
    kind: str, specimen: bytes, judge: Callable[[bytes], PdfVerdict]
) -> None:
    """A timestamp that a changed tag hides, parameters nobody reads: the rest would still hold."""
    hole = re.search(rb"/Contents <([0-9A-Fa-f]+)>", specimen)
    assert hole is not None
    content = bytearray.fromhex(hole[1].decode())
    stamp = content.index(bytes.fromhex("060b2a864886f70d010910020e"))
    unsigned = content.rindex(b"\xa1\x82", 0, stamp)
    signature = content.rindex(bytes.fromhex("0500048201"), 0, unsigned)
    change = {
        "other attribute": (stamp + 12, 0x0F),
        "other tag": (unsigned, 0xA0),
        "no longer a field": (unsigned, 0xA5),
        "parameters": (signature, 0x0F),
        "outer length": (2, 0x7F),
    }
    place, value = change[kind]
    content[place] = value
    changed = specimen[: hole.start(1)] + content.hex().encode() + specimen[hole.end(1) :]
    assert len(changed) == len(specimen)
    assert judge(specimen).verdict == "TOTAL_PASSED"
    assert judge(changed).verdict != "TOTAL_PASSED"


def test_poppler_agrees_on_honest_files(signed_twice: Path) -> None:
    report = pdfsig(signed_twice)
    assert report.count("Signature is Valid.") == 2
    assert "Total document signed" in report
