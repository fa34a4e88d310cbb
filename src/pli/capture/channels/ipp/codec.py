"""IPP messages as bytes and back (RFC 8010 §3), read piece by piece as they arrive.

The header of a request may be cut anywhere by the transport, and the document follows it in the same body: the decoder
takes chunks until ``end-of-attributes`` and hands back what came after.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from enum import IntEnum
from typing import Any

LARGEST_HEADER = 1 << 20
_DEEPEST = 8


class Tag(IntEnum):
    """Delimiters (RFC 8010 §3.5.1) and values (§3.5.2)."""

    OPERATION = 0x01
    JOB = 0x02
    END = 0x03
    PRINTER = 0x04
    UNSUPPORTED_GROUP = 0x05
    UNSUPPORTED = 0x10
    UNKNOWN = 0x12
    NO_VALUE = 0x13
    INTEGER = 0x21
    BOOLEAN = 0x22
    ENUM = 0x23
    OCTETS = 0x30
    DATE_TIME = 0x31
    RESOLUTION = 0x32
    RANGE = 0x33
    BEGIN_COLLECTION = 0x34
    TEXT_WITH_LANGUAGE = 0x35
    NAME_WITH_LANGUAGE = 0x36
    END_COLLECTION = 0x37
    TEXT = 0x41
    NAME = 0x42
    KEYWORD = 0x44
    URI = 0x45
    URI_SCHEME = 0x46
    CHARSET = 0x47
    LANGUAGE = 0x48
    MIME = 0x49
    MEMBER_NAME = 0x4A


_OUT_OF_BAND = range(0x10, 0x20)
_WORDS = frozenset({Tag.INTEGER, Tag.ENUM})
_STRINGS = range(0x40, 0x60)


class MalformedMessage(Exception):
    """The bytes are not an IPP message, or one too long to be believed."""


@dataclass(frozen=True)
class Attribute:
    """A named attribute with its values, all of one tag unless out of band.

    Values are Python's: int, bool, str, bytes, ``datetime``, (low, high), (x, y, units) or, for a collection, a mapping
    of name to :class:`Attribute`. A string with a language keeps its text alone.
    """

    name: str
    tag: int
    values: tuple[Any, ...]

    @property
    def value(self) -> Any:
        """The first value."""
        return self.values[0] if self.values else None


@dataclass
class Group:
    """Attributes under one delimiter, by name, in their order."""

    tag: int
    attributes: dict[str, Attribute] = field(default_factory=dict)

    def add(self, attribute: Attribute) -> None:
        """Put an attribute at the end; the same name again replaces it."""
        self.attributes[attribute.name] = attribute


@dataclass
class Message:
    """A request (``code`` is the operation) or an answer (``code`` is the status)."""

    version: tuple[int, int]
    code: int
    request_id: int
    groups: list[Group] = field(default_factory=list)

    def group(self, tag: int) -> Group | None:
        """The first group of that kind."""
        return next((group for group in self.groups if group.tag == tag), None)


def encode(message: Message) -> bytes:
    """The bytes of a message, ``end-of-attributes`` included.

    :raises ValueError: for a value its tag can't carry.
    """
    out = bytearray(struct.pack(">BBHi", *message.version, message.code, message.request_id))
    for group in message.groups:
        out.append(group.tag)
        for attribute in group.attributes.values():
            _write_attribute(out, attribute.name, attribute)
    out.append(Tag.END)
    return bytes(out)


def _write_attribute(out: bytearray, name: str, attribute: Attribute) -> None:
    if attribute.tag in _OUT_OF_BAND:
        _write(out, attribute.tag, name, b"")
        return
    for number, value in enumerate(attribute.values):
        label = name if number == 0 else ""
        if attribute.tag == Tag.BEGIN_COLLECTION:
            _write(out, attribute.tag, label, b"")
            _write_members(out, value)
            _write(out, Tag.END_COLLECTION, "", b"")
        else:
            _write(out, attribute.tag, label, _spell(attribute.tag, value))


def _write_members(out: bytearray, members: Mapping[str, Attribute]) -> None:
    for name, member in members.items():
        _write(out, Tag.MEMBER_NAME, "", name.encode())
        _write_attribute(out, "", member)


def _write(out: bytearray, tag: int, name: str, value: bytes) -> None:
    label = name.encode()
    if len(label) > 0x7FFF or len(value) > 0x7FFF:
        raise ValueError("an IPP name or value is at most 32,767 bytes")
    out += struct.pack(">BH", tag, len(label)) + label + struct.pack(">H", len(value)) + value


def _spell(tag: int, value: Any) -> bytes:
    if tag in _WORDS:
        return struct.pack(">i", value)
    if tag == Tag.BOOLEAN:
        return b"\x01" if value else b"\x00"
    if tag == Tag.RANGE:
        return struct.pack(">ii", *value)
    if tag == Tag.RESOLUTION:
        return struct.pack(">iib", *value)
    if tag == Tag.DATE_TIME:
        return _spell_instant(value)
    if tag == Tag.OCTETS or isinstance(value, bytes):
        return bytes(value)
    return str(value).encode()


def _spell_instant(instant: datetime) -> bytes:
    """RFC 2579 DateAndTime, in UTC."""
    at = instant.astimezone(UTC)
    date = (at.year, at.month, at.day, at.hour, at.minute, at.second, at.microsecond // 100_000)
    return struct.pack(">HBBBBBB", *date) + b"+\x00\x00"


class Decoder:
    """Reads one message from chunks. ``feed`` until ``message`` is there; ``rest`` is the beginning of the document."""

    def __init__(self, largest: int = LARGEST_HEADER) -> None:
        self.message: Message | None = None
        self.rest = b""
        self._largest = largest
        self._pending = bytearray()
        self._parser = _parse()
        self._wanted = next(self._parser)

    def feed(self, chunk: bytes) -> bool:
        """Take some more bytes; True once the message is whole.

        :raises MalformedMessage: when it can't be one, or its header passes the limit.
        """
        self._pending += chunk
        taken = 0
        while self.message is None and len(self._pending) - taken >= self._wanted:
            piece = bytes(self._pending[taken : taken + self._wanted])
            taken += self._wanted
            self._largest -= self._wanted
            if self._largest < 0:
                raise MalformedMessage("header too long")
            try:
                self._wanted = self._parser.send(piece)
            except StopIteration as over:
                self.message = over.value
        del self._pending[:taken]
        if self.message is not None:
            self.rest = bytes(self._pending)
        elif len(self._pending) > self._largest:
            raise MalformedMessage("header too long")
        return self.message is not None


def decode(content: bytes) -> tuple[Message, bytes]:
    """A whole message and what follows it.

    :raises MalformedMessage: when it is none.
    """
    decoder = Decoder()
    if not decoder.feed(content) or decoder.message is None:
        raise MalformedMessage("cut short")
    return decoder.message, decoder.rest


def _parse() -> Any:
    """A generator that yields how many bytes it wants and is sent them; returns the message."""
    major, minor, code, request_id = struct.unpack(">BBHi", (yield 8))
    message = Message((major, minor), code, request_id)
    group: Group | None = None
    last: Attribute | None = None
    while True:
        tag = (yield 1)[0]
        if tag == Tag.END:
            return message
        if tag < 0x10:
            group, last = Group(tag), None
            message.groups.append(group)
            continue
        if group is None:
            raise MalformedMessage("attribute before any group")
        name = yield from _read_bytes()
        value = yield from _read_value(tag, 0)
        if name:
            last = Attribute(_text(name), tag, () if tag in _OUT_OF_BAND else (value,))
        elif last is None:
            raise MalformedMessage("additional value without attribute")
        else:
            last = Attribute(last.name, last.tag, (*last.values, value))
        group.add(last)


def _read_bytes() -> Any:
    (length,) = struct.unpack(">h", (yield 2))
    if length < 0:
        raise MalformedMessage("negative length")
    return (yield length) if length else b""


def _read_value(tag: int, depth: int) -> Any:
    raw = yield from _read_bytes()
    if tag == Tag.BEGIN_COLLECTION:
        return (yield from _read_collection(depth + 1))
    return _understand(tag, raw)


def _read_collection(depth: int) -> Any:
    if depth > _DEEPEST:
        raise MalformedMessage("collections too deep")
    members: dict[str, Attribute] = {}
    name = ""
    while True:
        tag = (yield 1)[0]
        if tag < 0x10:
            raise MalformedMessage("group inside a collection")
        yield from _read_bytes()
        value = yield from _read_value(tag, depth)
        if tag == Tag.END_COLLECTION:
            return members
        if tag == Tag.MEMBER_NAME:
            name = str(value)
        elif not name:
            raise MalformedMessage("member without name")
        elif name in members:
            members[name] = Attribute(name, members[name].tag, (*members[name].values, value))
        else:
            members[name] = Attribute(name, tag, () if tag in _OUT_OF_BAND else (value,))


def _understand(tag: int, raw: bytes) -> Any:
    try:
        if tag in _OUT_OF_BAND:
            return None
        if tag in _WORDS:
            return struct.unpack(">i", raw)[0]
        if tag == Tag.BOOLEAN:
            return raw != b"\x00"
        if tag == Tag.RANGE:
            return struct.unpack(">ii", raw)
        if tag == Tag.RESOLUTION:
            return struct.unpack(">iib", raw)
        if tag == Tag.DATE_TIME:
            return _understand_instant(raw)
        if tag in (Tag.TEXT_WITH_LANGUAGE, Tag.NAME_WITH_LANGUAGE):
            (length,) = struct.unpack_from(">H", raw)
            return _text(raw[length + 4 :])
    except (struct.error, ValueError, OverflowError):
        raise MalformedMessage(f"value of tag {tag:#x}") from None
    return _text(raw) if tag in _STRINGS else raw


def _understand_instant(raw: bytes) -> datetime:
    year, month, day, hour, minute, second, tenth, sign, hours, minutes = struct.unpack(">HBBBBBBcBB", raw)
    offset = timedelta(hours=hours, minutes=minutes)
    zone = timezone(-offset if sign == b"-" else offset)
    return datetime(year, month, day, hour, minute, min(second, 59), min(tenth, 9) * 100_000, zone)


def _text(raw: bytes) -> str:
    """UTF-8, else what old Windows clients send: cp1252 with its five holes read as Latin-1."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return "".join(_cp1252(byte) for byte in raw)


def _cp1252(byte: int) -> str:
    try:
        return bytes([byte]).decode("cp1252")
    except UnicodeDecodeError:
        return chr(byte)


def make(name: str, tag: int, *values: Any) -> Attribute:
    """An attribute, its values in a row."""
    return Attribute(name, tag, values)


def group_of(tag: int, attributes: Iterable[Attribute]) -> Group:
    """A group of those attributes."""
    made = Group(tag)
    for attribute in attributes:
        made.add(attribute)
    return made
