"""What of a file's structure cutting it needs: its bookmarks, and whether somebody signed it. Sandbox only."""

from __future__ import annotations

from typing import Any

import pikepdf
from pikepdf import Name

MOST_BOOKMARKS = 20_000


def bookmarks_of(pdf: pikepdf.Pdf) -> dict[int, str]:
    """The titles of the outline's top entries by the page (from 1) they lead to; the first one of a page counts."""
    found: dict[int, str] = {}
    if Name.Outlines not in pdf.Root:
        return found
    numbers = {page.obj.objgen: number for number, page in enumerate(pdf.pages, start=1)}
    try:
        with pdf.open_outline(max_depth=1) as outline:
            for item in list(outline.root)[:MOST_BOOKMARKS]:
                number = numbers.get(_target(pdf, item))
                if number:
                    found.setdefault(number, " ".join(str(item.title).split()))
    except (pikepdf.PdfError, pikepdf.OutlineStructureError, ValueError, TypeError, AttributeError, LookupError):
        return found
    return found


def _target(pdf: pikepdf.Pdf, item: pikepdf.OutlineItem) -> tuple[int, int]:
    """The number of the page's object an entry leads to, directly, by an action or by a name."""
    place: Any = item.destination
    if place is None and item.action is not None and item.action.get(Name.S) == Name.GoTo:
        place = item.action.get(Name.D)
    if isinstance(place, pikepdf.String | pikepdf.Name):
        place = _named(pdf, place)
    if isinstance(place, pikepdf.Dictionary):
        place = place.get(Name.D)
    if isinstance(place, pikepdf.Array) and len(place):
        number, generation = place[0].objgen
        return (int(number), int(generation))
    return (0, 0)


def _named(pdf: pikepdf.Pdf, name: pikepdf.Object) -> pikepdf.Object | None:
    if isinstance(name, pikepdf.Name):
        return pdf.Root.get(Name.Dests, pikepdf.Dictionary()).get(name)
    tree = pdf.Root.get(Name.Names, pikepdf.Dictionary()).get(Name.Dests)
    return pikepdf.NameTree(tree).get(str(name)) if tree is not None else None


def holds_signature(pdf: pikepdf.Pdf) -> bool:
    """Whether a signature is in the file: changing a single byte of it would break what somebody signed."""
    form = pdf.Root.get(Name.AcroForm)
    if not isinstance(form, pikepdf.Dictionary):
        return False
    fields = form.get(Name.Fields)
    listed = list(fields) if isinstance(fields, pikepdf.Array) else []
    for _ in range(1000):
        if not listed:
            return False
        field = listed.pop()
        if not isinstance(field, pikepdf.Dictionary):
            continue
        if field.get(Name.FT) == Name.Sig and Name.V in field:
            return True
        kids = field.get(Name.Kids)
        listed += list(kids) if isinstance(kids, pikepdf.Array) else []
    return False
