"""What draws itself, and what is drawn but is not there: viewers leave both out, judges stumble over them."""

from __future__ import annotations

import re

from pikepdf import Array, Dictionary, Name, Object, Stream

from pli.pdf.archival.conversion import Conversion
from pli.pdf.archival.shown import draws
from pli.pdf.archival.walk import Content, Found

_DRAWN = re.compile(rb"/([^\s/<>\[\]()%]+)\s+Do\b")
_DEEPEST = 24
_CATEGORIES = ("/XObject", "/Pattern")


def settle_nesting(work: Conversion, found: Found) -> None:
    """Take out of every form's resources what leads back to it; a form that does draw itself is refused."""
    settled: set[tuple[int, int]] = set()
    for form in found.forms:
        _part(work, form, [form.objgen], settled)


def _part(work: Conversion, drawn: Stream, above: list[tuple[int, int]], settled: set[tuple[int, int]]) -> None:
    """Each drawing is looked into once: forms may share what they draw, and that many times over."""
    resources = drawn.get("/Resources")
    if drawn.objgen in settled or not isinstance(resources, Dictionary) or len(above) > _DEEPEST:
        return
    for category in _CATEGORIES:
        entries = resources.get(category)
        for name, child in list(entries.items()) if isinstance(entries, Dictionary) else []:
            if not isinstance(child, Stream) or child.get("/Subtype") == Name.Image:
                continue
            if child.objgen in above:
                if draws(drawn, name):
                    work.refuse("un dessin de la page se contient lui-même")
                _leave_out(drawn, category, name)
            else:
                _part(work, child, [*above, child.objgen], settled)
    settled.add(drawn.objgen)


def _leave_out(drawn: Stream, category: str, name: str) -> None:
    """In a copy: the same resources may serve others, for whom nothing is amiss."""
    resources = Dictionary(dict(drawn.Resources.items()))
    resources[category] = Dictionary({key: value for key, value in resources[category].items() if key != name})
    drawn.Resources = resources


def settle_missing(work: Conversion, content: Content, operators: bytes) -> None:
    """Give what is drawn without being there a drawing of nothing, as viewers show it."""
    if b"Do" not in operators:
        return
    entries: Object | None = content.resources.get("/XObject")
    for name in {match.decode("latin-1") for match in _DRAWN.findall(operators)}:
        if isinstance(entries, Dictionary) and f"/{name}" in entries:
            continue
        if not isinstance(entries, Dictionary):
            entries = content.resources.XObject = Dictionary()
        entries[f"/{name}"] = work.shared("nothing", lambda: _nothing(work))


def _nothing(work: Conversion) -> Stream:
    form = Dictionary(Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 0, 0]), Resources=Dictionary())
    return work.pdf.make_stream(b"", form)
