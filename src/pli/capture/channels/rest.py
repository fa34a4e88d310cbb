"""A file sent as the whole body of a request (``curl --data-binary``, ``curl -T``): streamed, with flat memory."""

from __future__ import annotations

from typing import Protocol

from django.conf import settings
from django.http import UnreadablePostError

from pli.capture.channels.room import refuse_what_cannot_fit
from pli.capture.errors import FileTooLarge, LengthMissing, UploadInterrupted
from pli.capture.limits import readable_size
from pli.documents.api import BlobWriter, StoredBytes

_CHUNK = 1 << 18


class Readable(Protocol):
    """A request's body."""

    def read(self, size: int, /) -> bytes:
        """Up to ``size`` bytes; none at the end."""
        ...


def store_body(source: Readable, *, announced: int | None, name: str, limit: int | None = None) -> StoredBytes:
    """Write a body as one durable blob; what was announced must come, no less.

    ``announced`` is its Content-Length, None when the sender gave none.

    :raises LengthMissing: without a length; :raises FileTooLarge: over ``limit`` (PLI_MAX_UPLOAD_BYTES).
    :raises UploadInterrupted: when the sender went away; :raises UnableToStore: when the disk refuses.
    """
    limit = limit if limit is not None else settings.PLI_MAX_UPLOAD_BYTES
    if announced is None:
        raise LengthMissing
    if announced > limit:
        raise FileTooLarge(name=name, limit=readable_size(limit))
    refuse_what_cannot_fit(announced)
    with BlobWriter() as writer:
        try:
            while chunk := source.read(_CHUNK):
                if writer.size + len(chunk) > limit:
                    raise FileTooLarge(name=name, limit=readable_size(limit))
                writer.write(chunk)
        except UnreadablePostError:
            raise UploadInterrupted from None
        if writer.size != announced:
            raise UploadInterrupted
        return writer.keep()
