"""The entrance of ``pdf``: everything else in this package is its own business."""

from __future__ import annotations

from pli.pdf.errors import (
    BadImage,
    DamagedPdf,
    EncryptedPdf,
    FontsMissing,
    NotAPdf,
    PageOutOfRange,
    PdfError,
    PdfTimeout,
    PdfTooLarge,
    TooManyPages,
    UnableToFlatten,
    UnableToTypeset,
)
from pli.pdf.evidence import EvidenceData, evidence_images, evidence_sheet
from pli.pdf.findings import FINDING_LABELS, Finding, FindingCode
from pli.pdf.inspection import (
    ABSOLUTE_MAX_PAGES,
    CAPTURE_LIMITS,
    DEFAULT_LIMITS,
    FILING_LIMITS,
    Inspection,
    Limits,
    PageSize,
    flatten_active_content,
    inspect_pdf,
)
from pli.pdf.letters import ActivationLetter, draw_activation_letter
from pli.pdf.mark import MarkContent, clean_logo, clean_signature_image, draw_mark, draw_seal
from pli.pdf.pages import MAX_WIDTH_PX, extract_text, prune_cache, render_cached, render_page
from pli.pdf.typesetting import Attachment, typeset

__all__ = [
    "ABSOLUTE_MAX_PAGES",
    "CAPTURE_LIMITS",
    "DEFAULT_LIMITS",
    "FILING_LIMITS",
    "FINDING_LABELS",
    "MAX_WIDTH_PX",
    "ActivationLetter",
    "Attachment",
    "BadImage",
    "DamagedPdf",
    "EncryptedPdf",
    "EvidenceData",
    "Finding",
    "FindingCode",
    "FontsMissing",
    "Inspection",
    "Limits",
    "MarkContent",
    "NotAPdf",
    "PageOutOfRange",
    "PageSize",
    "PdfError",
    "PdfTimeout",
    "PdfTooLarge",
    "TooManyPages",
    "UnableToFlatten",
    "UnableToTypeset",
    "clean_logo",
    "clean_signature_image",
    "draw_activation_letter",
    "draw_mark",
    "draw_seal",
    "evidence_images",
    "evidence_sheet",
    "extract_text",
    "flatten_active_content",
    "inspect_pdf",
    "prepare_parsers",
    "prune_cache",
    "render_cached",
    "render_page",
    "typeset",
]


def prepare_parsers() -> None:
    """Inside the sandbox, from a job's own ``prepare_sandbox``: bound the PDF parsers and load all of them now."""
    from pli.pdf.jobs import prepare_sandbox

    prepare_sandbox()
