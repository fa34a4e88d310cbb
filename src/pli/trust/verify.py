"""Judging the signatures of a PDF file, without trusting the file (EN 319 102-1, ISO 32000-1 §12.8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import BinaryIO

from cryptography import x509
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import enumerate_sig_fields

from pli.trust.changes import Changes, KnownSignature, RevisionComparison
from pli.trust.coverage import FoundSignature
from pli.trust.objects import key_of, raw
from pli.trust.signatures import CheckedSignature, ValidationData, check_signature
from pli.trust.verdicts import PdfVerdict, SignatureVerdict

_MOST_REVISIONS = 200
_MOST_SIGNATURES = 100
_MOST_STORE_ENTRIES = 500
_ODDITIES = (
    PdfError, ValueError, TypeError, KeyError, AttributeError, IndexError, AssertionError, RecursionError,
    NotImplementedError, OverflowError, EOFError,
)  # fmt: skip


def verify_pdf_here(stream: BinaryIO, *, roots: Sequence[x509.Certificate], at: datetime) -> PdfVerdict:
    """Judge the file in ``stream`` against ``roots`` as of ``at``; never raises for a bad file.

    It parses in this very process: see :func:`pli.trust.verification.verify_pdf` for the isolated way.
    """
    try:
        stream.seek(0)
        if b"%PDF-" not in stream.read(1024):
            return _failed("not_a_pdf")
        return _judge(stream, roots, at)
    except _ODDITIES:
        return _failed("unreadable")


def _failed(reason: str) -> PdfVerdict:
    return PdfVerdict("TOTAL_FAILED", modified_after_signing=False, signatures=(), reason=reason)


def _judge(stream: BinaryIO, roots: Sequence[x509.Certificate], at: datetime) -> PdfVerdict:
    try:
        reader = PdfFileReader(stream, strict=True)
        is_sound = True
    except (PdfError, OSError):  # The latter for a place before the file's start.
        reader = PdfFileReader(stream, strict=False)
        is_sound = False
    if reader.encrypted:
        return _failed("encrypted")
    if reader.xrefs.total_revisions > _MOST_REVISIONS:
        return _failed("too_many_revisions")
    found = _find_signatures(reader)
    if _has_lost_signatures(reader, found):
        return _failed("signature_removed")
    if not found:
        # A damaged file that once was signed must not pass for one that never was.
        if not is_sound and _mentions_signature(stream):
            return _failed("unreadable")
        return PdfVerdict("NO_SIGNATURE", modified_after_signing=False, signatures=())
    data = ValidationData.read(reader, limit=_MOST_STORE_ENTRIES)
    checked = [check_signature(reader, stream, item, roots, data, at) for item in found]
    verdict = _assemble(reader, checked)
    if verdict.verdict == "TOTAL_PASSED" and not is_sound:
        return replace(verdict, verdict="INDETERMINATE", reason="damaged_structure")
    return verdict


def _mentions_signature(stream: BinaryIO) -> bool:
    stream.seek(0)
    tail = b""
    while block := stream.read(1 << 20):
        if b"/ByteRange" in tail + block:
            return True
        tail = block[-16:]
    return False


def _find_signatures(reader: PdfFileReader) -> list[FoundSignature]:
    found = []
    for name, _, field in enumerate_sig_fields(reader, filled_status=True):
        value = raw(field.get_object(), "/V")
        if not isinstance(value, generic.IndirectObject):
            # A direct value cannot be dated to a revision; nobody writes one.
            raise ValueError("signature value must be an indirect object")
        content = value.get_object()
        if isinstance(content, generic.DictionaryObject):
            found.append(FoundSignature(str(name), field.reference, value.reference, content))
        if len(found) > _MOST_SIGNATURES:
            raise ValueError("too many signatures")
    return found


def _has_lost_signatures(reader: PdfFileReader, found: list[FoundSignature]) -> bool:
    present = {key_of(item.value_ref) for item in found}
    for revision in range(reader.xrefs.total_revisions - 1):
        try:
            handler = reader.get_historical_resolver(revision)
            earlier = list(enumerate_sig_fields(handler, filled_status=True))
        except _ODDITIES:
            # The first section of a linearised file is no whole document.
            continue
        for _, _, field in earlier:
            value = raw(field.get_object(), "/V")
            if isinstance(value, generic.IndirectObject) and key_of(value) not in present:
                return True
    return False


def _assemble(reader: PdfFileReader, checked: list[CheckedSignature]) -> PdfVerdict:
    ordered = sorted(checked, key=lambda item: (item.coverage.end if item.coverage else 1 << 62, item.found.field_name))
    known = [
        KnownSignature(
            value=key_of(item.found.value_ref),
            field=key_of(item.found.field_ref),
            revision=item.coverage.revision,
            is_timestamp=item.verdict.kind == "timestamp",
        )
        for item in ordered
        if item.coverage is not None and item.verdict.is_intact
    ]
    verdicts = []
    for number, item in enumerate(ordered, start=1):
        changes = _changes(reader, item, known)
        verdicts.append(replace(item.verdict, number=number, changes=changes.codes, later=changes.later))
    verdicts = _raise_levels(verdicts)
    return _conclude(verdicts, ordered)


def _changes(reader: PdfFileReader, item: CheckedSignature, known: list[KnownSignature]) -> Changes:
    if item.coverage is None or not item.verdict.is_intact:
        return Changes((), ())
    if item.coverage.revision == reader.xrefs.total_revisions - 1:
        return Changes(() if item.coverage.covers_whole_file else ("trailing_bytes",), ())
    try:
        return RevisionComparison(reader, item.coverage.revision, known).run(
            is_locking=item.verdict.is_locking, is_certification=item.verdict.is_certification
        )
    except _ODDITIES:
        return Changes(("later_revision_unreadable",), ())


def _raise_levels(verdicts: list[SignatureVerdict]) -> list[SignatureVerdict]:
    """B-LT becomes B-LTA when a trusted, intact document timestamp covers the file after the signature."""
    last = max((item.signed_size for item in verdicts if item.kind == "timestamp" and item.is_trusted), default=0)
    return [
        replace(item, level="B-LTA") if item.level == "B-LT" and item.signed_size < last else item for item in verdicts
    ]


def _conclude(verdicts: list[SignatureVerdict], checked: list[CheckedSignature]) -> PdfVerdict:
    modified = any(item.changes for item in verdicts)
    signatures = tuple(verdicts)
    broken = [
        item for item, basis in zip(verdicts, checked, strict=True) if not item.is_intact and not basis.is_unsupported
    ]
    if broken:
        return PdfVerdict("TOTAL_FAILED", modified, signatures, broken[0].reason)
    if modified:
        return PdfVerdict("TOTAL_FAILED", modified, signatures, "modified_after_signing")
    if any(item.is_revoked for item in checked):
        return PdfVerdict("TOTAL_FAILED", modified, signatures, "certificate_revoked")
    # A timestamp that is not trusted only withholds a level, unless there is nothing else to go by.
    weighed = [item for item in verdicts if item.kind == "signature"] or verdicts
    doubts = [item.reason or "certificate_unknown" for item in weighed if not item.is_trusted or item.reason]
    if doubts:
        return PdfVerdict("INDETERMINATE", modified, signatures, doubts[0])
    return PdfVerdict("TOTAL_PASSED", modified, signatures)
