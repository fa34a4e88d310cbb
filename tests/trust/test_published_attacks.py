"""Attack classes with a name: shadow (hide, replace, both), incremental saving, wrapping, certification bypass."""

from __future__ import annotations

import io
import re
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko.sign.signers.pdf_signer import PdfSignatureMetadata, PdfSigner

from pli.trust.api import seal_revision
from pli.trust.revision import Appearance, write_placeholder
from pli.trust.verdicts import PdfVerdict
from tests.trust.attacker import Attacker, add_annotation, form_stream, page_of, tampered, text_stream
from tests.trust.specimens import SealMaker, pdfsig

_REQUEST = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=Mallory"
Judge = Callable[[bytes], PdfVerdict]


def sign_prepared(contract: Path, prepare: Callable[[Attacker], None], request_for: SealMaker) -> Path:
    """What a victim signs: a contract that the attacker made ready."""
    prepared, target = contract.with_name("prepared.pdf"), contract.with_name("victim.pdf")
    prepared.write_bytes(tampered(contract, prepare))
    seal_revision(prepared, target, request_for())
    return target


def flagged(verdict: PdfVerdict) -> bool:
    return verdict.verdict == "TOTAL_FAILED" and verdict.modified_after_signing and verdict.signatures[0].is_intact


def test_shadow_hide(contract: Path, request_for: SealMaker, judge: Judge) -> None:
    """A harmless picture covers the clause while the victim signs; later it goes away, in three ways."""

    def cover(writer: Attacker) -> None:
        page = page_of(writer).get_object()
        page["/Resources"][pdf_name("/XObject")] = generic.DictionaryObject(
            {pdf_name("/Cover"): form_stream(writer, "Texte anodin")}
        )
        over = writer.add_object(generic.StreamObject(stream_data=b"/Cover Do"))
        page[pdf_name("/Contents")] = generic.ArrayObject([page.raw_get("/Contents"), over])
        writer.update_container(page)

    target = sign_prepared(contract, cover, request_for)
    assert judge(target.read_bytes()).verdict == "TOTAL_PASSED"

    def cover_of(writer: Attacker) -> generic.IndirectObject:
        found: generic.IndirectObject = page_of(writer).get_object()["/Resources"]["/XObject"].raw_get("/Cover")
        return found

    def empty_it(writer: Attacker) -> None:
        form = cover_of(writer)
        writer.objects[(form.generation, form.idnum)] = form_stream(writer, "").get_object()

    def other_type(writer: Attacker) -> None:
        form = cover_of(writer)
        writer.objects[(form.generation, form.idnum)] = generic.DictionaryObject()

    assert flagged(judge(tampered(target, empty_it)))
    assert flagged(judge(tampered(target, other_type)))
    content, number = target.read_bytes(), cover_of(Attacker(io.BytesIO(target.read_bytes()))).idnum
    assert flagged(judge(with_xref(content, b"%d 1\n0000000000 00001 f \n" % number)))


def with_xref(content: bytes, entries: bytes, *, root: bytes = b"") -> bytes:
    """A revision of nothing but a cross-reference table and a trailer."""
    start = int(re.findall(rb"startxref\s+(\d+)", content)[-1])
    trailer = content[content.rindex(b"trailer") : content.rindex(b"startxref")]
    trailer = re.sub(rb"/Prev \d+", b"/Prev %d" % start, trailer)
    if root:
        trailer = re.sub(rb"/Root \d+", b"/Root " + root, trailer)
    return content + b"\nxref\n" + entries + trailer + b"startxref\n%d\n%%%%EOF\n" % (len(content) + 1)


def text_field(writer: Attacker, value: str) -> generic.DictionaryObject:
    field = generic.DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Annot"),
            pdf_name("/Subtype"): pdf_name("/Widget"),
            pdf_name("/FT"): pdf_name("/Tx"),
            pdf_name("/T"): generic.pdf_string("Beneficiaire"),
            pdf_name("/V"): generic.pdf_string(value),
            pdf_name("/F"): generic.NumberObject(4),
            pdf_name("/Rect"): generic.ArrayObject(generic.NumberObject(n) for n in (60, 400, 300, 430)),
            pdf_name("/AP"): generic.DictionaryObject({pdf_name("/N"): form_stream(writer, value)}),
        }
    )
    return field


def test_shadow_replace(contract: Path, request_for: SealMaker, judge: Judge) -> None:
    """The payee's name is a form field: its drawing or its value is another one after the signature."""

    def prepare(writer: Attacker) -> None:
        reference = writer.add_object(text_field(writer, "Atelier Alice"))
        writer.register_annotation(page_of(writer).reference, reference)
        writer.root[pdf_name("/AcroForm")] = generic.DictionaryObject(
            {pdf_name("/Fields"): generic.ArrayObject([reference])}
        )
        writer.update_root()

    target = sign_prepared(contract, prepare, request_for)
    assert judge(target.read_bytes()).verdict == "TOTAL_PASSED"

    def redraw(writer: Attacker) -> None:
        field = writer.root["/AcroForm"]["/Fields"][0]
        field[pdf_name("/AP")] = generic.DictionaryObject({pdf_name("/N"): form_stream(writer, "Mallory")})
        writer.update_container(field)

    def retype(writer: Attacker) -> None:
        field = writer.root["/AcroForm"]["/Fields"][0]
        field[pdf_name("/V")] = generic.pdf_string("Mallory")
        writer.update_container(field)

    for attack in (redraw, retype):
        verdict = judge(tampered(target, attack))
        assert flagged(verdict)
        assert "form_field_changed" in verdict.signatures[0].changes


def test_shadow_hide_and_replace(contract: Path, request_for: SealMaker, judge: Judge) -> None:
    """A second document sleeps in the signed bytes, reached by nothing; afterwards a table alone wakes it."""
    sleeping: dict[str, int] = {}

    def prepare(writer: Attacker) -> None:
        page = generic.DictionaryObject(dict(dict.items(page_of(writer).get_object())))
        page[pdf_name("/Contents")] = writer.add_object(text_stream("Je cede tous mes droits"))
        tree = generic.DictionaryObject(
            {pdf_name("/Type"): pdf_name("/Pages"), pdf_name("/Count"): generic.NumberObject(1)}
        )
        tree[pdf_name("/Kids")] = generic.ArrayObject([writer.add_object(page)])
        catalog = generic.DictionaryObject(dict(dict.items(writer.root)))
        catalog[pdf_name("/Pages")] = writer.add_object(tree)
        sleeping["catalog"] = writer.add_object(catalog).idnum

    target = sign_prepared(contract, prepare, request_for)
    content = target.read_bytes()
    assert judge(content).verdict == "TOTAL_PASSED"
    verdict = judge(with_xref(content, b"0 0\n", root=b"%d" % sleeping["catalog"]))
    assert verdict.verdict == "TOTAL_FAILED"
    assert verdict.reason


@pytest.mark.parametrize("ending", ["xref", "no xref", "no trailer", "no end", "signature copied"])
def test_incremental_saving(ending: str, signed: Path, judge: Judge) -> None:
    """A page's content again, appended with and without the plumbing that readers do not insist on."""
    content = signed.read_bytes()
    page = Attacker(io.BytesIO(content)).root["/Pages"]["/Kids"][0]
    number = page.raw_get("/Contents").idnum
    evil = b"BT /F1 24 Tf 80 500 Td (Total 1 000 000) Tj ET"
    again = b"%d 0 obj\n<</Length %d>>\nstream\n%s\nendstream\nendobj\n" % (number, len(evil), evil)
    start = int(re.findall(rb"startxref\s+(\d+)", content)[-1])
    trailer = content[content.rindex(b"trailer") : content.rindex(b"startxref")]
    place = len(content)
    entry = b"%d 1\n%010d 00000 n \n" % (number, place)
    if ending == "xref":
        attacked = with_xref(content + again, entry)
    elif ending == "no xref":
        attacked = content + again + trailer + b"startxref\n%d\n%%%%EOF\n" % start
    elif ending == "no trailer":
        attacked = content + again + b"startxref\n%d\n%%%%EOF\n" % start
    elif ending == "no end":
        attacked = content + again
    else:
        value = re.search(rb"\d+ 0 obj\s*<<[^>]*?/Type /Sig\b.*?endobj\n", content, re.DOTALL)
        copied = value[0] if value else content[content.index(b"/ByteRange") : content.index(b"/ByteRange") + 200]
        attacked = with_xref(content + again + copied, entry)
    verdict = judge(attacked)
    assert verdict.verdict == "TOTAL_FAILED"
    assert verdict.reason


def test_wrapping_with_a_forged_revision(signed: Path, judge: Judge) -> None:
    """The signed end is moved away; a forged table and content stand in the hole, or the range is told twice."""
    content = signed.read_bytes()
    match = re.search(rb"/ByteRange\s*\[\s*0 (\d+) (\d+) (\d+)\s*\]\s*", content)
    assert match is not None
    first, second, length = (int(number) for number in match.groups())
    evil = b"\n9 0 obj\n<</Length 2>>\nstream\nBT\nendstream\nendobj\n"
    evil += b"xref\n0 0\ntrailer\n<</Root 1 0 R/Size 10>>\nstartxref\n%d\n%%%%EOF\n"
    evil = evil % (second + 60)

    def told(numbers: bytes) -> bytes:
        assert match is not None
        text = b"/ByteRange [0 %d %s]" % (first, numbers)
        return content[: match.start()] + text.ljust(len(match[0])) + content[match.end() :]

    moved = told(b"%d %d" % (second + len(evil), length))
    wrapped = moved[:second] + evil + moved[second:]
    padded = moved[: second - 1] + b" " * len(evil) + moved[second - 1 :]
    doubled = content.replace(b"/Filter", b"/ByteRange [0 1 2 3]/Filter", 1) + b" "
    for attacked in (wrapped, padded, doubled, told(b"%d %d" % (second, length + len(evil))) + evil):
        verdict = judge(attacked)
        assert verdict.verdict == "TOTAL_FAILED"
        assert verdict.reason


@pytest.fixture(scope="module")
def strangers(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate and its key from elsewhere, in PEM."""
    folder = tmp_path_factory.mktemp("stranger")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        [*_REQUEST.split(), "-keyout", str(key), "-out", str(certificate)],
        check=True,
        capture_output=True,
    )
    return certificate, key


def sign_as_stranger(content: bytes, strangers: tuple[Path, Path], name: str, **metadata: object) -> bytes:
    """By pyHanko's own signer: a visible field over the text."""
    signer = signers.SimpleSigner.load(str(strangers[1]), str(strangers[0]))
    spec = fields.SigFieldSpec(name, on_page=0, box=(60, 400, 500, 700))
    writer = IncrementalPdfFileWriter(io.BytesIO(content))
    meta = PdfSignatureMetadata(field_name=name, md_algorithm="sha256", **metadata)  # type: ignore[arg-type]
    out: io.BytesIO = PdfSigner(meta, signer=signer, new_field_spec=spec).sign_pdf(writer)
    return out.getvalue()


@pytest.mark.parametrize("permission", [fields.MDPPerm.FILL_FORMS, fields.MDPPerm.ANNOTATE])
def test_certification_bypass(
    permission: fields.MDPPerm, contract: Path, strangers: tuple[Path, Path], judge: Judge
) -> None:
    """Evil annotation and sneaky signature: what P=2 and P=3 seem to allow, drawn over the certified text."""
    certified = contract.with_name("certified.pdf")
    certified.write_bytes(
        sign_as_stranger(contract.read_bytes(), strangers, "Certified", certify=True, docmdp_permissions=permission)
    )
    honest = judge(certified.read_bytes())
    assert (honest.verdict, honest.modified_after_signing) == ("INDETERMINATE", False)
    assert honest.signatures[0].is_certification
    evil = judge(tampered(certified, add_annotation))
    assert flagged(evil)
    assert "annotation_added" in evil.signatures[0].changes
    sneaky = judge(sign_as_stranger(certified.read_bytes(), strangers, "Sneaky"))
    assert flagged(sneaky)
    assert "drawn_over_certification" in sneaky.signatures[0].changes


def test_the_oldest_form_of_signature_is_told_as_weak(
    contract: Path, strangers: tuple[Path, Path], judge: Judge, tmp_path: Path
) -> None:
    """``adbe.pkcs7.sha1`` by openssl: Poppler calls it valid; SHA-1 is a doubt and no forgery."""
    stream = io.BytesIO(contract.read_bytes())
    hole = write_placeholder(stream, Appearance(field_name="Old", signed_at=datetime.now(UTC)), reserved=4096)
    content = stream.getvalue()
    old, new = b"/ETSI.CAdES.detached", b"/adbe.pkcs7.sha1"
    assert content.count(old) == 1
    content = content.replace(old, new.ljust(len(old)))
    for attributes in ([], ["-noattr"]):
        (tmp_path / "covered").write_bytes(content[: hole.start] + content[hole.end :])
        digest = subprocess.run(
            ["openssl", "dgst", "-sha1", "-binary", str(tmp_path / "covered")], check=True, capture_output=True
        ).stdout
        command = ["openssl", "cms", "-sign", "-binary", "-nodetach", "-outform", "DER", "-md", "sha1", *attributes]
        command += ["-signer", str(strangers[0]), "-inkey", str(strangers[1])]
        signature = subprocess.run(command, input=digest, check=True, capture_output=True).stdout
        signed = tmp_path / "old.pdf"
        signed.write_bytes(
            content[: hole.start + 1]
            + signature.hex().encode().ljust(hole.end - hole.start - 2, b"0")
            + content[hole.end - 1 :]
        )
        assert "Signature is Valid." in pdfsig(signed)
        verdict = judge(signed.read_bytes())
        assert (verdict.verdict, verdict.reason) == ("INDETERMINATE", "weak_algorithm")
        assert verdict.signatures[0].is_intact
        changed = judge(signed.read_bytes().replace(b"/MediaBox", b"/MediaBoX", 1))
        assert (changed.verdict, changed.reason) == ("TOTAL_FAILED", "digest_mismatch")
