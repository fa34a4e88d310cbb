"""A page behind a quote with boxes for what its client orders: empty when it is sent, filled by the signature.

Places are worked out here and not by the template, as the boxes become fields of the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from pli.pdf.typesetting import typeset

PAGE = (595.28, 841.89)
_LEFT, _RIGHT = 42.0, 553.0
_FIRST_TOP, _NEXT_TOP, _BOTTOM = 150.0, 64.0, 790.0
_ROW, _TOTAL = 27.0, 22.0
_QUANTITY, _NET = (_LEFT, 56.0), (_RIGHT - 92.0, 88.0)
_BOX_HEIGHT = 16.0


@dataclass(frozen=True)
class OrderRow:
    """One line as printed. ``name`` is its boxes': ``quantity:<name>`` and ``net:<name>``."""

    name: str
    label: str
    detail: str
    unit_price: str
    vat_rate: str


@dataclass(frozen=True)
class OrderForm:
    """What is printed; ``columns``: quantity, designation, unit price, VAT, amount. ``totals``: (name of the box,
    words)."""

    language: str
    title: str
    reference: str
    introduction: str
    columns: tuple[str, str, str, str, str]
    rows: Sequence[OrderRow]
    totals: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class FormBox:
    """Where something is written: points from the top left corner; pages from 1."""

    name: str
    page: int
    x: float
    y: float
    width: float = _NET[1]
    height: float = _BOX_HEIGHT


@dataclass(frozen=True)
class DrawnForm:
    """The pages, and the places in them."""

    pdf: bytes
    page_count: int
    boxes: tuple[FormBox, ...]


@dataclass(frozen=True)
class _Placed:
    page: int
    y: float


def draw_order_form(form: OrderForm, *, made_at: datetime) -> DrawnForm:
    """The form as A4 pages, PDF/A-1b; the same arguments give the same bytes."""
    rows = _placed(len(form.rows))
    totals = _placed_totals(rows[-1] if rows else _Placed(1, _FIRST_TOP - _ROW), len(form.totals))
    count = max(one.page for one in (*rows, *totals, _Placed(1, 0)))
    boxes = []
    for row, at in zip(form.rows, rows, strict=True):
        y = at.y + (_ROW - _BOX_HEIGHT) / 2
        boxes.append(FormBox(f"quantity:{row.name}", at.page, _QUANTITY[0] + 2, y, _QUANTITY[1] - 4))
        boxes.append(FormBox(f"net:{row.name}", at.page, _NET[0] + 2, y))
    for (name, _words), at in zip(form.totals, totals, strict=True):
        boxes.append(FormBox(name, at.page, _NET[0] + 2, at.y + (_TOTAL - _BOX_HEIGHT) / 2))
    data = {
        "language": form.language, "title": form.title, "reference": form.reference,
        "introduction": form.introduction, "columns": list(form.columns), "page_count": count,
        "width": PAGE[0], "height": PAGE[1], "left": _LEFT, "right": _RIGHT, "row": _ROW, "total": _TOTAL,
        "first_top": _FIRST_TOP, "next_top": _NEXT_TOP,
        "rows": [asdict(row) | asdict(at) for row, at in zip(form.rows, rows, strict=True)],
        "totals": [{"words": words} | asdict(at) for (_n, words), at in zip(form.totals, totals, strict=True)],
        "boxes": [asdict(box) for box in boxes],
    }  # fmt: skip
    pdf = typeset("order_form", data, standard="a-1b", made_at=made_at, is_tagged=False)
    return DrawnForm(pdf, count, tuple(boxes))


def _placed(count: int) -> list[_Placed]:
    """Row under row, and on to the next page."""
    found, page, y = [], 1, _FIRST_TOP
    for _ in range(count):
        if y + _ROW > _BOTTOM:
            page, y = page + 1, _NEXT_TOP
        found.append(_Placed(page, y))
        y += _ROW
    return found


def _placed_totals(last: _Placed, count: int) -> list[_Placed]:
    """Together, under the last row, or on a page of their own."""
    page, y = last.page, last.y + _ROW + 10
    if y + count * _TOTAL > _BOTTOM:
        page, y = page + 1, _NEXT_TOP
    return [_Placed(page, y + rank * _TOTAL) for rank in range(count)]
