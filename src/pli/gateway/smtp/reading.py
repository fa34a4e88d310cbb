"""The bytes after DATA, in flat memory: where they end, dots taken away, line ends made whole.

Only CR LF . CR LF ends a message (RFC 5321 §4.1.1.4). A lone CR or LF, which some server further on could take for a
line end, becomes CR LF: what looks like a second message stays text of the first.
"""

from __future__ import annotations

import re

from pli.documents.api import BlobWriter, StoredBytes
from pli.gateway.mime.heads import LONGEST_HEAD

_END = b"\r\n.\r\n"
_ANY_LINE_END = re.compile(rb"\r\n|\r|\n")
IN_MEMORY = 1 << 20


class DotReader:
    """Finds the end of a message in what comes piece by piece."""

    def __init__(self) -> None:
        # As if a line had just ended: the first may be the lone dot.
        self._kept = b"\r\n"
        self._skip = 2

    def feed(self, chunk: bytes) -> tuple[bytes, bytes | None]:
        """The message's bytes so far unknown, and what follows its end; None while that has not come."""
        data = self._kept + chunk
        end = data.find(_END)
        if end >= 0:
            content, rest = data[: end + 2], data[end + len(_END) :]
        else:
            # What could begin the end, or a dotted line, is kept for the next time.
            place = data.find(b"\r", max(len(data) - 4, 0))
            cut = place if place >= 0 else len(data)
            content, self._kept, rest = data[:cut], data[cut:], None
        content = content.replace(b"\r\n.", b"\r\n")
        if self._skip and content:
            content, self._skip = content[self._skip :], 0
        return content, rest


class LineEnds:
    """Makes every line end CR LF."""

    def __init__(self) -> None:
        self._kept = b""

    def feed(self, chunk: bytes) -> bytes:
        """The same bytes when their line ends are whole already."""
        data = self._kept + chunk
        self._kept = b"\r" if data.endswith(b"\r") else b""
        if self._kept:
            data = data[:-1]
        whole = data.count(b"\r\n")
        if whole == data.count(b"\n") == data.count(b"\r"):
            return data
        return _ANY_LINE_END.sub(b"\r\n", data)

    def end(self) -> bytes:
        """What was still kept."""
        kept, self._kept = self._kept, b""
        return b"\r\n" if kept else b""


class Intake:
    """A message on its way in: in memory while it is small, then on disk; its head is kept to be looked at.

    ``limit``: bytes beyond which nothing more is kept, and the message is refused at its end.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.size = 0
        self.head = b""
        self._small: bytearray | None = bytearray()
        self._writer: BlobWriter | None = None
        self._lines = LineEnds()

    @property
    def is_too_large(self) -> bool:
        """Whether it went over its limit."""
        return self.size > self.limit

    def write(self, chunk: bytes) -> None:
        """:raises UnableToStore: when the disk refuses."""
        self._keep(self._lines.feed(chunk))

    def finish(self) -> bytes | bytearray | StoredBytes:
        """The bytes, or where they are, durable.

        :raises UnableToStore: when the disk refuses.
        """
        self._keep(self._lines.end())
        if self._writer is not None:
            return self._writer.keep()
        return self._small if self._small is not None else b""

    def discard(self) -> None:
        """Leave nothing of it."""
        self._small = None
        if self._writer is not None:
            self._writer.discard()

    def _keep(self, data: bytes) -> None:
        self.size += len(data)
        if self.is_too_large:
            self.discard()
            return
        if len(self.head) < LONGEST_HEAD:
            self.head += data[: LONGEST_HEAD - len(self.head)]
        if self._writer is None and self.size <= IN_MEMORY and self._small is not None:
            self._small += data
            return
        if self._writer is None:
            self._writer = BlobWriter()
            self._writer.write(bytes(self._small or b""))
            self._small = None
        self._writer.write(data)
