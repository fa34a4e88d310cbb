"""What stands beside a label, and whether the label is one: « Date » in « Date de livraison » is another."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import takewhile

from pli.processing.indexing.folding import fold
from pli.processing.indexing.sheet import Anchor, Line, Sheet, joined_box
from pli.processing.indexing.values import clean_text
from pli.processing.plugs import Box, Fact, Word

_CELL_GAP = 0.7
"""A space wider than this many heights of a label ends its cell: the next heading is another's."""
_LINES_BELOW, _HEIGHTS_BELOW = 3, 5.0
_SIDEWAYS = 0.03
_ENDS = re.compile(r"[\d:;,|/–-]\W*$")
"""A word that ends what was said before: a value, a colon, a place before its date."""


def words_before(sheet: Sheet, anchor: Anchor) -> list[str]:
    """The folded words of the same phrase in front of a label: « limite de » of « limite de paiement »."""
    words = sheet.lines[anchor.line].words
    gap = _CELL_GAP * _height(anchor.box) * sheet.ratio
    before: list[str] = []
    right = words[anchor.first].box[0]
    for word in reversed(words[: anchor.first]):
        if right - word.box[2] > gap or _ENDS.search(word.text):
            break
        before.append(fold(word.text))
        right = word.box[0]
    return [folded for folded in reversed(before) if folded]


def phrase_before(sheet: Sheet, anchor: Anchor) -> list[str]:
    """All the folded words in front of a label in its column, values and all."""
    words = sheet.lines[anchor.line].words[: anchor.first]
    gap, right = 2.2 * _height(anchor.box) * sheet.ratio, sheet.lines[anchor.line].words[anchor.first].box[0]
    before: list[str] = []
    for word in reversed(words):
        if right - word.box[2] > gap:
            break
        before.append(fold(word.text))
        right = word.box[0]
    return before[::-1]


def words_behind(sheet: Sheet, anchor: Anchor) -> list[Word]:
    """Everything behind a label on its line; what of its last word is no longer label comes first."""
    line = sheet.lines[anchor.line]
    behind = list(line.words[anchor.last + 1 :])
    if clean_text(anchor.rest):
        last = line.words[anchor.last]
        behind.insert(0, Word(clean_text(anchor.rest), last.box, last.confidence))
    return behind


def is_alone(sheet: Sheet, anchor: Anchor, fillers: frozenset[str]) -> bool:
    """Whether the label is all its cell says, small words aside: a heading with its value below."""
    words = sheet.lines[anchor.line].words
    gap, right = _CELL_GAP * _height(anchor.box) * sheet.ratio, words[anchor.last].box[2]
    if fold(anchor.rest) not in fillers:
        return False
    for word in words[anchor.last + 1 :]:
        if word.box[0] - right > gap:
            return True
        if fold(word.text) not in fillers:
            return False
        right = word.box[2]
    return True


def lines_below(sheet: Sheet, anchor: Anchor) -> Iterator[Line]:
    """The lines near enough below a label that have words in its column, nearest first."""
    lowest = anchor.box[3] + _HEIGHTS_BELOW * _height(anchor.box)
    near = sheet.lines[anchor.line + 1 : anchor.line + 1 + _LINES_BELOW]
    for line in takewhile(lambda line: line.top <= lowest, near):
        if any(overlap(word.box, anchor.box) > 0 for word in line.words):
            yield line


def overlap(one: Box, other: Box) -> float:
    """How far two boxes stand over each other, a little askew allowed; negative when they do not."""
    return min(one[2], other[2] + _SIDEWAYS) - max(one[0], other[0] - _SIDEWAYS)


def nearness(words: Sequence[Word], anchor: Anchor) -> float:
    """How well these words stand under a label: aligned left, right or on its middle. Smaller is better."""
    box = joined_box(words)
    left, right = abs(box[0] - anchor.box[0]), abs(box[2] - anchor.box[2])
    return min(left, right, abs(box[0] + box[2] - anchor.box[0] - anchor.box[2]) / 2)


def farness(fact: Fact, anchor: Anchor) -> float:
    """As :func:`nearness`, of a value; one that stands nowhere is the last to be taken."""
    return nearness([Word("", fact.box)], anchor) if fact.box is not None else 1.0


def _height(box: Box) -> float:
    return box[3] - box[1]
