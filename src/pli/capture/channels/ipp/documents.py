"""The document of a job on its way to the store: unpacked within bounds, known by its first bytes, refused early."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from pli.capture.channels.ipp.attributes import COMPRESSIONS, FORMATS
from pli.capture.channels.room import refuse_what_cannot_fit
from pli.capture.errors import FileTooLarge
from pli.capture.limits import readable_size
from pli.documents.api import BlobWriter, StoredBytes

PDF, PWG, URF, JPEG = FORMATS[:4]
_LOOKED_AT = 1024
_STEP = 1 << 20


class UnsupportedDocument(Exception):
    """Neither PDF nor raster nor JPEG: PostScript, for one, is a program and is never run (0x040A)."""


class CorruptDocument(Exception):
    """The compression it announces does not unpack it (0x0410)."""


def sniff(head: bytes) -> str:
    """What a document is by its first bytes; the sender's word is not believed.

    :raises UnsupportedDocument: for anything Pli does not print.
    """
    if head.startswith(b"RaS2"):
        return PWG
    if head.startswith(b"UNIRAST\0"):
        return URF
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if not head.startswith(b"%!") and b"%PDF-" in head[:_LOOKED_AT]:
        return PDF
    raise UnsupportedDocument


class Unpacker:
    """Unpacks gzip, or deflate with or without the zlib wrapping, never more than a step at once."""

    def __init__(self, compression: str) -> None:
        if compression not in COMPRESSIONS:
            raise UnsupportedDocument
        self._kind = compression
        self._inflater = zlib.decompressobj(zlib.MAX_WBITS | 16) if compression == "gzip" else None
        self._start = b""

    def unpack(self, chunk: bytes) -> Iterator[bytes]:
        """The plain bytes that ``chunk`` gives.

        :raises CorruptDocument: when it does not unpack.
        """
        if self._kind == "none":
            yield chunk
            return
        if self._inflater is None:
            self._start += chunk
            if len(self._start) < 2:
                return
            self._inflater, chunk = zlib.decompressobj(_window(self._start)), self._start
        try:
            while chunk:
                plain = self._inflater.decompress(chunk, _STEP)
                if plain:
                    yield plain
                chunk = self._inflater.unconsumed_tail
                if self._inflater.eof and self._inflater.unused_data:
                    chunk = self._go_on(self._inflater.unused_data)
        except zlib.error:
            raise CorruptDocument from None

    def _go_on(self, chunk: bytes) -> bytes:
        """After the end of what was packed: RFC 1952 lets a gzip have several members; of others nothing follows.

        :raises CorruptDocument: when something does.
        """
        if self._kind != "gzip":
            raise CorruptDocument
        self._inflater = zlib.decompressobj(zlib.MAX_WBITS | 16)
        return chunk

    def finish(self) -> Iterator[bytes]:
        """What is still inside.

        :raises CorruptDocument: when the end is missing.
        """
        if self._kind == "none":
            return
        if self._inflater is None:
            raise CorruptDocument
        try:
            plain = self._inflater.flush()
        except zlib.error:
            raise CorruptDocument from None
        if plain:
            yield plain
        if not self._inflater.eof:
            raise CorruptDocument


def _window(head: bytes) -> int:
    """RFC 1950's header (clients differ on what « deflate » is), else raw RFC 1951."""
    wrapped = head[0] & 0x0F == 8 and int.from_bytes(head[:2], "big") % 31 == 0
    return zlib.MAX_WBITS if wrapped else -zlib.MAX_WBITS


class DocumentSink:
    """Takes the bytes of one document and makes them a durable blob; closing without ``keep`` leaves nothing."""

    def __init__(self, *, compression: str, limit: int) -> None:
        self.media_type = ""
        self._unpacker = Unpacker(compression)
        self._limit = limit
        self._head = b""
        self._writer: BlobWriter | None = None
        self._size = 0
        self._has_begun = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all was sent."""
        return not self._has_begun

    def write(self, chunk: bytes) -> None:
        """:raises UnsupportedDocument, CorruptDocument, FileTooLarge, UnableToStore: nothing of it is kept then."""
        self._has_begun = self._has_begun or bool(chunk)
        for plain in self._unpacker.unpack(chunk):
            self._take(plain)

    def keep(self) -> StoredBytes:
        """The blob, durable from here on. Raises as :meth:`write`."""
        for plain in self._unpacker.finish():
            self._take(plain)
        return self._open().keep()

    def close(self) -> None:
        """Drop what was not kept."""
        if self._writer is not None:
            self._writer.discard()

    def _take(self, plain: bytes) -> None:
        self._size += len(plain)
        if self._size > self._limit:
            raise FileTooLarge(name="impression", limit=readable_size(self._limit))
        if self._writer is None:
            self._head += plain
            if len(self._head) >= _LOOKED_AT:
                self._open()
        else:
            self._writer.write(plain)

    def _open(self) -> BlobWriter:
        if self._writer is None:
            self.media_type = sniff(self._head)
            refuse_what_cannot_fit(len(self._head))
            self._writer = BlobWriter()
            self._writer.write(self._head)
            self._head = b""
        return self._writer
