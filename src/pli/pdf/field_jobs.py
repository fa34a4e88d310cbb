"""Adding empty fields: the part that parses. Runs in the sandbox only."""

from __future__ import annotations

from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, String

from pli.pdf.errors import DamagedPdf

_READ_ONLY = 1
_PRINTED_AND_LOCKED = 4 + 128


def add_fields(pdf: pikepdf.Pdf, fields: list[dict[str, Any]]) -> None:
    """Append one text field for each of ``fields`` (see ``pli.pdf.fields.EmptyField``)."""
    form = pdf.Root.get(Name.AcroForm)
    if form is None:
        form = pdf.Root[Name.AcroForm] = pdf.make_indirect(Dictionary(Fields=Array()))
    if Name.Fields not in form:
        form[Name.Fields] = Array()
    for wanted in fields:
        if not 1 <= int(wanted["page"]) <= len(pdf.pages):
            raise DamagedPdf(reason="page")
        page = pdf.pages[int(wanted["page"]) - 1]
        reference = pdf.make_indirect(_field(pdf, page, wanted))
        form[Name.Fields].append(reference)
        if Name.Annots not in page.obj:
            page.obj[Name.Annots] = Array()
        page.obj[Name.Annots].append(reference)


def _field(pdf: pikepdf.Pdf, page: pikepdf.Page, wanted: dict[str, Any]) -> Dictionary:
    left, bottom, right, top, rotation = _rectangle(page, wanted)
    # PDF/A wants an appearance even where nothing is seen (ISO 19005-1 §6.5.3).
    empty = pdf.make_stream(b"", Dictionary(Type=Name.XObject, Subtype=Name.Form, Resources=Dictionary()))
    empty[Name.BBox] = Array([0, 0, round(right - left, 3), round(top - bottom, 3)])
    field = Dictionary(
        Type=Name.Annot,
        Subtype=Name.Widget,
        FT=Name.Tx,
        T=String(str(wanted["name"])),
        TU=String(str(wanted["label"])[:200] or str(wanted["name"])),
        P=page.obj,
        F=_PRINTED_AND_LOCKED,
        Ff=_READ_ONLY,
        DA=String("/Helv 0 Tf 0 g"),
        Rect=Array([round(side, 3) for side in (left, bottom, right, top)]),
        AP=Dictionary(N=empty),
    )
    if rotation:
        field[Name.MK] = Dictionary(R=rotation)
    return field


def _rectangle(page: pikepdf.Page, wanted: dict[str, Any]) -> tuple[float, float, float, float, int]:
    """The box of a page as displayed, as the page's own rectangle, with the page's rotation."""
    left, bottom, right, top = _shown_box(page)
    rotation = int(page.rotation) % 360
    x, y, width, height = (float(wanted[part]) for part in ("x", "y", "width", "height"))
    if rotation == 90:
        return left + y, bottom + x, left + y + height, bottom + x + width, rotation
    if rotation == 180:
        return right - x - width, bottom + y, right - x, bottom + y + height, rotation
    if rotation == 270:
        return right - y - height, top - x - width, right - y, top - x, rotation
    return left + x, top - y - height, left + x + width, top - y, 0


def _shown_box(page: pikepdf.Page) -> tuple[float, float, float, float]:
    media, crop = ([float(side) for side in list(box)] for box in (page.mediabox, page.cropbox))
    low = [max(min(media[at], media[at + 2]), min(crop[at], crop[at + 2])) for at in (0, 1)]
    high = [min(max(media[at], media[at + 2]), max(crop[at], crop[at + 2])) for at in (0, 1)]
    return low[0], low[1], high[0], high[1]
