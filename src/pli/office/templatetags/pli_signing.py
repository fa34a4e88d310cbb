"""``{% load pli_signing %}``: pages to read, a signature to make, a mark to put."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext as _

register = template.Library()
Text = str | Promise


@register.inclusion_tag("pli/components/page_viewer.html")
def page_viewer(pages: Iterable[Any], title: str, id: str = "viewer", seen_url: str = "") -> dict[str, Any]:
    """A document's pages as images, first at once and the others when near, their space kept.

    Each page: ``number``, ``width`` and ``height`` (points), ``src``, perhaps ``srcset``, and its text as ``text`` or
    ``text_url`` (fetched when opened). ``seen_url`` is told of each page looked at (POST ``page``).
    """
    listed = list(pages)
    # A document may have hundreds of pages: their words and sizes are made once here, not by tags in a loop.
    alternative = _("Page %(n)s sur %(of)s de « %(title)s »") % {"n": "{n}", "of": len(listed), "title": "{title}"}
    reading = _("Lire le texte de la page %(n)s") % {"n": "{n}"}
    shown = [_shown(page, alternative.format(n=n, title=title), reading.format(n=n)) for n, page in _numbered(listed)]
    return {"pages": shown, "title": title, "id": id, "seen_url": seen_url}


def _numbered(pages: list[Any]) -> list[tuple[int, Any]]:
    return [(int(_part(page, "number")), page) for page in pages]


def _part(page: Any, name: str) -> Any:
    return page.get(name) if isinstance(page, dict) else getattr(page, name, None)


def _shown(page: Any, alternative: str, reading: str) -> dict[str, str | None]:
    """One page as the template writes it: plain text, numbers as HTML wants them."""
    width, height = float(_part(page, "width")), float(_part(page, "height"))
    text, text_url = _part(page, "text"), _part(page, "text_url") or ""
    return {
        "number": str(_part(page, "number")),
        "width": f"{width:g}",
        "height": f"{height:g}",
        "across": f"{width:.0f}",
        "up": f"{height:.0f}",
        "src": _part(page, "src"),
        "srcset": _part(page, "srcset") or "",
        "alternative": alternative,
        "reading": reading if text is not None or text_url else "",
        "text": text or "",
        "text_url": text_url,
    }


@register.inclusion_tag("pli/components/order_table.html")
def order_table(order: Mapping[str, Any], title: Text = "") -> dict[str, Any]:
    """What a client orders, as ``quotes.write_order`` tells it: lines, VAT by rate, totals."""
    return {"order": order, "title": title or _("Lignes commandées")}


@register.inclusion_tag("pli/components/signature_dialog.html")
def signature_dialog(id: str = "signature", name: str = "", done: Text = "") -> dict[str, Any]:
    """Draw, type or bring a signature; opened by ``data-dialog``. Fills every ``data-signature-field``."""
    return {"id": id, "name": name, "done": done or _("Utiliser cette signature")}


@register.inclusion_tag("pli/components/mark_placer.html")
def mark_placer(
    label: Text, viewer: str = "viewer", id: str = "placer", prefix: str = "mark_",
    width: float = 160, height: float = 64,
    min_width: float = 80, max_width: float = 320, start: Text = "", kind: str = "primary", locked: bool = False,  # noqa: FBT001, FBT002
    page: int | None = None, x1: float | None = None, y1: float | None = None, x2: float | None = None,
    y2: float | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Put a mark on the pages of ``page_viewer``; sends ``mark_page``, ``mark_x1`` … ``mark_y2`` (points, lower left).

    Give ``page`` and the box to show a mark placed before; ``locked`` when the sender chose the place.
    """
    values = {"page": page, "x1": x1, "y1": y1, "x2": x2, "y2": y2}
    return {
        "label": label, "viewer": viewer, "id": id, "prefix": prefix, "width": width, "height": height,
        "min_width": min_width, "max_width": max_width, "start": start or _("Placer ma signature"), "kind": kind,
        "locked": locked, "fields": [(name, "" if value is None else value) for name, value in values.items()],
    }  # fmt: skip
