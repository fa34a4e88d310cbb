"""A signed file with one byte changed never passes, wherever that byte stands."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pli.trust.api import seal_revision
from pli.trust.verdicts import PdfVerdict
from tests.trust.specimens import SealMaker, make_pdf


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
