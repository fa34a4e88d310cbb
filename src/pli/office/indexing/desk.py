"""What the desk shows of one piece: its pages, its form, how many come after it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from pli.documents.api import DocumentKind, kinds_of
from pli.office.access import StaffRequest, read_uuid
from pli.office.documents.pickers import spell_party
from pli.office.indexing.fields import PREFIX, fields_of
from pli.office.runs.views import page_address
from pli.office.runs.words import explain_problem, spell_pages
from pli.parties.api import Role
from pli.processing.api import PartyUnknown, PieceState, RunPiece, queue_to_index, readings_of

INLINE_WIDTHS = (800, 1400)
OPEN_STATES = (PieceState.TO_INDEX, PieceState.PARKED)
MOST_PAGES = 60
A4 = (595.0, 842.0)


def run_asked(request: StaffRequest) -> UUID | None:
    """The run the person indexes, when they chose one."""
    return read_uuid(request.GET.get("run") or request.POST.get("run"))


def desk_of(
    request: StaffRequest,
    piece: RunPiece,
    *,
    given: QueryDict | None = None,
    errors: Mapping[str, str] | None = None,
    refusal: str = "",
) -> dict[str, Any]:
    """Everything the desk of a piece shows. ``given``: a form sent and refused, shown as it was filled in."""
    kinds = list(kinds_of(request.actor.organisation_id))
    kind = find_kind(kinds, given.get("kind", "") if given else piece.kind)
    run_id = run_asked(request)
    return {
        "piece": piece,
        "run": piece.run,
        "asked_run": run_id,
        "query": f"?run={run_id}" if run_id else "",
        "sheets": sheets_of(piece),
        "pages_said": spell_pages(piece.pages),
        "pages_hidden": max(0, len(piece.pages) - MOST_PAGES),
        "name": piece.title or piece.key or _("Document %(n)s") % {"n": piece.position},
        "problem": explain_problem(piece.problem_code, piece.problem),
        "kinds": kinds,
        "kind_slug": kind.slug if kind else "",
        "fields": fields_of(piece, kind.fields if kind else (), given=typed_facts(given), errors=errors),
        "party": given.get("party", "") if given else spell_party(piece.party) if piece.party else "",
        # Nobody was recognised: that is what the document waits for, whatever else could be checked.
        "party_awaited": piece.party is None and piece.problem_code == PartyUnknown.code,
        "title_value": given.get("title", "") if given else piece.title,
        "refusal": refusal,
        "waiting": queue_to_index(request.actor, run_id).exclude(id=piece.id).count(),
        "can_remember": request.actor.role in (Role.ADMIN, Role.MANAGER),
        "can_write": request.actor.role != Role.AUDITOR,
    }


def find_kind(kinds: list[DocumentKind], slug: str) -> DocumentKind | None:
    """The kind of that slug, else the one for what has no other, else the first."""
    by_slug = {kind.slug: kind for kind in kinds}
    return by_slug.get(slug) or by_slug.get("other") or (kinds[0] if kinds else None)


def typed_facts(given: QueryDict | None) -> dict[str, str] | None:
    """The values of a form, by field."""
    if given is None:
        return None
    return {name.removeprefix(PREFIX): str(value) for name, value in given.items() if name.startswith(PREFIX)}


def sheets_of(piece: RunPiece) -> list[dict[str, Any]]:
    """The piece's pages to show, numbered from 1, their space known before they are there."""
    shown = piece.pages[:MOST_PAGES]
    read = readings_of(piece.run, shown)
    sheets = []
    for number, page in enumerate(shown, start=1):
        width, height = (read[page].width, read[page].height) if page in read else A4
        small, large = (page_address(piece.run, page, w) for w in INLINE_WIDTHS)
        sheets.append(
            {
                "number": number,
                "width": width,
                "height": height,
                "src": small,
                "srcset": f"{small} {INLINE_WIDTHS[0]}w, {large} {INLINE_WIDTHS[1]}w",
            }
        )
    return sheets


def address_of(piece: RunPiece, run_id: UUID | None) -> str:
    """Where a piece is indexed, in the queue of a run or of all."""
    return reverse("index:piece", args=[piece.id]) + (f"?run={run_id}" if run_id else "")
