"""An accepted message opened: mapped, walked, and shown to tags as a letter."""

from __future__ import annotations

import mmap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pli.documents.api import StoredBytes, store_bytes
from pli.gateway.mime.heads import head_end, parse_head, people, read_head
from pli.gateway.mime.tree import Bytes, Part, decode, walk
from pli.gateway.plugs import Attachment, Letter, Person
from pli.gateway.subjects import Subject, read_subject


@dataclass(frozen=True)
class Opened:
    """A message in place: its bytes, mapped, and where its parts stand."""

    content: Bytes
    length: int
    root: Part

    @property
    def subject(self) -> str:
        """As it is read, without its tags."""
        return self.asked.rest

    @property
    def asked(self) -> Subject:
        """What its subject asks."""
        return read_subject(read_head(bytes(self.content[: self.root.body])).subject)

    def part(self, number: str) -> Part:
        """The leaf of this number.

        :raises LookupError: when there is none.
        """
        for part in self.root.leaves():
            if part.number == number:
                return part
        raise LookupError(number)

    def cuts(self, numbers: Sequence[str]) -> list[tuple[int, int]]:
        """Where these leaves stand, with what separates them from the next."""
        return [
            part.cut if part.cut[1] else (part.body, part.end) for part in self.root.leaves() if part.number in numbers
        ]

    def store(self, number: str) -> StoredBytes:
        """The bytes of a part, durable.

        :raises UnableToStore: when the disk refuses.
        """
        return store_bytes(decode(self.content, self.part(number)))


@contextmanager
def opened(path: Path) -> Iterator[Opened]:
    """The message at ``path``, in flat memory however large it is."""
    with path.open("rb") as file:
        length = path.stat().st_size
        if length == 0:
            yield Opened(b"", 0, walk(b"", 0))
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            yield Opened(content, length, walk(content, length))


def read_letter(message: Opened, addresses: Sequence[str], *, received_at: datetime) -> Letter:
    """What a tag is shown: the envelope's ``addresses``, in the order in which the head names them."""
    return Letter(
        subject=message.subject,
        people=tuple(_people(message, addresses)),
        attachments=tuple(_attachment(message, part) for part in message.root.leaves() if part.is_attachment),
        received_at=received_at,
    )


def _people(message: Opened, addresses: Sequence[str]) -> Iterator[Person]:
    head = parse_head(bytes(message.content[: head_end(bytes(message.content[: message.root.body]))]))
    named = {"to": people(head, "To"), "cc": people(head, "Cc")}
    left = list(dict.fromkeys(address.lower() for address in addresses))
    for place, known in named.items():
        for address, name in known.items():
            if address in left:
                left.remove(address)
                yield Person(address, name or _name_of(address), place)
    for address in left:
        yield Person(address, _name_of(address), "bcc")


def _name_of(address: str) -> str:
    """« Julie Martin » for julie.martin@…: what one can call a person who is written to by address alone."""
    words = address.partition("@")[0].partition("+")[0].replace("_", ".").replace("-", ".").split(".")
    return " ".join(word.capitalize() for word in words if word)[:200] or address[:200]


def _attachment(message: Opened, part: Part) -> Attachment:
    name = part.file_name
    is_pdf = next(decode(message.content, part), b"")[:1024].find(b"%PDF-") >= 0
    return Attachment(
        part=part.number,
        file_name=name or ("document.pdf" if is_pdf else "document"),
        media_type="application/pdf" if is_pdf else part.media_type,
        size=part.end - part.body,
        is_pdf=is_pdf,
    )
