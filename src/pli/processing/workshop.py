"""What the pieces of a chunk share: their file, their steps, the place of their seal. Sandbox only."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, BinaryIO, cast

import pikepdf
from pikepdf import Name

from pli.processing.chain import ChosenStep
from pli.processing.plugs import Box, Context
from pli.processing.together import Together, gather
from pli.trust.api import SealLook, UnableToSeal


@dataclass(frozen=True)
class SealRoom:
    """How a seal shows and how many bytes to keep for it: all that is needed without the key."""

    look: SealLook
    reserved: int
    page: int
    shares: Box

    @classmethod
    def read(cls, told: Mapping[str, Any], mark: bytes | None) -> SealRoom:
        """From plain values; ``mark`` is the drawing of a visible seal."""
        look = SealLook(
            field_name=told["field_name"],
            signed_at=datetime.fromisoformat(told["signed_at"]),
            signer_name=told["signer_name"],
            reason=told["reason"],
            mark_pdf=mark,
        )
        left, top, right, bottom = told["box"]
        return cls(look, int(told["reserved"]), int(told["page"]), (left, top, right, bottom))

    def look_on(self, pdf: pikepdf.Pdf) -> SealLook:
        """The look with its page and its box in points, for this document.

        :raises UnableToSeal: when it has no such page.
        """
        if self.look.mark_pdf is None:
            return self.look
        count = len(pdf.pages)
        number = self.page if self.page > 0 else count + 1 + self.page
        if not 1 <= number <= count:
            raise UnableToSeal(reason="la page choisie n’existe pas", permanent=True)
        page = pdf.pages[number - 1]
        box = [float(side) for side in page.cropbox]
        width, height = abs(box[2] - box[0]), abs(box[3] - box[1])
        if int(page.obj.get(Name.Rotate, 0)) % 180:
            width, height = height, width
        left, top, right, bottom = self.shares
        return replace(
            self.look,
            page=number,
            box=(left * width, (1 - bottom) * height, right * width, (1 - top) * height),
        )


@dataclass
class Workshop:
    """What all the pieces of a chunk share."""

    source: pikepdf.Pdf
    raw: BinaryIO
    context: Context
    steps: Sequence[ChosenStep]
    is_whole: bool
    """The piece is the whole file: it is worked on as it is, its outline and attachments included."""
    seal: SealRoom | None
    keeps_look: bool = False
    together: Together | None = None
    """Their pages made archival and judged as one document, where that could be."""


def gather_pieces(shop: Workshop, orders: Sequence[Mapping[str, Any]]) -> Together | None:
    """The pieces of the chunk made archival together, where that can be; what fails is each piece's own trouble."""
    if shop.is_whole:
        return None
    try:
        pages = [shop.source.get_object(tuple(place)) for order in orders for place in order["objects"]]
        for page in pages:
            inherit(page)
        return gather(shop.source, orders, shop.steps, shop.context, pages)
    except (pikepdf.PdfError, MemoryError, ValueError, TypeError, AttributeError, KeyError):
        return None


def take_out(shop: Workshop, order: Mapping[str, Any]) -> pikepdf.Pdf:
    """A document of its own with the piece's pages, fonts and pictures copied along."""
    if shop.is_whole:
        shop.raw.seek(0)
        return _without_lock(pikepdf.open(shop.raw))
    taken = pikepdf.new()
    for number, generation in order["objects"]:
        page = shop.source.get_object((number, generation))
        inherit(page)
        taken.pages.append(pikepdf.Page(page))
    _bring_along(shop.source, taken)
    return taken


def _without_lock(pdf: pikepdf.Pdf) -> pikepdf.Pdf:
    """What opens without a password is written without its lock: no archive and no seal may depend on it."""
    if not pdf.is_encrypted:
        return pdf
    opened = io.BytesIO()
    pdf.save(opened, encryption=False)
    pdf.close()
    return pikepdf.open(opened)


def _bring_along(source: pikepdf.Pdf, taken: pikepdf.Pdf) -> None:
    """What the file says of its pages elsewhere than on them: which layers show, how fields are drawn."""
    layers = source.Root.get(Name.OCProperties)
    if isinstance(layers, pikepdf.Dictionary):
        taken.Root.OCProperties = taken.copy_foreign(_indirect(source, layers))
    form = source.Root.get(Name.AcroForm)
    fields = _fields_of(taken) if isinstance(form, pikepdf.Dictionary) else []
    if not fields:
        return
    told = cast("pikepdf.Dictionary", form)
    wanted = {name: told[name] for name in ("/DR", "/DA", "/Q", "/NeedAppearances") if name in told}
    taken.Root.AcroForm = taken.copy_foreign(source.make_indirect(pikepdf.Dictionary(wanted)))
    taken.Root.AcroForm.Fields = pikepdf.Array(fields)


def _indirect(pdf: pikepdf.Pdf, value: pikepdf.Object) -> pikepdf.Object:
    return value if value.is_indirect else pdf.make_indirect(value)


def _fields_of(pdf: pikepdf.Pdf) -> list[pikepdf.Object]:
    """The fields at the top of the tree whose widgets stand on these pages, each once."""
    found: dict[tuple[int, int], pikepdf.Object] = {}
    for page in pdf.pages:
        notes = page.obj.get(Name.Annots)
        for item in notes.as_list() if isinstance(notes, pikepdf.Array) else ():
            if not isinstance(item, pikepdf.Dictionary) or item.get(Name.Subtype) != Name.Widget:
                continue
            top = item
            for _ in range(50):
                above = top.get(Name.Parent)
                if not isinstance(above, pikepdf.Dictionary):
                    break
                top = above
            if top.is_indirect:
                found[top.objgen] = top
    return list(found.values())


def inherit(page: pikepdf.Object) -> None:
    """Give a page what it inherits from the nodes above it (ISO 32000-1 §7.7.3.4), which stay behind."""
    wanted = [name for name in (Name.Resources, Name.MediaBox, Name.CropBox, Name.Rotate) if name not in page]
    node = page.get(Name.Parent)
    for _ in range(50):
        if not wanted or not isinstance(node, pikepdf.Dictionary):
            return
        for name in [name for name in wanted if name in node]:
            page[name] = node[name]
            wanted.remove(name)
        node = node.get(Name.Parent)
