"""The words of a page, kept as columns: of a long run most pages are never looked at word by word."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pli.processing.plugs import Box, Word


class Words(Sequence[Word]):
    """The words of a page, made only when a step looks at them: of a long run most pages are never asked."""

    __slots__ = ("_boxes", "_made", "_sureness", "_texts")

    def __init__(self, texts: Sequence[str], boxes: Sequence[Box], sureness: Sequence[float] | None = None) -> None:
        self._texts, self._boxes, self._sureness = texts, boxes, sureness
        self._made: tuple[Word, ...] | None = None

    def _all(self) -> tuple[Word, ...]:
        if self._made is None:
            if self._sureness is None:
                self._made = tuple(map(Word, self._texts, self._boxes))
            else:
                self._made = tuple(map(Word, self._texts, self._boxes, self._sureness))
        return self._made

    def __len__(self) -> int:
        return len(self._texts)

    def __getitem__(self, index: Any) -> Any:
        return self._all()[index]

    def __iter__(self) -> Iterator[Word]:
        return iter(self._all())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and self._all() == tuple(other)

    def __hash__(self) -> int:
        return hash(self._all())

    def parts(self) -> tuple[Sequence[str], Sequence[Box], Sequence[float] | None]:
        """Texts, boxes, and how sure each is (None when all are)."""
        return self._texts, self._boxes, self._sureness


def words_inside(words: Sequence[Word], box: Box) -> list[Word]:
    """Those whose middle is in ``box`` (a box drawn by hand cuts words), as they come."""
    left, top, right, bottom = box[0] * 2, box[1] * 2, box[2] * 2, box[3] * 2
    if not isinstance(words, Words):
        return [
            word
            for word in words
            if left <= word.box[0] + word.box[2] <= right and top <= word.box[1] + word.box[3] <= bottom
        ]
    texts, boxes, sureness = words.parts()
    return [
        Word(texts[at], place, 1.0 if sureness is None else sureness[at])
        for at, place in enumerate(boxes)
        if top <= place[1] + place[3] <= bottom and left <= place[0] + place[2] <= right
    ]
