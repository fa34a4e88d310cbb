"""Text and page images, and the cache that keeps a page from being drawn twice: the caller's side."""

from __future__ import annotations

import os
import re
import secrets
import time
from pathlib import Path

from pli.pdf.inspection import CAPTURE_LIMITS, Limits, read_in_sandbox, refuse_oversize

MAX_WIDTH_PX = 2400
_MAX_PIXELS = 12_000_000
_MAX_CHARACTERS = 20_000_000
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")


def extract_text(path: Path, *, first: int = 1, last: int | None = None, limits: Limits = CAPTURE_LIMITS) -> list[str]:
    """The text of each page from ``first`` to ``last`` (both included, from 1), one string a page; empty for a scan.

    :raises PageOutOfRange, NotAPdf, DamagedPdf, EncryptedPdf, PdfTooLarge, PdfTimeout: it can't be read.
    """
    refuse_oversize(path, limits)
    arguments = {"first": first, "last": last, "max_characters": _MAX_CHARACTERS}
    texts: list[str] = read_in_sandbox("pli.pdf.jobs:extract_text", arguments, path, limits=limits)
    return texts


def render_page(path: Path, page: int, *, width_px: int, limits: Limits = CAPTURE_LIMITS) -> bytes:
    """One page (from 1) as a JPEG, ``width_px`` wide (at most 2,400; less when the page is very tall).

    Only that page is read: the cost does not grow with the length of the document.

    :raises PageOutOfRange, NotAPdf, DamagedPdf, EncryptedPdf, PdfTooLarge, PdfTimeout: it can't be drawn.
    """
    refuse_oversize(path, limits)
    arguments = {"page": page, "width_px": max(16, min(width_px, MAX_WIDTH_PX)), "max_pixels": _MAX_PIXELS}
    image: bytes = read_in_sandbox("pli.pdf.jobs:render", arguments, path, limits=limits)
    return image


def render_cached(cache: Path, sha256: str, path: Path, page: int, width_px: int) -> Path:
    """The file under ``cache`` that holds this page's image, drawn on first demand.

    ``sha256`` names the document's bytes, so an entry is never stale. The file appears whole or not at all; two
    callers at once may both draw, and one of the identical results stays. Reading an entry renews its age.

    :raises ValueError: ``sha256`` is not 64 lower-case hexadecimal digits.
    """
    if not _SHA256.match(sha256):
        raise ValueError("not a SHA-256")
    width_px = max(16, min(width_px, MAX_WIDTH_PX))
    target = cache / sha256[:2] / sha256 / f"{int(page)}-{width_px}.jpg"
    try:
        os.utime(target)
    except FileNotFoundError:
        image = render_page(path, page, width_px=width_px)
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f".{target.name}.{secrets.token_hex(6)}.part")
        part.write_bytes(image)
        part.replace(target)
    return target


def prune_cache(cache: Path, *, max_bytes: int, max_age_seconds: float, now: float | None = None) -> int:
    """Delete entries not read for ``max_age_seconds``, then the least recently read until ``max_bytes`` remain.

    :returns: the number of bytes freed. Safe beside readers and writers: an entry that is gone is drawn again.
    """
    now = time.time() if now is None else now
    entries = []
    for path in cache.glob("??/*/*.jpg"):
        try:
            told = path.stat()
        except FileNotFoundError:
            continue
        entries.append((told.st_mtime, told.st_size, path))
    kept, freed = sum(size for _, size, _ in entries), 0
    for read_at, size, path in sorted(entries):
        if now - read_at <= max_age_seconds and kept <= max_bytes:
            break
        path.unlink(missing_ok=True)
        kept, freed = kept - size, freed + size
    _drop_leftovers(cache, before=now - 3600)
    return freed


def _drop_leftovers(cache: Path, *, before: float) -> None:
    """Parts whose writer was killed, and folders left empty."""
    for part in cache.glob("??/*/.*.part"):
        if part.stat().st_mtime < before:
            part.unlink(missing_ok=True)
    for folder in cache.glob("??/*"):
        try:
            folder.rmdir()
        except OSError:
            continue
