"""What a box drawn on a page reads: for the layout editor."""

from __future__ import annotations

from pli.processing.indexing.rules import apply_rule
from pli.processing.indexing.sheet import Sheet
from pli.processing.plugs import Box, Fact, FieldRule, PageReading


def read_zone(page: PageReading, box: Box, type_: str = "text") -> Fact | None:
    """The value of ``type_`` in ``box``; None when nothing in it has that form."""
    return apply_rule(FieldRule(field="zone", how="zone", page=0, box=box), [Sheet.of(page)], type_)


def zone_text(page: PageReading, box: Box) -> str:
    """All the words in ``box``, line by line, as they stand there."""
    return "\n".join(line.text for line in Sheet.of(page).lines_in(box))
