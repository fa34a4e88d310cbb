"""The few lines of DER (ITU-T X.690 §10) that build a CMS: its constant parts are encoded once and reused.

asn1crypto reads what others wrote; writing with it costs more than the signature itself on the mass path.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

NULL = b"\x05\x00"


def tlv(tag: int, content: bytes) -> bytes:
    """One tag-length-value, definite length in its shortest form."""
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def sequence(*parts: bytes) -> bytes:
    """SEQUENCE of already encoded parts."""
    return tlv(0x30, b"".join(parts))


def set_of(parts: Iterable[bytes], tag: int = 0x31) -> bytes:
    """SET OF already encoded parts, sorted as DER demands (X.690 §11.6)."""
    return tlv(tag, b"".join(sorted(parts)))


def octets(content: bytes) -> bytes:
    """OCTET STRING."""
    return tlv(0x04, content)


def integer(value: int) -> bytes:
    """INTEGER, zero or positive."""
    return tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def object_identifier(dotted: str) -> bytes:
    """OBJECT IDENTIFIER; arcs of any size (2.25.<UUID> has a 128-bit one)."""
    arcs = [int(arc) for arc in dotted.split(".")]
    content = bytearray()
    for arc in [arcs[0] * 40 + arcs[1], *arcs[2:]]:
        digits = [arc & 0x7F]
        while arc := arc >> 7:
            digits.append(0x80 | arc & 0x7F)
        content += bytes(reversed(digits))
    return tlv(0x06, bytes(content))


def utc_time(instant: datetime) -> bytes:
    """UTCTime to the second (RFC 5652 §11.3: for years before 2050)."""
    return tlv(0x17, instant.astimezone(UTC).strftime("%y%m%d%H%M%SZ").encode())


def generalized_time(instant: datetime) -> bytes:
    """GeneralizedTime with milliseconds and no trailing zero (RFC 3161 §2.4.2)."""
    instant = instant.astimezone(UTC)
    text = instant.strftime("%Y%m%d%H%M%S")
    fraction = f"{instant.microsecond // 1000:03d}".rstrip("0")
    return tlv(0x18, f"{text}.{fraction}Z".encode() if fraction else f"{text}Z".encode())
