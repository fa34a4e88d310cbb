"""Where a mark goes, and whether it may go there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from pli.signing.errors import PlacementOutside
from pli.signing.models import Ceremony, CeremonyDocument, Placement, Signer
from pli.signing.roles import FieldKind

MARK_WIDTHS = (60.0, 400.0)
MARK_HEIGHTS = (24.0, 250.0)


@dataclass(frozen=True)
class Spot:
    """Where a mark goes: points from the top left corner of the page as displayed."""

    page: int
    x: float
    y: float
    width: float
    height: float


def write_spots(signer: Signer, ceremony: Ceremony, spots: Mapping[UUID, Spot]) -> None:
    """Keep where a signer put their mark; where they had put it in a try before is forgotten.

    :raises PlacementOutside: nowhere, outside a page, of no sensible size, or on a paper that nobody signs.
    """
    papers = {paper.id: paper for paper in ceremony.papers.filter(is_annex=False)}
    chosen = preset_spots(signer)
    spots = {**spots, **chosen}
    if not spots or spots.keys() - papers.keys():
        raise PlacementOutside
    signer.placements.all().delete()
    for paper_id, spot in spots.items():
        if paper_id not in chosen:
            _check_spot(papers[paper_id], spot)
        Placement.objects.create(
            signer=signer,
            paper=papers[paper_id],
            page=spot.page,
            x=spot.x,
            y=spot.y,
            width=spot.width,
            height=spot.height,
        )


def preset_spots(signer: Signer) -> dict[UUID, Spot]:
    """The places of the mark that the sender chose, by paper."""
    found: dict[UUID, Spot] = {}
    for one in signer.fields.filter(kind=FieldKind.MARK).exclude(paper=None):
        if one.paper_id is not None:
            found[one.paper_id] = Spot(one.page or 1, one.x or 0, one.y or 0, one.width or 0, one.height or 0)
    return found


def _check_spot(paper: CeremonyDocument, spot: Spot) -> None:
    if not 1 <= spot.page <= paper.page_count:
        raise PlacementOutside
    page_width, page_height = paper.page_sizes[spot.page - 1]
    is_sized = (
        MARK_WIDTHS[0] <= spot.width <= MARK_WIDTHS[1] and MARK_HEIGHTS[0] <= spot.height <= MARK_HEIGHTS[1]
    ) or (spot.width <= page_width and spot.height <= page_height and page_width < MARK_WIDTHS[0] * 2)
    # Half a point of tolerance for the browser's rounding.
    is_inside = (
        spot.x >= -0.5
        and spot.y >= -0.5
        and spot.x + spot.width <= page_width + 0.5
        and spot.y + spot.height <= page_height + 0.5
    )
    if not is_sized or not is_inside:
        raise PlacementOutside
