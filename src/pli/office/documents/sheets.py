"""The pages of a document as ``page_viewer`` shows them."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from pli.documents.api import Document, existing_blob_path
from pli.kit.errors import PliError
from pli.pdf.api import FILING_LIMITS, inspect_pdf

INLINE_WIDTHS = (800, 1400)


def sheets_of(document: Document, sha256: str) -> list[dict[str, Any]]:
    """The pages to show; a file that cannot be drawn has none, and the page says so."""
    try:
        pages = inspect_pdf(existing_blob_path(sha256), limits=FILING_LIMITS).pages
    except PliError:
        return []
    sheets = []
    for number, size in enumerate(pages, start=1):
        image = reverse("documents:page", args=[document.id, number])
        width, height = size.width, size.height
        sheets.append(
            {
                "number": number,
                "width": width,
                "height": height,
                "src": f"{image}?w={INLINE_WIDTHS[0]}&v={sha256[:12]}",
                "srcset": ", ".join(f"{image}?w={w}&v={sha256[:12]} {w}w" for w in INLINE_WIDTHS),
                "text_url": reverse("documents:text", args=[document.id, number]),
            }
        )
    return sheets
