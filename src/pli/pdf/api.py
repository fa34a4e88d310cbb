"""The entrance of ``pdf``: everything else in this package is its own business."""

from __future__ import annotations

from pli.pdf.errors import (
    BadImage,
    DamagedPdf,
    EncryptedPdf,
    FontsMissing,
    NotAPdf,
    PageOutOfRange,
    PdfTimeout,
    PdfTooLarge,
    TooManyPages,
    UnableToFlatten,
    UnableToTypeset,
)
from pli.pdf.findings import FINDING_LABELS, Finding, FindingCode
from pli.pdf.inspection import (
    ABSOLUTE_MAX_PAGES,
    CAPTURE_LIMITS,
    DEFAULT_LIMITS,
    Inspection,
    Limits,
    PageSize,
    flatten_active_content,
    inspect_pdf,
)
from pli.pdf.pages import MAX_WIDTH_PX, extract_text, prune_cache, render_cached, render_page

__all__ = [
    "ABSOLUTE_MAX_PAGES",
    "CAPTURE_LIMITS",
    "DEFAULT_LIMITS",
    "FINDING_LABELS",
    "MAX_WIDTH_PX",
    "BadImage",
    "DamagedPdf",
    "EncryptedPdf",
    "Finding",
    "FindingCode",
    "FontsMissing",
    "Inspection",
    "Limits",
    "NotAPdf",
    "PageOutOfRange",
    "PageSize",
    "PdfTimeout",
    "PdfTooLarge",
    "TooManyPages",
    "UnableToFlatten",
    "UnableToTypeset",
    "extract_text",
    "flatten_active_content",
    "inspect_pdf",
    "prune_cache",
    "render_cached",
    "render_page",
]
