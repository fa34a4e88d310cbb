"""The words of a page, kept as columns: of a long run most pages are never looked at word by word."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import repeat
from typing import TYPE_CHECKING, Any

import numpy

from pli.processing.plugs import Box, Word

if TYPE_CHECKING:
    from pli.pdf.api import Places

_new_word = partial(tuple.__new__, Word)


class Words(Sequence[Word]):
    """The words of a page, made only when a step looks at them: of a long run most pages are never asked."""

    __slots__ = ("_made", "_places", "_sureness", "_texts")

    def __init__(
        self, texts: Sequence[str], places: Sequence[Box] | Places, sureness: Sequence[float] | None = None
    ) -> None:
        self._texts, self._sureness = texts, sureness
        self._places: Places = numpy.asarray(places, dtype=numpy.float64).reshape(-1, 4)
        self._made: tuple[Word, ...] | None = None

    def _all(self) -> tuple[Word, ...]:
        if self._made is None:
            boxes = zip(*self._places.T.tolist(), strict=True)
            sureness = repeat(1.0) if self._sureness is None else self._sureness
            # As Word(…) would, without a call of Python's a word.
            self._made = tuple(map(_new_word, zip(self._texts, boxes, sureness, strict=False)))
        return self._made

    def __len__(self) -> int:
        return len(self._texts)

    def __getitem__(self, index: Any) -> Any:
        if self._made is None and isinstance(index, int):
            sure = 1.0 if self._sureness is None else self._sureness[index]
            return Word(self._texts[index], tuple(self._places[index].tolist()), sure)
        return self._all()[index]

    def __iter__(self) -> Iterator[Word]:
        return iter(self._all())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and self._all() == tuple(other)

    def __hash__(self) -> int:
        return hash(self._all())

    def parts(self) -> tuple[Sequence[str], Places, Sequence[float] | None]:
        """Texts, places (one row a word), and how sure each is (None when all are)."""
        return self._texts, self._places, self._sureness

    def inside(self, box: Box) -> list[Word]:
        """As :func:`words_inside`."""
        doubled = self._places[:, :2] + self._places[:, 2:]
        left, top, right, bottom = (side * 2 for side in box)
        across, down = doubled[:, 0], doubled[:, 1]
        here = ((left <= across) & (across <= right) & (top <= down) & (down <= bottom)).nonzero()[0].tolist()
        places, sureness = self._places[here].tolist(), self._sureness
        return [
            Word(self._texts[at], tuple(place), 1.0 if sureness is None else sureness[at])
            for at, place in zip(here, places, strict=True)
        ]


def texts_of(words: Sequence[Word]) -> Sequence[str]:
    """What the words say, without making them."""
    return words.parts()[0] if isinstance(words, Words) else [word.text for word in words]


def sides_of(words: Sequence[Word]) -> tuple[Sequence[float], Sequence[float], Sequence[float]]:
    """Where the words stand, without making them: their left, top and bottom sides."""
    if isinstance(words, Words):
        left, top, _, bottom = words.parts()[1].T.tolist()
        return left, top, bottom
    boxes = [word.box for word in words]
    return [box[0] for box in boxes], [box[1] for box in boxes], [box[3] for box in boxes]


def words_inside(words: Sequence[Word], box: Box) -> list[Word]:
    """Those whose middle is in ``box`` (a box drawn by hand cuts words), as they come."""
    if isinstance(words, Words):
        return words.inside(box)
    left, top, right, bottom = (side * 2 for side in box)
    return [
        word
        for word in words
        if left <= word.box[0] + word.box[2] <= right and top <= word.box[1] + word.box[3] <= bottom
    ]
