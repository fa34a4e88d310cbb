"""Signatures made to look valid: universal forgery, wrapping, copied, removed; files that are none."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import PdfFileWriter

from pli.trust.verdicts import PdfVerdict
from pli.trust.verify import verify_pdf_here
from tests.trust.attacker import Attacker, edit_range, tampered
from tests.trust.specimens import make_pdf, pdfsig


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


def test_poppler_agrees_on_honest_files(signed_twice: Path) -> None:
    report = pdfsig(signed_twice)
    assert report.count("Signature is Valid.") == 2
    assert "Total document signed" in report
