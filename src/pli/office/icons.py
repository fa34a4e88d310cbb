"""Icons, inlined by name from the unpacked `@tabler/icons` (outline)."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

FOLDER = Path(__file__).resolve().parent / "vendor_icons" / "outline"
_NAME = re.compile(r"[a-z0-9-]+")
_FRAME = '<path stroke="none" d="M0 0h24v24H0z" fill="none" />'
_INSIDE = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)


class UnknownIcon(LookupError):
    """No icon has this name: a mistake in a template, not something a person can mend."""


@cache
def read_icon(name: str) -> SafeString:
    """The drawing inside the SVG called ``name``.

    :raises UnknownIcon: when the icon set has none, or was not unpacked.
    """
    path = FOLDER / f"{name}.svg"
    if not _NAME.fullmatch(name) or not path.is_file():
        raise UnknownIcon(name)
    found = _INSIDE.search(path.read_text())
    if found is None:
        raise UnknownIcon(name)
    # The file comes from a package pinned by hash, never from a user.
    drawing = re.sub(r"\s+", " ", found.group(1).replace(_FRAME, ""))
    return mark_safe(drawing)  # noqa: S308


def draw_icon(name: str, *, size: int = 20, label: str = "") -> SafeString:
    """An inline SVG of ``size`` px: hidden from screen readers unless ``label`` gives it a name of its own."""
    naming = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html(
        '<svg class="icon" width="{0}" height="{0}" viewBox="0 0 24 24" fill="none" stroke="currentColor"'
        ' stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" {1} focusable="false">{2}</svg>',
        size,
        naming,
        read_icon(name),
    )
