"""What runs inside the sandbox: the only code of Pli that hands hostile bytes to a PDF or image parser.

Each job gets open files and plain arguments and returns plain values. The fork server imports this module once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, BinaryIO

import pikepdf
from pikepdf import settings

from pli.pdf import field_jobs, lint, rasterise
from pli.pdf import flatten as flattening
from pli.pdf.errors import DamagedPdf, EncryptedPdf, NotAPdf, PdfError, PdfTooLarge, PdfWithoutPages, TooManyPages
from pli.pdf.findings import Finding, FindingCode, note
from pli.pdf.structure import Structure
from pli.pdf.weight import refuse_bombs
from pli.pdf.wholeness import check_repairs

Files = Mapping[str, BinaryIO]
_MEBI = 1 << 20
_METADATA_BYTES = 4 * _MEBI
_PDFA_PART = re.compile(rb"pdfaid:part\s*(?:=\s*[\"']|>\s*)(\d)")
_PDFA_LEVEL = re.compile(rb"pdfaid:conformance\s*(?:=\s*[\"']|>\s*)([A-Za-z])")


def prepare_sandbox() -> None:
    """Bound qpdf's decoders, and load now what libraries load on first use: a job may not read a single file."""
    settings.set_qpdf_limits(
        doc_max_warnings=1000,
        parser_max_nesting=200,
        max_stream_filters=8,
        flate_max_memory=256 * _MEBI,
        png_max_memory=256 * _MEBI,
        run_length_max_memory=256 * _MEBI,
        tiff_max_memory=256 * _MEBI,
        dct_max_memory=512 * _MEBI,
        dct_max_progressive_scans=100,
    )
    rasterise.warm()


def inspect(files: Files, *, limits: dict[str, Any]) -> dict[str, Any]:
    """See :func:`pli.pdf.inspection.inspect_pdf`."""
    with opened(files["source"], limits) as pdf:
        structure = Structure(pdf, max_objects=int(limits["max_objects"]))
        is_repaired = check_repairs(pdf, files["source"])
        refuse_bombs(pdf, structure, limits)
        pages = _page_dictionaries(pdf, structure)
        sizes, findings = lint.page_boxes(structure, pages)
        count, level, signature_findings = lint.find_signatures(structure)
        findings = [*signature_findings, *findings, *lint.find_all(structure, pages)]
        if is_repaired:
            findings.append(note(FindingCode.WAS_REPAIRED))
        if pdf.is_encrypted:
            findings.append(note(FindingCode.OWNER_PROTECTED))
        return {
            "page_count": len(pages),
            "pages": sizes,
            "is_encrypted": pdf.is_encrypted,
            "signature_count": count,
            "is_certified": level is not None,
            "certification_level": level,
            "findings": travelling(sorted(findings, key=lambda finding: not finding.is_blocking)),
            "pdf_version": pdf.pdf_version,
            "pdfa_part": _claimed_pdfa(pdf),
        }


def flatten(files: Files, *, limits: dict[str, Any]) -> list[list[Any]]:
    """See :func:`pli.pdf.inspection.flatten_active_content`."""
    with opened(files["source"], limits) as pdf:
        structure = Structure(pdf, max_objects=int(limits["max_objects"]))
        is_repaired = check_repairs(pdf, files["source"])
        refuse_bombs(pdf, structure, limits)
        pages = _page_dictionaries(pdf, structure)
        found = [finding for finding in lint.find_all(structure, pages) if finding.is_blocking and finding.is_removable]
        if is_repaired:
            found.append(note(FindingCode.WAS_REPAIRED))
        if pdf.is_encrypted:
            found.append(note(FindingCode.OWNER_PROTECTED))
        count, _, _ = lint.find_signatures(structure)
        flattening.flatten(pdf, structure, signature_count=count)
        if "/Size" not in pdf.trailer:  # A trailer rebuilt by qpdf has none, and it then writes none.
            pdf.trailer["/Size"] = len(pdf.objects) + 1
        pdf.save(files["target"], encryption=False, deterministic_id=True)
        return travelling(found)


def extract_text(files: Files, *, first: int, last: int | None, max_characters: int) -> list[str]:
    """See :func:`pli.pdf.pages.extract_text`."""
    return rasterise.extract_text(files["source"], first=first, last=last, max_characters=max_characters)


def render(files: Files, *, page: int, width_px: int, max_pixels: int) -> bytes:
    """See :func:`pli.pdf.pages.render_page`."""
    return rasterise.render(files["source"], page=page, width_px=width_px, max_pixels=max_pixels)


def clean_image(files: Files, *, max_pixels: int, max_side: int) -> bytes:
    """See :func:`pli.pdf.mark.clean_signature_image`."""
    return rasterise.clean_image(files["image"], max_pixels=max_pixels, max_side=max_side)


def add_fields(files: Files, *, limits: dict[str, Any], fields: list[dict[str, Any]]) -> None:
    """See :func:`pli.pdf.fields.add_empty_fields`."""
    with opened(files["source"], limits) as pdf:
        field_jobs.add_fields(pdf, fields)
        pdf.save(files["target"], deterministic_id=True)


def append_pages(files: Files, *, limits: dict[str, Any]) -> None:
    """See :func:`pli.pdf.fields.append_pages`."""
    with opened(files["source"], limits) as pdf, opened(files["pages"], limits) as pages:
        pdf.pages.extend(pages.pages)
        pdf.save(files["target"], deterministic_id=True)


@contextmanager
def opened(source: BinaryIO, limits: dict[str, Any]) -> Iterator[pikepdf.Pdf]:
    """Open a PDF with qpdf under its limits, refusing too many pages by the count it claims and the count it has."""
    try:
        pdf = pikepdf.open(source, access_mode=pikepdf.AccessMode.mmap)
    except pikepdf.PasswordError:
        raise EncryptedPdf() from None
    except (pikepdf.PdfError, RuntimeError, ValueError) as error:
        raise _why_unreadable(error) from None
    try:
        limit = int(limits["max_pages"])
        claimed = pdf.Root.get("/Pages", pikepdf.Dictionary()).get("/Count", 0)
        if isinstance(claimed, int) and claimed > limit:
            raise TooManyPages(pages=claimed, limit=limit)
        count = len(pdf.pages)
        if count > limit:
            raise TooManyPages(pages=count, limit=limit)
        if count == 0:
            raise PdfWithoutPages()
        yield pdf
    except (
        pikepdf.PdfError,
        RuntimeError,
        AttributeError,
        TypeError,
        ValueError,
        LookupError,
        ArithmeticError,
    ) as error:
        raise _why_unreadable(error) from None
    finally:
        pdf.close()


def travelling(findings: list[Finding]) -> list[list[Any]]:
    """Findings as plain lists, for the way out of the sandbox."""
    return [[finding.code.value, finding.page, finding.detail, finding.is_blocking] for finding in findings]


def _why_unreadable(error: Exception) -> PdfError:
    told = str(error)
    if "no pages found" in told:
        return PdfWithoutPages()
    if "can't find PDF header" in told or "not a PDF" in told:
        return NotAPdf()
    if "unsupported encryption" in told or "encryption" in told.lower():
        return EncryptedPdf()
    if "limit" in told and "memory" in told:
        return PdfTooLarge(reason="stream")
    return DamagedPdf(reason=type(error).__name__)


def _page_dictionaries(pdf: pikepdf.Pdf, structure: Structure) -> list[dict[str, Any]]:
    return [structure.entries("{} {} R".format(*page.obj.objgen)) for page in pdf.pages]


def _claimed_pdfa(pdf: pikepdf.Pdf) -> str | None:
    """The PDF/A part and level the metadata claims, e.g. ``3B``; a claim, not a verdict."""
    metadata = pdf.Root.get("/Metadata")
    if not isinstance(metadata, pikepdf.Stream):
        return None
    try:
        raw = bytes(metadata.get_stream_buffer())[:_METADATA_BYTES]
    except pikepdf.PdfError:
        return None
    part, level = _PDFA_PART.search(raw), _PDFA_LEVEL.search(raw)
    if part is None:
        return None
    return part.group(1).decode() + (level.group(1).decode().upper() if level else "")
