"""Pages as they are seen: what is added is placed on what the reader sees, whatever the page's box and rotation."""

from __future__ import annotations

from dataclasses import dataclass

import pikepdf
from pikepdf import Object, Pdf

from pli.pdf.archival.walk import resources_of

Box = tuple[float, float, float, float]
"""Left, top, right, bottom as shares (0 to 1) of the page as it is seen."""
_A4 = (0.0, 0.0, 595.276, 841.89)


@dataclass(frozen=True)
class SeenPage:
    """Size in points of the page as seen, and the matrix that leads from there (origin bottom left) to the page's own
    space."""

    width: float
    height: float
    matrix: tuple[float, float, float, float, float, float]

    def place(self, box: Box) -> tuple[float, float, float, float]:
        """``box`` in points: left, bottom, width, height."""
        left, right = sorted((box[0] * self.width, box[2] * self.width))
        bottom, top = sorted(((1 - box[3]) * self.height, (1 - box[1]) * self.height))
        return left, bottom, right - left, top - bottom


def seen(page: pikepdf.Page) -> SeenPage:
    """How ``page`` is shown: its crop box within its media box, turned."""
    media = _corners(page.mediabox)
    crop = _corners(page.cropbox)
    left, bottom = max(media[0], crop[0]), max(media[1], crop[1])
    right, top = min(media[2], crop[2]), min(media[3], crop[3])
    if left >= right or bottom >= top:
        left, bottom, right, top = media
    across, up = right - left, top - bottom
    turn = int(page.rotation) % 360
    if turn == 90:
        return SeenPage(up, across, (0, 1, -1, 0, right, bottom))
    if turn == 180:
        return SeenPage(across, up, (-1, 0, 0, -1, right, top))
    if turn == 270:
        return SeenPage(up, across, (0, -1, 1, 0, left, top))
    return SeenPage(across, up, (1, 0, 0, 1, left, bottom))


def _corners(box: Object) -> tuple[float, float, float, float]:
    values = [float(value) for value in list(box)]
    if len(values) != 4 or values[0] == values[2] or values[1] == values[3]:
        return _A4
    xs, ys = sorted((values[0], values[2])), sorted((values[1], values[3]))
    return xs[0], ys[0], xs[1], ys[1]


def draw(page: pikepdf.Page, operators: bytes, *, under: bool = False, wrapped: bool = True) -> None:
    """Add ``operators``, which speak in points of the page as seen, under or over what the page has.

    They are marked as an artifact: readers aloud pass over them. ``wrapped`` false leaves them as text of the page.
    """
    matrix = " ".join(f"{value:g}" for value in seen(page).matrix)
    body = f"q {matrix} cm\n".encode() + operators + b"\nQ\n"
    if wrapped:
        body = b"/Artifact BMC\n" + body + b"EMC\n"
    if under:
        page.contents_add(body, prepend=True)
    else:
        page.contents_add(b"q\n", prepend=True)
        page.contents_add(b"\nQ\n" + body)


def name_resource(page: pikepdf.Page, category: str, name: str, item: Object) -> None:
    """Make ``item`` known to the page's content as ``/name``; the page's resources become its own."""
    resources = own_resources(page)
    known = resources.get(category)
    if not isinstance(known, pikepdf.Dictionary):
        known = resources[category] = pikepdf.Dictionary()
    known[f"/{name}"] = item


def own_resources(page: pikepdf.Page) -> Object:
    """The page's resources, inherited ones brought down."""
    return resources_of(page.obj)


def find_resource(pdf: Pdf, index: int, category: str, name: str) -> Object | None:
    """What a page before ``index`` already calls ``/name``: made once for the whole file."""
    for earlier in range(index - 1, -1, -1):
        entries = own_resources(pdf.pages[earlier]).get(category)
        if isinstance(entries, pikepdf.Dictionary) and f"/{name}" in entries:
            return entries[f"/{name}"]
    return None
