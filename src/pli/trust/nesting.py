"""Whether a CMS signature holds nothing but its parts (RFC 5652 §5): readers pass over what they don't know, and a
timestamp whose tag was changed would be passed over with it."""

from __future__ import annotations

from collections.abc import Iterator

_SEQUENCE, _SET, _OID, _INTEGER, _OCTETS = 0x30, 0x31, 0x06, 0x02, 0x04
_ZERO, _ONE = 0xA0, 0xA1
_SIGNED_DATA = {_INTEGER, _SET, _SEQUENCE, _ZERO, _ONE}
# Version, issuer or key identifier, digest, signed attributes, algorithm, signature, unsigned attributes.
_SIGNER = ((_INTEGER,), (_SEQUENCE, 0x80), (_SEQUENCE,), (_ZERO, None), (_SEQUENCE,), (_OCTETS,), (_ONE, None))


def is_well_nested(content: bytes) -> bool:
    """Whether each part fills its place exactly, down to the signers' own fields.

    Encodings of indefinite length (BER, which no PAdES signature may have) are not followed: True.
    """
    try:
        return _is_whole(content)
    except (IndexError, ValueError):
        return False


def _is_whole(content: bytes) -> bool:
    if content[1] == 0x80:
        return True
    [outer] = _parts(content, 0, _end_of(content))
    kind, wrapped = _parts(content, outer[1], outer[2])
    if outer[0] != _SEQUENCE or kind[0] != _OID or wrapped[0] != _ZERO:
        return False
    [data] = _parts(content, wrapped[1], wrapped[2])
    fields = list(_parts(content, data[1], data[2]))
    if data[0] != _SEQUENCE or {tag for tag, _, _ in fields} - _SIGNED_DATA or fields[-1][0] != _SET:
        return False
    signers = list(_parts(content, fields[-1][1], fields[-1][2]))
    return all(
        tag == _SEQUENCE and _is_signer([part for part, _, _ in _parts(content, start, end)])
        for tag, start, end in signers
    )


def _is_signer(tags: list[int]) -> bool:
    """Whether the fields stand in their order, those that may be absent left out."""
    left = list(tags)
    for wanted in _SIGNER:
        if left and left[0] in wanted:
            left.pop(0)
        elif None not in wanted:
            return False
    return not left


def _end_of(content: bytes) -> int:
    start, length = _header(content, 0)
    return start + length


def _parts(content: bytes, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Tag, first byte and end of each part from ``start``; :raises IndexError: they don't end at ``end``."""
    while start < end:
        tag = content[start]
        inner, length = _header(content, start)
        if inner + length > end or end > len(content):
            raise IndexError
        yield tag, inner, inner + length
        start = inner + length


def _header(content: bytes, start: int) -> tuple[int, int]:
    """Where the value at ``start`` begins, and its length."""
    first = content[start + 1]
    if first < 0x80:
        return start + 2, first
    count = first & 0x7F
    if not 1 <= count <= 4:
        raise IndexError
    octets = content[start + 2 : start + 2 + count]
    if len(octets) < count:
        raise IndexError
    return start + 2 + count, int.from_bytes(octets, "big")
