"""The pieces of a chunk made archival together: converted once, judged once, then taken out one by one. Sandbox only.

The pages of a print run share their fonts and pictures, on which the conversion and the judge spend much of their time.
What the pieces take from the judged document is judged; what each adds (metadata, the seal's field) has few shapes, and
the first piece of each shape is judged whole. Anything out of the ordinary goes the way of one piece.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream

from pli.pdf import api as pdf_tools
from pli.pdf.api import ArchiveInfo, UnableToConform
from pli.processing.chain import ChosenStep, rewrites
from pli.processing.plugs import Context

FEWEST = 4
"""Pieces for which it is worth while."""
_HEAVIEST = 48 << 20
_HARMLESS = frozenset({"pdfa", "seal"})
_VALUE = re.compile(rb">[^<]+<")
_ELSEWHERE = (Name.OCProperties, Name.AcroForm)


@dataclass
class Together:
    """One judged document with the pages of every piece; ``places``: which pages are whose, by the piece's id."""

    pdf: pikepdf.Pdf
    part: str
    places: Mapping[str, Sequence[int]]
    _judged: set[Any] = field(default_factory=set)

    def take_out(self, piece: str) -> pikepdf.Pdf:
        """A document of its own with the pages of ``piece``, archival but for its metadata."""
        taken = pikepdf.new()
        pages = self.pdf.pages
        for place in self.places[piece]:
            taken.pages.append(pages[place])
        intent = taken.copy_foreign(self.pdf.Root.OutputIntents[0])
        taken.Root.OutputIntents = Array([intent])
        return taken

    def is_new(self, pdf: pikepdf.Pdf) -> bool:
        """Whether no piece of this shape was judged yet: what does not come from the judged pages is new then."""
        return _shape_of(pdf) not in self._judged

    def judged(self, pdf: pikepdf.Pdf) -> None:
        """A piece of this shape was judged whole, and passed."""
        self._judged.add(_shape_of(pdf))


def gather(
    source: pikepdf.Pdf,
    orders: Sequence[Mapping[str, Any]],
    steps: Sequence[ChosenStep],
    context: Context,
    pages: Sequence[pikepdf.Object],
) -> Together | None:
    """The pieces' ``pages`` as one archival document the judge passed; None where each piece goes its own way.

    ``pages``: those of all pieces, one behind the other, with what they inherit made their own.
    """
    part = _part_of(steps)
    if len(orders) < FEWEST or not part or not _are_plain(source, pages):
        return None
    whole = pikepdf.new()
    for page in pages:
        whole.pages.append(pikepdf.Page(page))
    try:
        changes = pdf_tools.make_archival(whole, part, ArchiveInfo(made_at=context.now, language=context.language))
    except UnableToConform:
        return None
    # A change may show: it is compared piece by piece, and told to whom it concerns.
    if changes or pdf_tools.judge_archival(pdf_tools.save_archival(whole, part), part):
        return None
    places, first = {}, 0
    for order in orders:
        places[str(order["id"])] = range(first, first + len(order["objects"]))
        first += len(order["objects"])
    return Together(whole, part, places)


def _part_of(steps: Sequence[ChosenStep]) -> Any:
    """The one part of PDF/A all pieces get; empty when they may differ, or when a step changes pages before."""
    changing = {one.slug for one in steps if rewrites(one.step)}
    archival = next((one for one in steps if one.slug == "pdfa"), None)
    if archival is None or not changing <= _HARMLESS:
        return ""
    return archival.step.only_part(archival.options)


def _are_plain(source: pikepdf.Pdf, pages: Sequence[pikepdf.Object]) -> bool:
    """Nothing but what is drawn: no annotation, no layer, no page used twice; and not too much to be held at once."""
    if any(name in source.Root for name in _ELSEWHERE):
        return False
    if len({page.objgen for page in pages}) < len(pages) or any(Name.Annots in page for page in pages):
        return False
    streams: dict[tuple[int, int], int] = {}
    for page in pages:
        for stream in _streams_of(page):
            streams[stream.objgen] = int(stream.get(Name.Length, 0))
    return sum(streams.values()) <= _HEAVIEST


def _streams_of(page: pikepdf.Object) -> list[pikepdf.Object]:
    contents, resources = page.get(Name.Contents), page.get(Name.Resources)
    drawn = resources.get(Name.XObject) if isinstance(resources, Dictionary) else None
    found = [
        *(contents.as_list() if isinstance(contents, Array) else [contents]),
        *(drawn.values() if isinstance(drawn, Dictionary) else []),
    ]
    return [item for item in found if isinstance(item, Stream)]


def _shape_of(pdf: pikepdf.Pdf) -> tuple[Any, ...]:
    """What of a piece does not come from its pages, its values aside."""
    metadata = _VALUE.sub(b"><", pdf.Root.Metadata.read_bytes())
    info = pdf.trailer.Info
    are_plain = all(str(value).isascii() for value in info.values())
    return len(pdf.pages), tuple(sorted(pdf.Root.keys())), tuple(sorted(info.keys())), are_plain, metadata
