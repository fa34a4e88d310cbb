"""Several pictures as one capture: stored unaltered, in their order, in one file anybody can open (ZIP, not packed)."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO, cast

from pli.capture.errors import EmptyFile, PictureRefused, PicturesMiscounted
from pli.capture.models import Capture
from pli.capture.preparing import PHOTOS
from pli.capture.receiving import receive
from pli.capture.sources.sniffing import HEIC, JPEG, LOOKED_AT, PNG, sniff
from pli.capture.wishes import Wishes
from pli.documents.api import BlobWriter, StoredBytes, existing_blob_path
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.ids import new_id
from pli.parties.api import StaffActor

MOST_PHOTOS = 30
_NAMES = {JPEG: "jpg", PNG: "png"}
# The same pictures give the same bytes, so that a bundle sent again is known.
_DATE = (2020, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Picture:
    """One picture, durable already, and what its sender called it."""

    stored: StoredBytes
    name: str


def receive_photos(
    actor: StaffActor,
    pictures: Sequence[Picture],
    *,
    wishes: Wishes,
    improves: bool = True,
    source_key: str = "",
    file_name: str = "",
    clock: Clock = SYSTEM_CLOCK,
) -> tuple[Capture, bool]:
    """Record pictures, in this order, as one document to be; True when they are new.

    Durable when the caller's transaction is committed.

    ``improves``: whether shadows are taken away and the ink is made darker. ``file_name``: the first one's when empty.

    :raises PicturesMiscounted: for none, or more than :data:`MOST_PHOTOS`; :raises EmptyFile.
    :raises PictureRefused: for HEIC and whatever is neither JPEG nor PNG; :raises UnableToStore, NotAllowed, KeyReused.
    """
    actor.require_writer()
    if not 1 <= len(pictures) <= MOST_PHOTOS:
        raise PicturesMiscounted(limit=MOST_PHOTOS)
    kinds = [_kind_of(one) for one in pictures]
    stored = _bind(pictures, kinds, improves=improves)
    return receive(
        actor,
        channel="photos",
        stored=stored,
        file_name=_name_of(file_name or pictures[0].name),
        source_key=source_key or str(new_id()),
        wishes=wishes,
        media_type=PHOTOS,
        clock=clock,
    )


def _kind_of(picture: Picture) -> str:
    if picture.stored.size == 0:
        raise EmptyFile(name=picture.name)
    with existing_blob_path(picture.stored.sha256).open("rb") as file:
        kind = sniff(file.read(LOOKED_AT))
    if kind not in _NAMES:
        raise PictureRefused(name=picture.name, format="HEIC" if kind == HEIC else "ni JPEG ni PNG")
    return kind


def _bind(pictures: Sequence[Picture], kinds: Sequence[str], *, improves: bool) -> StoredBytes:
    with BlobWriter() as writer:
        with zipfile.ZipFile(cast("IO[bytes]", _Sink(writer)), "w", zipfile.ZIP_STORED) as whole:
            whole.comment = b"improve" if improves else b"keep"
            for number, (picture, kind) in enumerate(zip(pictures, kinds, strict=True), 1):
                entry = zipfile.ZipInfo(f"{number:02d}.{_NAMES[kind]}", _DATE)
                entry.file_size = picture.stored.size
                with whole.open(entry, "w") as page, existing_blob_path(picture.stored.sha256).open("rb") as source:
                    while chunk := source.read(1 << 20):
                        page.write(chunk)
        return writer.keep()


def _name_of(name: str) -> str:
    stem = name.rpartition(".")[0] or name
    return f"{stem[:140] or 'photos'}.pdf"


class _Sink:
    """What ``zipfile`` writes front to back, without ever going back."""

    def __init__(self, writer: BlobWriter) -> None:
        self._writer = writer

    def write(self, chunk: bytes) -> int:
        """Some bytes."""
        self._writer.write(bytes(chunk))
        return len(chunk)

    def flush(self) -> None:
        """Nothing waits here."""
