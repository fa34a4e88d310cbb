"""What bytes a signature covers (ISO 32000-1 §12.8.1): everything but its own hexadecimal, up to a revision's end.

Anything else — a wider hole, a moved second range, a missing key — is how signatures are forged (USF, SWA attacks).
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Any, BinaryIO

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader

from pli.trust.cms_check import BadSignature

_LARGEST_CONTENTS = 8 << 20
_HEX = frozenset(b"0123456789abcdefABCDEF")
_BLOCK = 1 << 20
_ENDING = re.compile(rb"startxref\s+([0-9]{1,12})\s+%%EOF\s*\Z")


@dataclass(frozen=True)
class FoundSignature:
    """A filled signature field as the newest revision shows it."""

    field_name: str
    field_ref: generic.Reference
    value_ref: generic.Reference
    value: generic.DictionaryObject


@dataclass(frozen=True)
class Coverage:
    """The covered ranges ([0, hole_start) and [hole_end, end)), the CMS in the hole, the revision they make up."""

    hole_start: int
    hole_end: int
    end: int
    contents: bytes
    revision: int
    covers_whole_file: bool


def read_coverage(reader: PdfFileReader, stream: BinaryIO, found: FoundSignature) -> Coverage:
    """Work out what ``found`` covers.

    :raises BadSignature: the ranges are not those of an honest signature.
    """
    size = stream.seek(0, 2)
    numbers = _byte_range(found.value)
    start, hole_start, hole_end, length = numbers
    end = hole_end + length
    if start != 0 or hole_end - hole_start < 4 or end > size or hole_end - hole_start > 2 * _LARGEST_CONTENTS:
        raise BadSignature("byte_range_wrong")
    contents = _contents(stream, found.value, hole_start, hole_end)
    revision = _revision_of(reader, found.value_ref)
    location = reader.xrefs.get_historical_ref(found.value_ref, revision)
    # The hole must lie in the signature's own object, which itself must be covered.
    if not isinstance(location, int) or not location < hole_start:
        raise BadSignature("byte_range_wrong")
    for earlier in range(revision + 1):
        if reader.xrefs.get_xref_container_info(earlier).end_location > end:
            raise BadSignature("revision_not_covered")
    stream.seek(max(0, end - 1024))
    ending = _ENDING.search(stream.read(min(end, 1024)))
    if ending is None or int(ending[1]) != reader.xrefs.get_startxref_for_revision(revision):
        raise BadSignature("revision_not_covered")
    return Coverage(hole_start, hole_end, end, contents, revision, covers_whole_file=end == size)


def _byte_range(value: generic.DictionaryObject) -> list[int]:
    try:
        found = value["/ByteRange"]
    except KeyError:
        raise BadSignature("byte_range_missing") from None
    if not isinstance(found, generic.ArrayObject) or len(found) != 4:
        raise BadSignature("byte_range_wrong")
    numbers = [found[index] for index in range(4)]
    if not all(isinstance(number, int) and not isinstance(number, bool) and number >= 0 for number in numbers):
        raise BadSignature("byte_range_wrong")
    return [int(number) for number in numbers]


def _contents(stream: BinaryIO, value: generic.DictionaryObject, hole_start: int, hole_end: int) -> bytes:
    try:
        stated: Any = value["/Contents"]
    except KeyError:
        raise BadSignature("contents_missing") from None
    stream.seek(hole_start)
    hole = stream.read(hole_end - hole_start)
    inner = hole[1:-1]
    if hole[:1] != b"<" or hole[-1:] != b">" or len(inner) % 2 or not _HEX.issuperset(inner):
        raise BadSignature("byte_range_wrong")
    decoded = bytes.fromhex(inner.decode())
    original = getattr(stated, "original_bytes", None)
    if original is None or original != decoded:
        raise BadSignature("contents_mismatch")
    if not any(decoded):
        raise BadSignature("contents_missing")
    return decoded


def _revision_of(reader: PdfFileReader, ref: generic.Reference) -> int:
    try:
        first = reader.xrefs.get_introducing_revision(ref)
        last = reader.xrefs.get_last_change(ref)
    except KeyError:
        raise BadSignature("signature_altered") from None
    if first != last:
        raise BadSignature("signature_altered")
    return int(last)


def digest_ranges(stream: BinaryIO, coverage: Coverage, algorithm: str) -> bytes:
    """The digest of the covered bytes, read in blocks."""
    digest = hashlib.new(algorithm)
    for start, end in ((0, coverage.hole_start), (coverage.hole_end, coverage.end)):
        stream.seek(start)
        left = end - start
        while left > 0:
            block = stream.read(min(_BLOCK, left))
            if not block:
                raise BadSignature("byte_range_wrong")
            digest.update(block)
            left -= len(block)
    return digest.digest()
