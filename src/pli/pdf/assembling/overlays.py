"""Letterheads under or over pages, back pages, whole files appended."""

from __future__ import annotations

from typing import Literal

from pikepdf import Array, Object, Page, Pdf

from pli.pdf.assembling.views import draw, name_resource, seen

Fit = Literal["scale", "crop"]
"""``scale``: the whole drawing, in proportion, centred; ``crop``: at its own size from the top left, the rest cut."""


class Overlay:
    """A page of another file, drawn on pages of this one: copied once, whatever the number of pages."""

    def __init__(self, pdf: Pdf, source: Page, *, name: str, fit: Fit = "scale") -> None:
        self._form = pdf.copy_foreign(source.as_form_xobject(handle_transformations=True))
        self._name = name
        self._fit = fit
        self._box = _drawn_box(self._form)

    def into(self, page: Page, box: tuple[float, float, float, float], *, under: bool = False) -> None:
        """Draw it inside ``box`` (shares of the page as seen), in proportion, centred."""
        left, bottom, width, height = seen(page).place(box)
        self._place(page, (left, bottom, width, height), under=under)

    def draw(self, page: Page, *, under: bool) -> None:
        """Draw it over the whole page, below or above what the page has."""
        view = seen(page)
        if self._fit == "scale":
            self._place(page, (0, 0, view.width, view.height), under=under)
            return
        left, _, _, top = self._box
        self._write(page, 1, -left, view.height - top, (0, 0, view.width, view.height), under=under)

    def _place(self, page: Page, frame: tuple[float, float, float, float], *, under: bool) -> None:
        left, bottom, right, top = self._box
        across, up = right - left, top - bottom
        scale = min(frame[2] / across, frame[3] / up)
        x = frame[0] + (frame[2] - across * scale) / 2 - left * scale
        y = frame[1] + (frame[3] - up * scale) / 2 - bottom * scale
        self._write(page, scale, x, y, frame, under=under)

    def _write(
        self, page: Page, scale: float, x: float, y: float, clip: tuple[float, float, float, float], *, under: bool
    ) -> None:
        name_resource(page, "/XObject", self._name, self._form)
        frame = " ".join(f"{value:.3f}" for value in clip)
        operators = f"{frame} re W n\n{scale:.6f} 0 0 {scale:.6f} {x:.3f} {y:.3f} cm\n/{self._name} Do"
        draw(page, operators.encode(), under=under)


def _drawn_box(form: Object) -> tuple[float, float, float, float]:
    """The form's box once its own matrix has turned it."""
    left, bottom, right, top = (float(value) for value in list(form.BBox))
    matrix = form.get("/Matrix")
    a, b, c, d, e, f = (float(value) for value in matrix.as_list()) if isinstance(matrix, Array) else (1, 0, 0, 1, 0, 0)
    corners = [(a * x + c * y + e, b * x + d * y + f) for x in (left, right) for y in (bottom, top)]
    xs, ys = [corner[0] for corner in corners], [corner[1] for corner in corners]
    box = min(xs), min(ys), max(xs), max(ys)
    if box[2] - box[0] < 1 or box[3] - box[1] < 1:
        raise ValueError("an empty page")
    return box


def merge_under(pdf: Pdf, letterhead: Pdf, *, name: str, fit: Fit = "scale", first: int = 0) -> int:
    """Put ``letterhead`` below the pages: its first page under the first, its second (else its first) under the rest.

    :param name: what the drawing is called in the pages' resources; one a letterhead.
    :param first: pages before it (from 0) are left alone.
    :returns: the number of pages drawn on.
    """
    return _merge(pdf, letterhead, name=name, fit=fit, first=first, under=True)


def merge_over(pdf: Pdf, letterhead: Pdf, *, name: str, fit: Fit = "scale", first: int = 0) -> int:
    """As :func:`merge_under`, above the pages."""
    return _merge(pdf, letterhead, name=name, fit=fit, first=first, under=False)


def _merge(pdf: Pdf, letterhead: Pdf, *, name: str, fit: Fit, first: int, under: bool) -> int:
    sources = [letterhead.pages[0], letterhead.pages[min(1, len(letterhead.pages) - 1)]]
    made: dict[int, Overlay] = {}
    drawn = 0
    for index in range(first, len(pdf.pages)):
        which = 0 if index == first or len(letterhead.pages) == 1 else 1
        if which not in made:
            made[which] = Overlay(pdf, sources[which], name=f"{name}{which}", fit=fit)
        made[which].draw(pdf.pages[index], under=under)
        drawn += 1
    return drawn


def insert_pages(pdf: Pdf, source: Pdf, where: Literal["after-each", "end"]) -> int:
    """Insert ``source``'s pages after each page (a back page, printed on the other side), or at the end.

    :returns: the number of pages added.
    """
    if where == "end":
        pdf.pages.extend(source.pages)
        return len(source.pages)
    before = len(pdf.pages)
    for index in range(before, 0, -1):
        for place, page in enumerate(source.pages):
            pdf.pages.insert(index + place, page)
    return len(pdf.pages) - before
