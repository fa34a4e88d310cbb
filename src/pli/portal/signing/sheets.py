"""The pages a signer reads: every paper of the request, numbered on from one to the next."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from pli.kit.errors import NotFound
from pli.signing.api import CeremonyDocument, Signer, Spot, papers_shown, preset_spots

WIDTHS = (800, 1400)


@dataclass(frozen=True)
class Sheet:
    """One page to show. ``number`` counts through all papers; ``width`` and ``height`` are points as displayed."""

    number: int
    width: float
    height: float
    src: str
    srcset: str
    text_url: str
    paper: CeremonyDocument
    page: int


def sheets_of(signer: Signer) -> list[Sheet]:
    """All the pages this signer is shown, in order; addresses are relative to ``/s/<token>/``."""
    return list(_sheets(signer))


def _sheets(signer: Signer) -> Iterator[Sheet]:
    number = 0
    for paper, _ in papers_shown(signer):
        for page, (width, height) in enumerate(paper.page_sizes, start=1):
            number += 1
            # Relative to the page that shows them: a hundred pages would say the link's secret five hundred times.
            image = f"page/{number}"
            yield Sheet(
                number=number,
                width=width,
                height=height,
                src=f"{image}?w={WIDTHS[0]}",
                srcset=", ".join(f"{image}?w={w} {w}w" for w in WIDTHS),
                text_url=f"text/{number}",
                paper=paper,
                page=page,
            )


def find_sheet(signer: Signer, number: int) -> tuple[CeremonyDocument, str, int]:
    """The paper, the SHA-256 shown and the page behind a running number.

    :raises NotFound: when there is no such page.
    """
    left = number
    for paper, sha256 in papers_shown(signer):
        if 1 <= left <= paper.page_count:
            return paper, sha256, left
        left -= paper.page_count
    raise NotFound


def spot_from_form(signer: Signer, fields: dict[str, str]) -> dict[UUID, Spot]:
    """Where the mark was put, from the form's points (origin at the page's lower left); empty when it says nothing
    usable."""
    try:
        paper, _, page = find_sheet(signer, int(fields.get("mark_page", "")))
        x1, y1, x2, y2 = (float(fields.get(f"mark_{name}", "")) for name in ("x1", "y1", "x2", "y2"))
    except (ValueError, NotFound):
        return {}
    height = float(paper.page_sizes[page - 1][1])
    return {paper.id: Spot(page=page, x=x1, y=height - y2, width=x2 - x1, height=y2 - y1)}


def is_placed(signer: Signer) -> bool:
    """Whether the sender chose where this signer's mark goes."""
    return bool(preset_spots(signer))


def preset_box(signer: Signer) -> dict[str, float] | None:
    """The first place the sender chose, as the page shows it: a running page, points from its lower left."""
    spots, before = preset_spots(signer), 0
    for paper, _ in papers_shown(signer):
        spot = spots.get(paper.id)
        if spot is not None:
            height = float(paper.page_sizes[spot.page - 1][1])
            top = height - spot.y
            box = {"x1": spot.x, "y1": top - spot.height, "x2": spot.x + spot.width, "y2": top}
            return {"page": before + spot.page, **box}
        before += paper.page_count
    return None


def values_from_form(fields: dict[str, str]) -> dict[UUID, str]:
    """What was typed into the fields of the page; names that are none of ours are passed over."""
    values = {}
    for name, value in fields.items():
        if name.startswith("field-"):
            with suppress(ValueError):
                values[UUID(name.removeprefix("field-"))] = value
    return values
