"""What one conversion knows while it works: the document, the part aimed at, what was done, what stands in the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from pikepdf import Object, Pdf

from pli.pdf.archival.shown import Shown

Part = Literal["1b", "2b", "3b"]


@dataclass(frozen=True)
class ArchiveInfo:
    """What the file says of itself, in its metadata and its information dictionary alike.

    Empty texts keep what the file said. ``made_at`` becomes its date of change; ``producer`` is who converted it.
    """

    made_at: datetime
    title: str = ""
    author: str = ""
    subject: str = ""
    keywords: str = ""
    creator: str = ""
    producer: str = "Pli"
    language: str = ""


@dataclass
class Conversion:
    """The state of one conversion; ``changes`` and ``reasons`` are French sentences, each once, in their order."""

    pdf: Pdf
    part: Part
    changes: dict[str, None] = field(default_factory=dict)
    reasons: dict[str, None] = field(default_factory=dict)
    transparent_states: list[tuple[Object, int | None]] = field(default_factory=list)
    """Graphics states part 1 has no way to say, with the page (from 0) that uses each, None where it is only named."""
    shown: Shown | None = None
    """What its contents show in which font, once the document was walked."""
    _shared: dict[object, Object] = field(default_factory=dict)

    @property
    def is_part1(self) -> bool:
        """Whether the rules are those of PDF 1.4: no transparency, no layers, no attachment."""
        return self.part == "1b"

    def note(self, change: str) -> None:
        """Something was done to the file."""
        self.changes[change] = None

    def refuse(self, reason: str) -> None:
        """Something can't be done: the file stays as it came."""
        self.reasons[reason] = None

    def shared(self, key: object, make: Callable[[], Object]) -> Object:
        """An object of the file made once, whoever asks for it."""
        if key not in self._shared:
            self._shared[key] = self.pdf.make_indirect(make())
        return self._shared[key]
