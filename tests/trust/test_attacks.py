"""What is written into a file after its signature: shadow and incremental saving attacks."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.reader import PdfFileReader

from pli.trust import revision
from pli.trust.api import SealIdentity, UnableToSeal, seal_revision
from pli.trust.revision import Appearance, write_placeholder
from pli.trust.signed_data import sign_digest, wrap
from pli.trust.verdicts import PdfVerdict
from tests.trust.attacker import ATTACKS, Attacker, page_of, tampered, text_stream
from tests.trust.specimens import SealMaker


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
