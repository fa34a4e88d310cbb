"""Files sent by a browser's form or a multipart request: each streams into its own blob, with flat memory."""

from __future__ import annotations

from typing import IO, Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest

from pli.capture.channels.room import refuse_what_cannot_fit
from pli.capture.errors import FileTooLarge
from pli.capture.limits import readable_size
from pli.documents.api import BlobWriter, StoredBytes, clean_file_name

# What the other parts and the boundaries of a form may weigh beside its files.
_FORM_OVERHEAD = 1 << 20


class BlobUpload(UploadedFile):  # type: ignore[type-arg]  # generic in the stubs alone
    """A file whose bytes stand in the staging folder. ``keep()`` makes them a blob; closing without it leaves none."""

    def __init__(self, writer: BlobWriter, name: str, content_type: str) -> None:
        super().__init__(file=None, name=clean_file_name(name), content_type=content_type, size=writer.size)
        self._writer = writer
        self._stored: StoredBytes | None = None

    def keep(self) -> StoredBytes:
        """The bytes, durable from here on. Safe to repeat.

        :raises UnableToStore: when the disk refuses.
        """
        if self._stored is None:
            self._stored = self._writer.keep()
        return self._stored

    def close(self) -> None:
        """Called by Django at the end of the request: what was not kept goes."""
        if self._stored is None:
            self._writer.discard()


class BlobUploadHandler(FileUploadHandler):
    """Put it first: ``request.upload_handlers = [BlobUploadHandler(request)]``, before anything reads the body.

    ``request.FILES`` then holds :class:`BlobUpload` s. The size cap (``limit`` bytes a file, by default
    PLI_MAX_UPLOAD_BYTES) is enforced while the bytes come in.

    :raises FileTooLarge: from the reading of ``request.FILES``; :raises UnableToStore: likewise, for a full disk.
    """

    chunk_size = 1 << 18

    def __init__(self, request: HttpRequest | None = None, *, limit: int | None = None) -> None:
        super().__init__(request)
        self.limit = limit if limit is not None else settings.PLI_MAX_UPLOAD_BYTES
        self._writer: BlobWriter | None = None

    def handle_raw_input(
        self,
        input_data: IO[bytes],
        META: dict[str, str],
        content_length: int,
        boundary: Any,
        encoding: str | None = None,
    ) -> None:
        """Refuse before the first byte what could never fit."""
        refuse_what_cannot_fit(content_length)

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """A part with a file name begins."""
        super().new_file(*args, **kwargs)
        self._writer = BlobWriter()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Some bytes of it."""
        if self._writer is None:
            return
        if self._writer.size + len(raw_data) > self.limit:
            self.discard()
            raise FileTooLarge(name=clean_file_name(self.file_name or ""), limit=readable_size(self.limit))
        try:
            self._writer.write(raw_data)
        except BaseException:
            self.discard()
            raise

    def file_complete(self, file_size: int) -> BlobUpload | None:
        """The part is over."""
        if self._writer is None:
            return None
        writer, self._writer = self._writer, None
        return BlobUpload(writer, self.file_name or "", self.content_type or "")

    def upload_interrupted(self) -> None:
        """The sender went away."""
        self.discard()

    def discard(self) -> None:
        """Leave nothing of the part under way."""
        if self._writer is not None:
            self._writer.discard()
            self._writer = None
