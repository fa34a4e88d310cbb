"""Places drawn on the pages: shown to the sender, read back from the form as what they are, text from a browser."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from pli.documents.api import best_rendition, get_for
from pli.office.access import StaffRequest, read_uuid, staff_required
from pli.office.documents.sheets import sheets_of
from pli.office.documents.uploads import read_ids
from pli.parties.api import Role
from pli.signing.api import FieldKind, FieldRequest, Place, UnableToSend

# The choice « drawn on the page » beside left, right and marker.
DRAWN = "drawn"
LONGEST = 40_000
MOST = 60
_FIELDS = (FieldKind.TEXT, FieldKind.DATE, FieldKind.CHECKBOX, FieldKind.INITIALS)
_NAMES = {FieldKind.TEXT: "Texte", FieldKind.DATE: "Date", FieldKind.CHECKBOX: "Case à cocher"}


@dataclass(frozen=True)
class DrawnPlaces:
    """What was drawn for one person."""

    marks: tuple[Place, ...] = ()
    fields: tuple[FieldRequest, ...] = ()


def read_places(text: str, papers: Sequence[UUID]) -> DrawnPlaces:
    """What the browser says was drawn for a person on ``papers``. Whether a box lies on its page is signing's to say.

    :raises UnableToSend: for what no page of ours sends, and for a place on a document that is not to be signed.
    """
    if not text.strip():
        return DrawnPlaces()
    try:
        boxes = json.loads(text) if len(text) <= LONGEST else None
    except (ValueError, RecursionError):
        boxes = None
    if not isinstance(boxes, list) or len(boxes) > MOST or not all(isinstance(box, dict) for box in boxes):
        raise _unreadable()
    marks, fields = [], []
    for box in boxes:
        place, kind = _place(box, papers), box.get("kind")
        if kind == FieldKind.MARK:
            marks.append(place)
        elif kind in _FIELDS:
            label = box.get("label", "")
            label = " ".join(label.split()) if isinstance(label, str) else ""
            is_required = box.get("required") is not False
            fields.append(FieldRequest(kind, label or _NAMES.get(kind, ""), "", is_required, place))
        else:
            raise _unreadable()
    return DrawnPlaces(tuple(marks), tuple(fields))


def _place(box: dict[str, Any], papers: Sequence[UUID]) -> Place:
    document = box.get("document")
    identity = read_uuid(document) if isinstance(document, str) else None
    if identity not in papers:
        raise UnableToSend(reason="Une place est prévue sur un document qui n’est pas à signer.")
    page, sides = box.get("page"), [box.get(name) for name in ("x", "y", "width", "height")]
    if not isinstance(page, int) or isinstance(page, bool) or not all(map(_is_length, sides)):
        raise _unreadable()
    x, y, width, height = (float(side) for side in sides if side is not None)
    if width <= 0 or height <= 0:
        raise _unreadable()
    return Place(paper=papers.index(identity) + 1, page=page, x=x, y=y, width=width, height=height)


def _is_length(value: object) -> bool:
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and -100_000 < value < 100_000
        and math.isfinite(value)
    )


def _unreadable() -> UnableToSend:
    return UnableToSend(reason="Les places dessinées n’ont pas pu être lues : dessinez-les de nouveau.")


@never_cache
@require_GET
@staff_required(Role.ADMIN, Role.MANAGER, Role.MEMBER)
def board(request: StaffRequest) -> HttpResponse:
    """The pages of the documents to sign, to draw on."""
    sheets: list[dict[str, Any]] = []
    origins: list[list[Any]] = []
    for identity in read_ids(request.GET.getlist("document")[:40])[:20]:
        document = get_for(request.actor, identity)
        pages = sheets_of(document, best_rendition(document.id).blob_id)
        origins += [[str(document.id), page["number"]] for page in pages]
        sheets += [{**page, "number": len(sheets) + at, "text_url": ""} for at, page in enumerate(pages, start=1)]
    return render(request, "office/signatures/places.html", {"sheets": sheets, "origins": json.dumps(origins)})
