"""Whether a CMS signature holds nothing but its parts (RFC 5652 §5): readers pass over what they don't know, and a
timestamp whose tag was changed would be passed over with it."""

from __future__ import annotations

from collections.abc import Iterator

_SEQUENCE, _SET, _OID, _INTEGER, _OCTETS = 0x30, 0x31, 0x06, 0x02, 0x04
_ZERO, _ONE = 0xA0, 0xA1
_CONSTRUCTED, _END, _DEEPEST = 0x20, b"\0\0", 60
_SIGNED_DATA = {_INTEGER, _SET, _SEQUENCE, _ZERO, _ONE}
# Version, issuer or key identifier, digest, signed attributes, algorithm, signature, unsigned attributes.
_SIGNER = ((_INTEGER,), (_SEQUENCE, 0x80), (_SEQUENCE,), (_ZERO, None), (_SEQUENCE,), (_OCTETS,), (_ONE, None))


def is_well_nested(content: bytes) -> bool:
    """Whether each part fills its place exactly, down to the signers' own fields; ``content`` is of definite length."""
    try:
        return _is_whole(content)
    except (IndexError, ValueError):
        return False


def as_definite(content: bytes) -> tuple[bytes, int]:
    """The first value of ``content`` with definite lengths throughout, and how long it is as it was written.

    Some programs write BER where DER is asked for (X.690 §8.1.3.6). What has its length already stays byte for byte, so
    signed attributes and certificates do. Strings that were cut in pieces (§8.7.3) are put together.

    :raises ValueError: it is no whole value.
    """
    try:
        return _definite(content, 0, 0)
    except IndexError as error:
        raise ValueError("cut short") from error


def _definite(content: bytes, start: int, depth: int) -> tuple[bytes, int]:
    tag = content[start]
    if depth > _DEEPEST or tag & 0x1F == 0x1F:
        raise ValueError("too deep, or a long tag")
    if content[start + 1] != 0x80:
        inner, length = _header(content, start)
        if inner + length > len(content):
            raise ValueError("cut short")
        return content[start : inner + length], inner + length
    if not tag & _CONSTRUCTED:
        raise ValueError("a primitive value has a length")
    parts, place = [], start + 2
    while content[place : place + 2] != _END:
        part, place = _definite(content, place, depth + 1)
        parts.append(part)
    if tag == _OCTETS | _CONSTRUCTED:
        tag, parts = _OCTETS, [_value_of(part) for part in parts]
    value = b"".join(parts)
    return bytes([tag]) + _length(len(value)) + value, place + 2


def _value_of(piece: bytes) -> bytes:
    if piece[0] != _OCTETS:
        raise ValueError("not a piece of the string")
    inner, length = _header(piece, 0)
    return piece[inner : inner + length]


def _length(count: int) -> bytes:
    if count < 0x80:
        return bytes([count])
    octets = count.to_bytes((count.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(octets)]) + octets


def _is_whole(content: bytes) -> bool:
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
