"""The entrance of ``pdf``: everything else in this package is its own business."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from pli.pdf.accounts import AccountPaper, draw_account_paper
from pli.pdf.errors import (
    BadImage,
    BadPicture,
    DamagedPdf,
    EncryptedPdf,
    FontsMissing,
    IncompletePdf,
    JoinedPdfs,
    NotAPdf,
    PageOutOfRange,
    PdfError,
    PdfTimeout,
    PdfTooLarge,
    PdfWithoutPages,
    RecognitionFailed,
    TooManyPages,
    UnableToConform,
    UnableToFlatten,
    UnableToTypeset,
)
from pli.pdf.evidence import EvidenceData, evidence_images, evidence_sheet
from pli.pdf.fields import EmptyField, Found, add_empty_fields, append_pages, draw_field, find_anchors
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
from pli.pdf.order_forms import DrawnForm, FormBox, OrderForm, OrderRow, draw_order_form
from pli.pdf.pages import MAX_WIDTH_PX, extract_text, prune_cache, render_cached, render_page
from pli.pdf.tracked import tracked_sheet
from pli.pdf.typesetting import Attachment, typeset

if TYPE_CHECKING:
    from pli.pdf.archival.conversion import ArchiveInfo, Part
    from pli.pdf.archival.interactive import is_signed
    from pli.pdf.archival.judge import judge_archival
    from pli.pdf.archival.likeness import changed_pages
    from pli.pdf.archival.make import archival_version, make_archival, prepare_archival, save_archival
    from pli.pdf.archival.metadata import write_metadata
    from pli.pdf.assembling.overlays import Overlay, insert_pages, merge_over, merge_under
    from pli.pdf.assembling.stamps import TextLook, stamp_image, stamp_text
    from pli.pdf.assembling.text_layer import PlacedWord, add_text_layer
    from pli.pdf.codes import PageCode, read_codes
    from pli.pdf.pictures import is_blank_picture, render_grey
    from pli.pdf.preparing import prepare_reading
    from pli.pdf.reading import PageText, Places, read_pages
    from pli.pdf.recognition import (
        LANGUAGES,
        OCR_DPI,
        RecognisedPage,
        RecognisedWord,
        available_languages,
        recognise_page,
        recognise_zone,
    )

__all__ = [
    "ABSOLUTE_MAX_PAGES",
    "CAPTURE_LIMITS",
    "DEFAULT_LIMITS",
    "FILING_LIMITS",
    "FINDING_LABELS",
    "LANGUAGES",
    "MAX_WIDTH_PX",
    "OCR_DPI",
    "AccountPaper",
    "ActivationLetter",
    "ArchiveInfo",
    "Attachment",
    "BadImage",
    "BadPicture",
    "DamagedPdf",
    "DrawnForm",
    "EmptyField",
    "EncryptedPdf",
    "EvidenceData",
    "Finding",
    "FindingCode",
    "FontsMissing",
    "FormBox",
    "Found",
    "IncompletePdf",
    "Inspection",
    "JoinedPdfs",
    "Limits",
    "MarkContent",
    "NotAPdf",
    "OrderForm",
    "OrderRow",
    "Overlay",
    "PageCode",
    "PageOutOfRange",
    "PageSize",
    "PageText",
    "Part",
    "PdfError",
    "PdfTimeout",
    "PdfTooLarge",
    "PdfWithoutPages",
    "PlacedWord",
    "Places",
    "RecognisedPage",
    "RecognisedWord",
    "RecognitionFailed",
    "TextLook",
    "TooManyPages",
    "UnableToConform",
    "UnableToFlatten",
    "UnableToTypeset",
    "add_empty_fields",
    "add_text_layer",
    "append_pages",
    "archival_version",
    "available_languages",
    "changed_pages",
    "clean_logo",
    "clean_signature_image",
    "draw_account_paper",
    "draw_activation_letter",
    "draw_field",
    "draw_mark",
    "draw_order_form",
    "draw_seal",
    "evidence_images",
    "evidence_sheet",
    "extract_text",
    "find_anchors",
    "flatten_active_content",
    "insert_pages",
    "inspect_pdf",
    "is_blank_picture",
    "is_signed",
    "judge_archival",
    "make_archival",
    "merge_over",
    "merge_under",
    "prepare_archival",
    "prepare_parsers",
    "prepare_reading",
    "prune_cache",
    "read_codes",
    "read_pages",
    "recognise_page",
    "recognise_zone",
    "render_cached",
    "render_grey",
    "render_page",
    "save_archival",
    "stamp_image",
    "stamp_text",
    "tracked_sheet",
    "typeset",
    "write_metadata",
]


def prepare_parsers() -> None:
    """Inside the sandbox, from a job's own ``prepare_sandbox``: bound the PDF parsers and load all of them now."""
    from pli.pdf.jobs import prepare_sandbox

    prepare_sandbox()


# What reads pages and makes archives brings OpenCV, Tesseract, font tools and a validator along: only a process that
# names one of these loads them.
_ON_DEMAND = {
    "pli.pdf.codes": ("PageCode", "read_codes"),
    "pli.pdf.pictures": ("is_blank_picture", "render_grey"),
    "pli.pdf.preparing": ("prepare_reading",),
    "pli.pdf.reading": ("PageText", "Places", "read_pages"),
    "pli.pdf.recognition": (
        "LANGUAGES",
        "OCR_DPI",
        "RecognisedPage",
        "RecognisedWord",
        "available_languages",
        "recognise_page",
        "recognise_zone",
    ),
    "pli.pdf.archival.conversion": ("ArchiveInfo", "Part"),
    "pli.pdf.archival.judge": ("judge_archival",),
    "pli.pdf.archival.likeness": ("changed_pages",),
    "pli.pdf.archival.interactive": ("is_signed",),
    "pli.pdf.archival.metadata": ("write_metadata",),
    "pli.pdf.archival.make": ("archival_version", "make_archival", "prepare_archival", "save_archival"),
    "pli.pdf.assembling.overlays": ("Overlay", "insert_pages", "merge_over", "merge_under"),
    "pli.pdf.assembling.stamps": ("TextLook", "stamp_image", "stamp_text"),
    "pli.pdf.assembling.text_layer": ("PlacedWord", "add_text_layer"),
}


def load_all() -> None:
    """Load what comes on demand, for a ``prepare_sandbox``: each job would else import it anew."""
    for module in _ON_DEMAND:
        importlib.import_module(module)


def __getattr__(name: str) -> Any:
    for module, names in _ON_DEMAND.items():
        if name in names:
            return getattr(importlib.import_module(module), name)
    raise AttributeError(name)
