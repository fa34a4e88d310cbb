"""Where the parts of a message stand, as places in its bytes: nothing is decoded, nothing is copied.

Works on bytes and on a mapped file alike, so that a gigabyte is walked in flat memory. What is broken is one part.
"""

from __future__ import annotations

import base64
import binascii
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message
from itertools import pairwise
from typing import Any

from pli.gateway.mime.heads import LONGEST_HEAD, parse_head, plain

MOST_PARTS = 1000
DEEPEST = 30
_STEP = 3 << 20
_BLANKS = re.compile(rb"[^A-Za-z0-9+/=]")
Bytes = Any
"""bytes or mmap: what slices to bytes and that a pattern searches."""


@dataclass(frozen=True)
class Part:
    """One part. ``start`` to ``body``: its head; ``body`` to ``end``: the rest. ``cut``: what to take away with it."""

    number: str
    start: int
    body: int
    end: int
    fields: Message = field(repr=False)
    children: tuple[Part, ...] = ()
    cut: tuple[int, int] = (0, 0)

    @property
    def media_type(self) -> str:
        """In small letters, as text/plain."""
        return str(self.fields.get_content_type())

    @property
    def file_name(self) -> str:
        """As its sender calls it; empty when they don't."""
        try:
            return plain(self.fields.get_filename() or "")[:200]
        except (ValueError, LookupError, UnicodeError, TypeError):
            return ""

    @property
    def encoding(self) -> str:
        """How its bytes travel: base64, quoted-printable, 7bit, 8bit or binary."""
        return plain(self.fields.get("Content-Transfer-Encoding", "7bit")).lower() or "7bit"

    @property
    def is_attachment(self) -> bool:
        """Whether it is a file of its own, not something the text shows in itself."""
        kind = self.media_type
        if self.children or kind.startswith("multipart/"):
            return False
        said = plain(self.fields.get("Content-Disposition", "")).lower()
        if said.startswith("attachment") or kind == "application/pdf":
            return True
        # Some programs call every file « inline »: only a picture is really shown in the text.
        is_shown = kind.startswith("image/") and ("Content-ID" in self.fields or said.startswith("inline"))
        return bool(self.file_name) and not is_shown

    def leaves(self) -> Iterator[Part]:
        """The parts without parts, in their order."""
        if not self.children:
            yield self
        for child in self.children:
            yield from child.leaves()


class _Counter:
    def __init__(self) -> None:
        self.left = MOST_PARTS


def walk(content: Bytes, length: int) -> Part:
    """The parts of a message of ``length`` bytes."""
    return _walk(content, 0, length, "1", 0, _Counter())


def _walk(content: Bytes, start: int, end: int, number: str, depth: int, counter: _Counter) -> Part:
    counter.left -= 1
    body = _body_of(content, start, end)
    fields = parse_head(bytes(content[start : min(body, start + LONGEST_HEAD)]))
    children: tuple[Part, ...] = ()
    if depth < DEEPEST and fields.get_content_maintype() == "multipart":
        children = tuple(_children(content, body, end, fields, number, depth, counter))
    return Part(number, start, body, end, fields, children)


def _body_of(content: Bytes, start: int, end: int) -> int:
    if bytes(content[start : start + 2]) == b"\r\n":
        return start + 2
    found = content.find(b"\r\n\r\n", start, end)
    return int(found) + 4 if found >= 0 else end


def _children(
    content: Bytes, body: int, end: int, fields: Message, number: str, depth: int, counter: _Counter
) -> Iterator[Part]:
    marks = list(_delimiters(content, body, end, fields))
    for position, (mark, following) in enumerate(pairwise(marks), 1):
        if counter.left <= 0:
            return
        start, stop = mark.end() + 2, following.start()
        found = _walk(content, min(start, stop), stop, f"{number}.{position}", depth + 1, counter)
        yield Part(
            found.number, found.start, found.body, found.end, found.fields, found.children,
            (mark.start(), following.start()),
        )  # fmt: skip


def _delimiters(content: Bytes, body: int, end: int, fields: Message) -> Iterator[re.Match[bytes]]:
    """The lines between the parts (RFC 2046 §5.1.1), the closing one included; none when it never closes."""
    try:
        boundary = str(fields.get_boundary() or "").encode("ascii")
    except (UnicodeError, ValueError, LookupError):
        return
    if not boundary:
        return
    pattern = re.compile(rb"\r\n--" + re.escape(boundary) + rb"(--)?[ \t]*(?=\r\n|\Z)")
    found = []
    # The empty line before the body may be the line break of the first delimiter.
    for match in pattern.finditer(content, max(body - 2, 0), end):
        found.append(match)
        if match.group(1) or len(found) > MOST_PARTS:
            break
    if found and found[-1].group(1):
        yield from found


def decode(content: Bytes, part: Part) -> Iterator[bytes]:
    """The bytes of a leaf as they were before they travelled, by chunks."""
    if part.encoding == "base64":
        yield from _decode_base64(content, part)
    elif part.encoding == "quoted-printable":
        yield from _decode_quoted(content, part)
    else:
        for offset in range(part.body, part.end, _STEP):
            yield bytes(content[offset : min(offset + _STEP, part.end)])


def _decode_quoted(content: Bytes, part: Part) -> Iterator[bytes]:
    """Cut after line ends, where no code can be cut in two; a line longer than a step is cut before its last code."""
    kept = b""
    for offset in range(part.body, part.end, _STEP):
        kept += bytes(content[offset : min(offset + _STEP, part.end)])
        place = kept.rfind(b"\n") + 1
        if not place and len(kept) > _STEP:
            place = kept.rfind(b"=", len(kept) - 3)
            place = place if place > 0 else len(kept)
        piece, kept = kept[:place], kept[place:]
        yield quopri.decodestring(piece)
    if kept:
        yield quopri.decodestring(kept)


def _decode_base64(content: Bytes, part: Part) -> Iterator[bytes]:
    """Signs that are none of its alphabet are passed over, and what is cut short is given as far as it goes."""
    kept = b""
    for offset in range(part.body, part.end, _STEP):
        kept += _BLANKS.sub(b"", bytes(content[offset : min(offset + _STEP, part.end)]))
        whole = len(kept) - len(kept) % 4
        piece, kept = kept[:whole], kept[whole:]
        yield _unpack(piece)
    if kept:
        yield _unpack(kept.rstrip(b"=") + b"=" * (-len(kept.rstrip(b"=")) % 4))


def _unpack(piece: bytes) -> bytes:
    try:
        return base64.b64decode(piece)
    except binascii.Error:
        return b""
