"""Pages as images, drawn once and kept in a cache that may be emptied at any moment."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from pli.documents.blobs import existing_blob_path
from pli.pdf.api import extract_text, prune_cache, render_cached

# Thumbnail; a phone's own pixels (390 × 2); a desk, a dense phone or a zoom. Few, so that a page is drawn few times.
PAGE_WIDTHS = (240, 800, 1400)
CACHE_BYTES = 2_000_000_000
CACHE_SECONDS = 30 * 86_400.0


def page_image(sha256: str, page: int, asked_width: int) -> Path:
    """The JPEG of a page (from 1) of a stored PDF, at the nearest width at or above ``asked_width`` pixels.

    :raises PageOutOfRange: for a page that is not there; other ``PDF-…`` errors: for a file that cannot be drawn.
    """
    width = min((w for w in PAGE_WIDTHS if w >= asked_width), default=PAGE_WIDTHS[-1])
    return render_cached(_cache(), sha256, existing_blob_path(sha256), page, width)


def page_text(sha256: str, page: int) -> str:
    """The text of one page of a stored PDF, read now."""
    texts = extract_text(existing_blob_path(sha256), first=page, last=page)
    return texts[0] if texts else ""


def prune_page_images() -> int:
    """Keep the cache below its size and age; returns the bytes freed."""
    return prune_cache(_cache(), max_bytes=CACHE_BYTES, max_age_seconds=CACHE_SECONDS)


def _cache() -> Path:
    return Path(settings.PLI_HOME) / "cache" / "pages"
