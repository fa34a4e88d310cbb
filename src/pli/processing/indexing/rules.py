"""One rule on the pages of a piece: the value it reads, where it stands, and how sure one is of it.

Confidence is a product: of the way (a zone drawn by hand on this very look is surer than a usual label), of the value's
form (a check digit that holds proves it, a plain text is never proved), and of the optical recognition.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pli.processing.indexing.patterns import PatternRefused, find
from pli.processing.indexing.sheet import WIDE_GAP, Anchor, Line, Sheet, joined_box, mean_confidence
from pli.processing.indexing.values import TYPED, Found, clean_text, find_values
from pli.processing.plugs import Box, Fact, FieldRule, Word

OF_ZONE = 0.96
OF_ANCHOR = 0.95
OF_PATTERN = 0.92
OF_BLOCK = 0.95
OF_BARCODE = 0.98
_LINES_BELOW = 3
_SIDEWAYS = 0.03


def apply_rule(rule: FieldRule, sheets: Sequence[Sheet], type_: str) -> Fact | None:
    """What ``rule`` reads on the pages it is for; the first value that has the form of ``type_``."""
    for sheet in _pages_of(rule, sheets):
        fact = _HOW[rule.how](rule, sheet, type_) if rule.how in _HOW else None
        if fact is not None:
            return fact
    return None


def read_words(words: Sequence[Word], type_: str, *, way: float, source: str, sheet: Sheet) -> Fact | None:
    """The first value of ``type_`` in these words, which are in reading order."""
    return next(facts_in(words, type_, way=way, source=source, sheet=sheet), None)


def _pages_of(rule: FieldRule, sheets: Sequence[Sheet]) -> Sequence[Sheet]:
    if rule.page == 0:
        return sheets
    place = rule.page - 1 if rule.page > 0 else rule.page
    try:
        return [sheets[place]]
    except IndexError:
        return []


def facts_in(words: Sequence[Word], type_: str, *, way: float, source: str, sheet: Sheet) -> Iterator[Fact]:
    """Every value of ``type_`` in these words, which are in reading order."""
    if not words:
        return
    text, starts = "", []
    for word in words:
        starts.append(len(text) + 1 if text else 0)
        text = f"{text} {word.text}" if text else word.text
    for found in find_values(type_, text, is_recognised=sheet.page.is_recognised):
        used = [
            word
            for word, start in zip(words, starts, strict=True)
            if start < found.end and start + len(word.text) > found.start
        ]
        yield _fact(found, used or words, way, source, sheet)


def _fact(found: Found, words: Sequence[Word], way: float, source: str, sheet: Sheet) -> Fact:
    confidence = way * found.certainty * mean_confidence(words)
    return Fact(found.value, round(confidence, 3), source, sheet.page.number, joined_box(words))


def _by_zone(rule: FieldRule, sheet: Sheet, type_: str) -> Fact | None:
    if rule.box is None:
        return None
    lines = sheet.lines_in(rule.box)
    if rule.pattern:
        return _by_pattern_in(rule.pattern, lines, type_, OF_ZONE, "zone", sheet)
    if type_ in TYPED:
        return _first(read_words(line.words, type_, way=OF_ZONE, source="zone", sheet=sheet) for line in lines)
    return read_words([word for line in lines for word in line.words], type_, way=OF_ZONE, source="zone", sheet=sheet)


def _by_block(rule: FieldRule, sheet: Sheet, type_: str) -> Fact | None:
    if rule.box is None:
        return None
    lines = sheet.lines_in(rule.box)
    text = "\n".join(cleaned for line in lines if (cleaned := clean_text(line.text)))
    words = [word for line in lines for word in line.words]
    if not text:
        return None
    return _fact(Found(text[:1000], 0.95, 0, len(text)), words, OF_BLOCK, "block", sheet)


def _by_pattern(rule: FieldRule, sheet: Sheet, type_: str) -> Fact | None:
    if not rule.pattern:
        return None
    lines = sheet.lines if rule.box is None else sheet.lines_in(rule.box)
    return _by_pattern_in(rule.pattern, lines, type_, OF_PATTERN, "pattern", sheet)


def _by_pattern_in(
    pattern: str, lines: Iterable[Line], type_: str, way: float, source: str, sheet: Sheet
) -> Fact | None:
    """Line by line; the first line where the pattern is found and what it took has the type's form."""
    for line in lines:
        try:
            match = find(pattern, line.text)
        except PatternRefused:
            return None
        if match is None or not match.text:
            continue
        found = next(find_values(type_, match.text, is_recognised=sheet.page.is_recognised), None)
        if found is not None:
            certainty = found.certainty if type_ in TYPED else 0.95
            words = _words_at(line, match.start, match.end)
            return _fact(found._replace(certainty=certainty), words, way, source, sheet)
    return None


def _words_at(line: Line, start: int, end: int) -> Sequence[Word]:
    place, used = 0, []
    for word in line.words:
        if place < end and place + len(word.text) > start:
            used.append(word)
        place += len(word.text) + 1
    return used or line.words


def _by_barcode(rule: FieldRule, sheet: Sheet, type_: str) -> Fact | None:
    for code in sheet.page.barcodes:
        text = code.text
        if rule.pattern:
            try:
                match = find(rule.pattern, code.text)
            except PatternRefused:
                return None
            if match is None:
                continue
            text = match.text
        found = next(find_values(type_, text), None)
        if found is not None:
            certainty = found.certainty if type_ in TYPED else 1.0
            return Fact(found.value, round(OF_BARCODE * certainty, 3), "barcode", sheet.page.number, code.box)
    return None


def _by_anchor(rule: FieldRule, sheet: Sheet, type_: str) -> Fact | None:
    return _first(
        near_anchor(sheet, anchor, rule.side, type_, pattern=rule.pattern, way=OF_ANCHOR, source="anchor")
        for anchor in sheet.find_anchors(rule.anchor)
        if rule.box is None or _meets(anchor.box, rule.box)
    )


def near_anchor(
    sheet: Sheet, anchor: Anchor, side: str, type_: str, *, way: float, source: str, pattern: str = ""
) -> Fact | None:
    """The value on one side of a label: ``right`` of it on its line, ``below`` it, ``left`` of it or ``above`` it."""
    for words in neighbours(sheet, anchor, side, type_):
        if pattern:
            line = Line(tuple(words), 0, 0)
            fact = _by_pattern_in(pattern, [line], type_, way, source, sheet)
        else:
            fact = read_words(words, type_, way=way, source=source, sheet=sheet)
        if fact is not None:
            return fact
    return None


def neighbours(sheet: Sheet, anchor: Anchor, side: str, type_: str) -> Iterator[Sequence[Word]]:
    """The words on one side of a label, nearest first."""
    line = sheet.line(anchor.line)
    if side == "left":
        yield line.words[: anchor.first]
    elif side in ("below", "above"):
        step = 1 if side == "below" else -1
        for number in range(1, _LINES_BELOW + 1):
            place = anchor.line + step * number
            if 0 <= place < len(sheet.lines):
                words = _overlapping(sheet.lines[place], anchor.box, sheet.ratio)
                if words:
                    yield words
    else:
        behind = list(line.words[anchor.last + 1 :])
        if clean_text(anchor.rest):
            last = line.words[anchor.last]
            behind.insert(0, Word(anchor.rest, last.box, last.confidence))
        # A typed value is told by its form, however far on the line; a text ends where the column does.
        yield behind if type_ in TYPED else _first_column(behind, line.height * sheet.ratio)


def _overlapping(line: Line, box: Box, ratio: float) -> list[Word]:
    """The words of the column of ``line`` that stands under (or over) ``box``."""
    columns = columns_of(line.words, line.height * ratio)
    meeting = [
        column
        for column in columns
        if min(column[-1].box[2], box[2] + _SIDEWAYS) > max(column[0].box[0], box[0] - _SIDEWAYS)
    ]
    return max(meeting, key=lambda column: min(column[-1].box[2], box[2]) - max(column[0].box[0], box[0]), default=[])


def _first_column(words: Sequence[Word], height: float) -> list[Word]:
    """From the first word that says something to the next wide gap."""
    said = [word for word in words if clean_text(word.text)]
    columns = columns_of(said, height)
    return columns[0] if columns else []


def columns_of(words: Sequence[Word], height: float, *, gap: float = WIDE_GAP) -> list[list[Word]]:
    """Words of one line, parted where the space is wider than ``gap`` heights (``height``: in page widths)."""
    columns: list[list[Word]] = []
    for word in words:
        if columns and word.box[0] - columns[-1][-1].box[2] <= gap * height:
            columns[-1].append(word)
        else:
            columns.append([word])
    return columns


def _meets(one: Box, other: Box) -> bool:
    return one[0] < other[2] and one[2] > other[0] and one[1] < other[3] and one[3] > other[1]


def _first(facts: Iterable[Fact | None]) -> Fact | None:
    return next((fact for fact in facts if fact is not None), None)


_HOW = {
    "zone": _by_zone,
    "block": _by_block,
    "pattern": _by_pattern,
    "barcode": _by_barcode,
    "anchor": _by_anchor,
}
WAYS = tuple(_HOW)
"""What a rule's ``how`` may be."""
