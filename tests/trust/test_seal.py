"""Seals on real documents of many makes, judged by poppler, pyHanko, page-validation and our own verifier."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import page
import pikepdf
import pypdfium2
import pytest
import typst
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from pli.kit.errors import PlugError
from pli.trust.api import (
    TrustStore,
    UnableToNormalise,
    UnableToSeal,
    can_append,
    extract_revision,
    normalise_for_signing,
    seal_bytes,
    seal_in_mass,
    seal_revision,
    verify_pdf,
)
from pli.trust.revision import Appearance, write_placeholder
from tests.trust.specimens import SealMaker, make_mark, make_pdf, pdfsig


def rewritten(content: bytes, **options: object) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as document:
        document.save(out, **options)  # type: ignore[arg-type]
    return out.getvalue()


def by_typst(standard: str | None) -> bytes:
    source = b'#set document(date: datetime(year: 2026, month: 1, day: 2), title: [Contrat])\n#set text(lang: "fr")\n'
    made = typst.compile(source + b"Contrat #pagebreak() Fin", format="pdf", pdf_standards=standard or [])
    assert isinstance(made, bytes)
    return made


def hybrid() -> bytes:
    """A hybrid-reference file as Word writes them: a classic table whose trailer also names an xref stream."""
    content = make_pdf(1)
    start = int(content[content.rindex(b"startxref") + 9 :].split()[0])
    size = int(content[content.rindex(b"/Size") + 5 :].split()[0])
    place = len(content)
    stream = b"%d 0 obj\n<< /Type /XRef /Size %d /W [1 4 1] /Index [%d 1] /Root 1 0 R /Length 6 >>\nstream\n" % (
        size,
        size + 1,
        size,
    )
    stream += b"\x01" + place.to_bytes(4, "big") + b"\x00" + b"\nendstream\nendobj\n"
    table = place + len(stream)
    trailer = content[content.rindex(b"trailer") : content.rindex(b"startxref")]
    trailer = trailer.replace(b"/Size %d" % size, b"/Size %d /XRefStm %d /Prev %d" % (size + 1, place, start))
    return content + stream + b"xref\n0 0\n" + trailer + b"startxref\n%d\n%%%%EOF\n" % table


MAKES: dict[str, Callable[[], bytes]] = {
    "reportlab": make_pdf,
    "typst": lambda: by_typst(None),
    "xref streams": lambda: rewritten(make_pdf(), object_stream_mode=pikepdf.ObjectStreamMode.generate),
    "linearized": lambda: rewritten(make_pdf(), linearize=True),
    "linearized streams": lambda: rewritten(
        make_pdf(), linearize=True, object_stream_mode=pikepdf.ObjectStreamMode.generate
    ),
    "pdf 2.0": lambda: rewritten(make_pdf(), force_version="2.0"),
    "pdf 1.3": lambda: make_pdf(pdfVersion=(1, 3)),
    "hybrid": hybrid,
    "no final newline": lambda: make_pdf().rstrip(),
}


def pyhanko_says(path: Path, store: TrustStore) -> list[bool]:
    root = asn1_x509.Certificate.load(store.roots()[0].public_bytes(Encoding.DER))
    context = ValidationContext(trust_roots=[root], allow_fetching=False)
    with path.open("rb") as stream:
        reader = PdfFileReader(stream)
        # Hybrid files are ambiguous by nature: pyHanko judges them only in its lenient mode.
        if reader.xrefs.hybrid_xrefs_present:
            reader = PdfFileReader(stream, strict=False)
        return [
            validate_pdf_signature(item, context, context, skip_diff=False).bottom_line
            for item in reader.embedded_regular_signatures
        ]


@pytest.mark.parametrize("make", MAKES)
def test_three_signers_on_every_make(make: str, tmp_path: Path, request_for: SealMaker, store: TrustStore) -> None:
    current = tmp_path / "0.pdf"
    current.write_bytes(MAKES[make]())
    original = current.read_bytes()
    assert can_append(current)
    for number in (1, 2, 3):
        target = tmp_path / f"{number}.pdf"
        sealed = seal_revision(
            current,
            target,
            request_for(field_name=f"Signature-{number}", box=(40 + number, 40, 240, 120), lock=number == 3),
        )
        assert target.read_bytes().startswith(current.read_bytes())
        assert sealed.signed_size == sealed.size == target.stat().st_size
        current = target
    verdict = verify_pdf(current, roots=store.roots())
    assert (verdict.verdict, verdict.reason, verdict.modified_after_signing) == ("TOTAL_PASSED", "", False)
    assert [item.level for item in verdict.signatures] == ["B-T"] * 3
    assert [item.is_certification for item in verdict.signatures] == [False, False, False]
    assert [item.is_locking for item in verdict.signatures] == [False, False, True]
    assert [item.covers_whole_file for item in verdict.signatures] == [False, False, True]
    assert pdfsig(current).count("Signature is Valid.") == 3
    assert pyhanko_says(current, store) == [True] * 3
    copied = tmp_path / "copy.pdf"
    digest = extract_revision(current, verdict.signatures[0].revision, copied)
    assert copied.read_bytes() == (tmp_path / "1.pdf").read_bytes()
    assert digest == verdict.signatures[0].sha256
    assert current.read_bytes().startswith(original)


@pytest.mark.parametrize(("standard", "profile"), [("a-1b", "1b"), ("a-2b", "2b"), ("a-3b", "3b")])
def test_pdfa_stays_pdfa(standard: str, profile: str, tmp_path: Path, request_for: SealMaker) -> None:
    source, first, second = tmp_path / "a.pdf", tmp_path / "b.pdf", tmp_path / "c.pdf"
    source.write_bytes(by_typst(standard))
    mark = by_typst(standard)
    seal_revision(source, first, request_for(mark_pdf=mark))
    seal_revision(first, second, request_for(field_name="Signature-2", mark_pdf=None, lock=True))
    mass = tmp_path / "mass.pdf"
    seal_in_mass(source, mass, request_for(mark_pdf=None, lock=True))
    for path in (source, first, second, mass):
        result = page.validate_pdf_bytes(path.read_bytes(), profile=profile)
        failed = {item.rule_id for item in result.failures}
        if path == second:
            # The validator wants every signature to cover the newest revision, which no file signed twice can do.
            failed.discard(f"PDFA{profile.upper()}-SIGNATURE-BYTERANGE-001")
        assert not failed, (path.name, [(item.rule_id, item.message) for item in result.failures])


def page_with(**options: object) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(make_pdf(1))) as document:
        for name, value in options.items():
            document.pages[0].obj[f"/{name}"] = value
        document.save(out)
    return out.getvalue()


GEOMETRIES = {
    "plain": {},
    "turned 90": {"Rotate": 90},
    "turned 180": {"Rotate": 180},
    "turned 270": {"Rotate": 270},
    "turned -90": {"Rotate": -90},
    "shifted": {"MediaBox": [-100, 50, 495, 892]},
    "cropped": {"CropBox": [100, 100, 500, 700]},
    "cropped and turned": {"CropBox": [100, 100, 500, 700], "Rotate": 90},
    "shifted, cropped, turned": {"MediaBox": [-50, -60, 600, 900], "CropBox": [0, 30, 520, 760], "Rotate": 270},
    "corners swapped": {"MediaBox": [595, 842, 0, 0]},
}


@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_the_mark_is_seen_where_it_was_put(geometry: str, tmp_path: Path, request_for: SealMaker) -> None:
    """A black mark with a white top-left corner, looked at in a rendering of the page as displayed."""
    source, target, mass = tmp_path / "a.pdf", tmp_path / "b.pdf", tmp_path / "c.pdf"
    source.write_bytes(page_with(**GEOMETRIES[geometry]))
    out = io.BytesIO()
    from reportlab.pdfgen import canvas

    pen = canvas.Canvas(out, pagesize=(200, 80))
    pen.rect(0, 0, 200, 80, fill=1, stroke=0)
    pen.setFillColorRGB(1, 1, 1)
    pen.rect(0, 40, 100, 40, fill=1, stroke=0)
    pen.save()
    box = (150, 90, 350, 170)
    request = request_for(mark_pdf=out.getvalue(), box=box)
    seal_revision(source, target, request)
    seal_in_mass(source, mass, request)
    for path in (target, mass):
        document = pypdfium2.PdfDocument(path)
        document.init_forms()
        image = document[0].render(may_draw_forms=True).to_pil().convert("L")

        def shade(x: float, y: float, image: object = image) -> int:
            return int(image.getpixel((int(x), int(image.height - y))))  # type: ignore[attr-defined]

        assert shade(160, 160) > 200, "top left is white"
        assert shade(340, 160) < 50, "top right is black"
        assert shade(160, 100) < 50, "bottom left is black"
        assert shade(340, 100) < 50, "bottom right is black"


def test_long_term_levels(contract: Path, request_for: SealMaker, store: TrustStore) -> None:
    for level in ("B-LT", "B-LTA"):
        target = contract.with_name(f"{level}.pdf")
        sealed = seal_revision(contract, target, request_for(level=level, lock=True))
        assert sealed.size > sealed.signed_size
        verdict = verify_pdf(target, roots=store.roots())
        assert (verdict.verdict, verdict.modified_after_signing) == ("TOTAL_PASSED", False)
        assert verdict.signatures[0].level == level
        assert "validation_data_added" in verdict.signatures[0].later
        assert pyhanko_says(target, store) == [True]


def test_a_lower_level_is_never_given(contract: Path, request_for: SealMaker) -> None:
    class Down:
        def timestamp(self, digest: bytes) -> bytes:
            raise PlugError(service="tsa", reason="down")

    class Liar:
        def timestamp(self, digest: bytes) -> bytes:
            return b"\x30\x03\x02\x01\x01"

    target = contract.with_name("t.pdf")
    for changes, error in (
        ({"timestamps": Down()}, PlugError),
        ({"timestamps": Liar()}, PlugError),
        ({"timestamps": None}, UnableToSeal),
        ({"level": "B-LT", "revocation": None}, UnableToSeal),
        ({"field_name": "a.b"}, UnableToSeal),
        ({"page": 9}, UnableToSeal),
        ({"page": 0}, UnableToSeal),
        ({"box": (2000, 10, 2100, 50)}, UnableToSeal),
        ({"signed_at": datetime.now(UTC) + timedelta(days=9999)}, UnableToSeal),
    ):
        with pytest.raises(error):
            seal_revision(contract, target, request_for(**changes))
    assert sorted(path.name for path in contract.parent.iterdir()) == ["contract.pdf"]


def test_the_same_field_is_not_signed_twice(signed: Path, request_for: SealMaker) -> None:
    with pytest.raises(UnableToSeal) as refused:
        seal_revision(signed, signed.with_name("t.pdf"), request_for())
    assert refused.value.permanent


def damaged_xref() -> bytes:
    content = make_pdf()
    start = content.rindex(b"startxref")
    return content[:start] + b"startxref\n12\n%%EOF\n"


def test_damaged_files_are_mended_before_and_refused_otherwise(tmp_path: Path, request_for: SealMaker) -> None:
    for name, content in {
        "xref": damaged_xref(),
        "cut": make_pdf()[:-30],
        "junk before": b"junk\n" + make_pdf(),
        "junk after": make_pdf() + b"x" * 3000,
    }.items():
        source, mended, target = tmp_path / "a.pdf", tmp_path / "b.pdf", tmp_path / "c.pdf"
        source.write_bytes(content)
        assert not can_append(source), name
        assert normalise_for_signing(source, mended), name
        assert can_append(mended), name
        seal_revision(mended, target, request_for())
        assert pdfsig(target).count("Signature is Valid.") == 1
    source.write_bytes(damaged_xref())
    with pytest.raises(UnableToSeal) as refused:
        seal_revision(source, target, request_for())
    assert refused.value.permanent


def test_what_a_judge_could_not_read_later_is_put_right_before(
    tmp_path: Path, request_for: SealMaker, store: TrustStore
) -> None:
    """A stream without its length: readers cope, but a second signature would have looked like a change."""
    content = make_pdf()
    start = content.index(b"/Length")
    end = next(place for place in range(start + 8, len(content)) if content[place : place + 1] in b"/>\n")
    source, mended = tmp_path / "a.pdf", tmp_path / "b.pdf"
    source.write_bytes(content[:start] + b" " * (end - start) + content[end:])
    assert normalise_for_signing(source, mended)
    once, twice = tmp_path / "1.pdf", tmp_path / "2.pdf"
    seal_revision(mended, once, request_for())
    seal_revision(once, twice, request_for(field_name="Signature-2", box=(60, 60, 260, 140), lock=True))
    assert verify_pdf(twice, roots=store.roots()).verdict == "TOTAL_PASSED"


def test_sound_files_are_copied_and_hopeless_ones_refused(contract: Path, signed: Path, tmp_path: Path) -> None:
    target = tmp_path / "n.pdf"
    for path in (contract, signed):
        assert not normalise_for_signing(path, target)
        assert target.read_bytes() == path.read_bytes()
    target.unlink()
    encrypted = rewritten(make_pdf(), encryption=pikepdf.Encryption(owner="o", user=""))
    damaged_and_signed = b"junk" + signed.read_bytes()
    bad = tmp_path / "bad.pdf"
    for content in (b"", b"hello", b"%PDF-1.7\n", encrypted, damaged_and_signed):
        bad.write_bytes(content)
        assert not can_append(bad)
        with pytest.raises(UnableToNormalise):
            normalise_for_signing(bad, target)
        assert not target.exists()


def test_incoming_signatures_stay_valid(tmp_path: Path, request_for: SealMaker, store: TrustStore) -> None:
    """A file another organisation signed without certification gets ours, and both hold."""
    stranger = TrustStore(tmp_path / "other", key_type="p-256")
    from uuid import uuid4

    theirs = stranger.ensure_seal(uuid4(), name="Fournisseur", siren="")
    source, incoming, target = tmp_path / "a.pdf", tmp_path / "b.pdf", tmp_path / "c.pdf"
    source.write_bytes(make_pdf())
    request = request_for(identity=theirs, timestamps=None, level="B-B", field_name="Extern", certify=False)
    seal_revision(source, incoming, request)
    seal_revision(incoming, target, request_for(field_name="Nous", certify=True, box=(50, 50, 250, 130)))
    verdict = verify_pdf(target, roots=store.roots())
    assert (verdict.verdict, verdict.reason) == ("INDETERMINATE", "certificate_unknown")
    assert [item.is_intact for item in verdict.signatures] == [True, True]
    assert [item.is_certification for item in verdict.signatures] == [False, False]
    assert verdict.signatures[0].algorithm == "ECDSA-P-256 SHA-256"
    assert not verdict.modified_after_signing
    both = verify_pdf(target, roots=(*store.roots(), *stranger.roots()))
    assert both.verdict == "TOTAL_PASSED"
    assert pdfsig(target).count("Signature is Valid.") == 2


def test_mass_path(contract: Path, request_for: SealMaker, store: TrustStore, tmp_path: Path) -> None:
    for changes in ({"level": "B-B"}, {}, {"lock": True, "certify": True}, {"mark_pdf": None, "certify": False}):
        target = tmp_path / "mass.pdf"
        sealed = seal_in_mass(contract, target, request_for(**changes))
        assert sealed.size == target.stat().st_size
        verdict = verify_pdf(target, roots=store.roots())
        assert (verdict.verdict, verdict.reason) == ("TOTAL_PASSED", "")
        assert verdict.signatures[0].covers_whole_file
        assert pdfsig(target).count("Signature is Valid.") == 1
        assert pyhanko_says(target, store) == [True]
    with pytest.raises(UnableToSeal):
        seal_in_mass(target, tmp_path / "again.pdf", request_for(field_name="Encore"))
    with pytest.raises(UnableToSeal):
        seal_bytes(contract, request_for(level="B-LTA"))


def test_mass_sealed_file_takes_ceremony_signatures(contract: Path, request_for: SealMaker, store: TrustStore) -> None:
    first, second = contract.with_name("1.pdf"), contract.with_name("2.pdf")
    seal_in_mass(contract, first, request_for(mark_pdf=None))
    seal_revision(first, second, request_for(field_name="Signature-2", lock=True))
    assert verify_pdf(second, roots=store.roots()).verdict == "TOTAL_PASSED"


def test_revoked_seal_fails(tmp_path: Path, request_for: SealMaker) -> None:
    from uuid import uuid4

    store = TrustStore(tmp_path, key_type="p-256")
    seal = store.ensure_seal(uuid4(), name="Perdue", siren="")
    source, target = tmp_path / "a.pdf", tmp_path / "b.pdf"
    source.write_bytes(make_pdf(1))
    store.revoke(seal.certificate.serial_number)
    with pytest.raises(UnableToSeal) as refused:
        seal_revision(source, target, request_for(identity=seal, level="B-LT", revocation=store))
    assert refused.value.permanent


def test_nothing_but_the_signature_is_added(contract: Path) -> None:
    """No new producer, no new dates, no metadata: a signer sees all that is signed."""
    stream = io.BytesIO(contract.read_bytes())
    before = PdfFileReader(io.BytesIO(contract.read_bytes()))
    write_placeholder(
        stream,
        Appearance(field_name="S", signed_at=datetime.now(UTC), mark_pdf=make_mark(), box=(9, 9, 99, 49)),
        reserved=4000,
    )
    after = PdfFileReader(stream)
    assert dict(before.trailer["/Info"]) == dict(after.trailer["/Info"])
    assert set(after.root) - set(before.root) == {"/AcroForm"}
