"""A page as one reads it: words in lines, lines from top to bottom, and places on it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from pli.processing.indexing.folding import fold, fold_anew
from pli.processing.plugs import Box, PageReading, Word
from pli.processing.words import sides_of, texts_of, words_inside

MANY_DIGITS = re.compile(r"(?:\d\D*){8}")
_DIGITS_TOGETHER = re.compile(r"\d(?:[ .\u00a0\u2009\u202f]?\d){7}")
_SAME_LINE = 0.5
"""Share of a word's height by which the middles of two words of one line may differ."""
WIDE_GAP = 2.2
"""A space wider than this many line heights separates two columns."""


class Anchor(NamedTuple):
    """Where a label stands: its line, the words it covers, and what of its last word is already the value."""

    line: int
    first: int
    last: int
    rest: str
    box: Box


@dataclass(frozen=True)
class Line:
    """Words on one level, from left to right."""

    words: tuple[Word, ...]
    top: float
    bottom: float

    @property
    def height(self) -> float:
        """As a share of the page's height."""
        return self.bottom - self.top

    @cached_property
    def text(self) -> str:
        """Its words, one space apart."""
        return " ".join(word.text for word in self.words)

    @cached_property
    def folded(self) -> tuple[str, list[tuple[int, int]]]:
        """All its letters and figures in one string, and for each where it comes from: (word, letter in the word)."""
        letters: list[str] = []
        origins: list[tuple[int, int]] = []
        for number, word in enumerate(self.words):
            for place, letter in enumerate(word.text):
                folded = fold(letter)
                letters.append(folded)
                origins.extend([(number, place)] * len(folded))
        return "".join(letters), origins


@dataclass(frozen=True)
class Sheet:
    """One page ready to be searched. ``ratio``: height ÷ width, to compare distances along and across."""

    page: PageReading
    ratio: float = field(default=1.414)

    @classmethod
    def of(cls, page: PageReading) -> Sheet:
        """The page, its lines worked out on first use."""
        return cls(page, page.height / page.width if page.width > 0 and page.height > 0 else 1.414)

    @cached_property
    def _rows(self) -> list[list[int]]:
        """The places of each line's words among the page's: most lines are never asked for more."""
        return rows_of(*sides_of(self.page.words))

    @cached_property
    def _made(self) -> dict[int, Line]:
        return {}

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """Every line, from top to bottom."""
        return tuple(self.line(number) for number in range(len(self._rows)))

    def line(self, number: int) -> Line:
        """One of ``lines``, without making the others."""
        line = self._made.get(number)
        if line is None:
            line = self._made[number] = _line_of([self.page.words[at] for at in self._rows[number]])
        return line

    def lines_for(self, type_: str) -> Sequence[Line]:
        """The lines that may hold a number of this type: a SIREN's figures stand together."""
        if type_ not in ("siren", "siret") or self.page.is_recognised:
            return self.numbered_lines
        return [line for line in self.numbered_lines if _DIGITS_TOGETHER.search(line.text)]

    @cached_property
    def numbered_lines(self) -> tuple[Line, ...]:
        """The lines with eight figures or more: those that may hold a SIREN, an IBAN and the like."""
        return tuple(line for line in self.lines if MANY_DIGITS.search(line.text))

    @cached_property
    def folded(self) -> list[str]:
        """Every word folded, as they come; cheap: the words of a run come again and again."""
        return [fold(text) for text in texts_of(self.page.words)]

    @cached_property
    def _compact_lines(self) -> list[str]:
        """The first half of each line's ``folded``."""
        folded = self.folded
        return ["".join([folded[at] for at in row]) for row in self._rows]

    @cached_property
    def _compact_page(self) -> str:
        return "\n".join(self._compact_lines)

    @cached_property
    def openings(self) -> str:
        """Every word folded, each behind a space: whether one begins with a short label is told in one look."""
        return "".join([f" {word}" for word in self.folded])

    @cached_property
    def compact(self) -> str:
        """All the page says, folded, without spaces: what keywords are looked for in."""
        text = self.page.text if self.page.text.strip() else " ".join([word.text for word in self.page.words])
        return fold_anew(text)

    @cached_property
    def loose(self) -> str:
        """As ``compact``, with the letters that optical recognition mixes up made one."""
        return mixed_up(self.compact)

    def says(self, keyword: str) -> bool:
        """Whether the page says ``keyword``, accents, case, spaces and punctuation aside."""
        wanted = fold(keyword)
        if not wanted:
            return False
        return wanted in self.compact or (self.page.is_recognised and mixed_up(wanted) in self.loose)

    def words_in(self, box: Box) -> list[Word]:
        """The words whose middle stands in ``box``."""
        return words_inside(self.page.words, box)

    def lines_in(self, box: Box) -> list[Line]:
        """The words of ``box`` in lines."""
        return list(group_lines(self.words_in(box)))

    def find_anchors(self, label: str) -> list[Anchor]:
        """Where ``label`` stands on a line, accents, case, spaces and punctuation aside; from top to bottom.

        It starts with a word, and ends with one unless a figure or a sign follows (« N°:F123 »).
        """
        wanted = fold(label)
        # Most labels are nowhere on the page: one look tells.
        if not wanted or wanted not in self._compact_page:
            return []
        found = []
        for number, compact in enumerate(self._compact_lines):
            if wanted not in compact:
                continue
            line = self.line(number)
            text, origins = line.folded
            start = text.find(wanted)
            while start >= 0:
                anchor = _anchor(number, line, origins, start, start + len(wanted))
                if anchor is not None:
                    found.append(anchor)
                start = text.find(wanted, start + 1)
        return found


_MIXED_UP = str.maketrans({"o": "0", "l": "1", "i": "1", "s": "5", "b": "8", "z": "2", "g": "9", "q": "9"})


def mixed_up(folded: str) -> str:
    """``folded`` with letters and figures of one look made one."""
    return folded.translate(_MIXED_UP).replace("rn", "m")


def _anchor(number: int, line: Line, origins: list[tuple[int, int]], start: int, end: int) -> Anchor | None:
    first, _ = origins[start]
    last, place = origins[end - 1]
    if start > 0 and origins[start - 1][0] == first:
        return None  # Inside a word.
    rest = line.words[last].text[place + 1 :]
    if fold(rest[:1]).isalpha():
        return None  # « date » in « dates ».
    return Anchor(number, first, last, rest, joined_box(line.words[first : last + 1]))


def group_lines(words: Iterable[Word]) -> list[Line]:
    """Words into lines by the level of their middles; a line is read from left to right."""
    found = list(words)
    return [_line_of([found[at] for at in row]) for row in rows_of(*sides_of(found))]


def rows_of(lefts: Sequence[float], tops: Sequence[float], bottoms: Sequence[float]) -> list[list[int]]:
    """As :func:`group_lines`, of places alone: for each line, from top to bottom, which of the words stand on it."""
    middles = [(top + bottom) / 2 for top, bottom in zip(tops, bottoms, strict=True)]
    rows: list[list[int]] = []
    level = height = 0.0
    row: list[int] = []
    # By level: no word stands above the line that those before it made.
    for at in sorted(range(len(middles)), key=middles.__getitem__):
        middle, high = middles[at], bottoms[at] - tops[at]
        if row and middle - level <= _SAME_LINE * (high if 0 < high < height else height):
            row.append(at)
            # The level follows the line: a scan may slope.
            level += (middle - level) / len(row)
            if high > height:
                height = high
        else:
            row = [at]
            rows.append(row)
            level, height = middle, high
    for row in rows:
        row.sort(key=lefts.__getitem__)
    return rows


def _line_of(words: Sequence[Word]) -> Line:
    return Line(tuple(words), min(word.box[1] for word in words), max(word.box[3] for word in words))


def joined_box(words: Sequence[Word]) -> Box:
    """The smallest box that holds all of ``words``."""
    return (
        min(word.box[0] for word in words),
        min(word.box[1] for word in words),
        max(word.box[2] for word in words),
        max(word.box[3] for word in words),
    )


def mean_confidence(words: Sequence[Word]) -> float:
    """How sure the reading of these words is, by the number of their letters."""
    weight = sum(len(word.text) for word in words)
    return sum(len(word.text) * word.confidence for word in words) / weight if weight else 0.0
