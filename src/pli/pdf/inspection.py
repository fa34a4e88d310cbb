"""Looking into a PDF before anything is done with it: the caller's side, in any process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from pli.kit.sandbox import JobLimits, SandboxFailed, SandboxKilled, run_isolated
from pli.pdf.errors import READING_ERRORS, DamagedPdf, NotAPdf, PdfTimeout, PdfTooLarge, UnableToFlatten
from pli.pdf.findings import Finding, FindingCode

_MEBI = 1 << 20
ABSOLUTE_MAX_PAGES = 20_000
"""No use of Pli reads a file with more pages than this."""


@dataclass(frozen=True)
class Limits:
    """How much of a file is believed. Bytes, pages, pixels, seconds."""

    max_file_bytes: int = 200 * _MEBI
    max_pages: int = 5_000
    max_stream_bytes: int = 256 * _MEBI
    max_total_bytes: int = 1024 * _MEBI
    max_image_pixels: int = 400_000_000
    max_objects: int = 2_000_000
    seconds: float = 25


DEFAULT_LIMITS = Limits()
"""What a signing ceremony accepts."""

FILING_LIMITS = Limits(max_file_bytes=1024 * _MEBI, max_total_bytes=3 * 1024 * _MEBI, seconds=60)
"""What one document may weigh to be filed: as much as an upload (1 GiB)."""

CAPTURE_LIMITS = replace(FILING_LIMITS, max_pages=ABSOLUTE_MAX_PAGES)
"""What capture reads: a print run to be split may be long besides."""


@dataclass(frozen=True)
class PageSize:
    """A page as displayed: its crop box after rotation, in points. ``rotation`` is 0, 90, 180 or 270, clockwise."""

    width: float
    height: float
    rotation: int


@dataclass(frozen=True)
class Inspection:
    """What a file is, and what is wrong with it."""

    page_count: int
    pages: tuple[PageSize, ...]
    is_encrypted: bool
    signature_count: int
    is_certified: bool
    certification_level: int | None
    findings: tuple[Finding, ...]
    pdf_version: str
    is_pdfa_claimed: bool
    pdfa_part: str | None

    @property
    def is_blocked(self) -> bool:
        """Whether signing must be refused as the file stands."""
        return any(finding.is_blocking for finding in self.findings)

    @property
    def can_be_flattened(self) -> bool:
        """Whether :func:`flatten_active_content` would clear every blocking finding."""
        return self.signature_count == 0 and all(
            finding.is_removable for finding in self.findings if finding.is_blocking
        )


def inspect_pdf(path: Path, *, limits: Limits = DEFAULT_LIMITS) -> Inspection:
    """Read the whole structure of a PDF, in the sandbox, and tell what it holds.

    Decompressed sizes are measured before any content is believed. Nothing is written.

    :raises NotAPdf, DamagedPdf, EncryptedPdf, PdfTooLarge, TooManyPages, PdfTimeout: the file can't be used at all.
    :raises OSError: the file can't be opened.
    """
    refuse_oversize(path, limits)
    told = read_in_sandbox("pli.pdf.jobs:inspect", {"limits": asdict(limits)}, path, limits=limits)
    return Inspection(
        page_count=int(told["page_count"]),
        pages=tuple(PageSize(*page) for page in told["pages"]),
        is_encrypted=bool(told["is_encrypted"]),
        signature_count=int(told["signature_count"]),
        is_certified=bool(told["is_certified"]),
        certification_level=told["certification_level"],
        findings=findings_from(told["findings"]),
        pdf_version=str(told["pdf_version"]),
        is_pdfa_claimed=told["pdfa_part"] is not None,
        pdfa_part=told["pdfa_part"],
    )


def flatten_active_content(path: Path, target: Path, *, limits: Limits = DEFAULT_LIMITS) -> tuple[Finding, ...]:
    """Write to ``target`` a copy without scripts, actions, attachments, forms, overlays, layers or owner protection.

    What was visible stays visible (fields and annotations are drawn into the page); hidden layers become visible, so
    that what is signed is all there is. Web links and a Factur-X attachment are kept. ``target`` appears whole or not
    at all. Returns what was removed; inspect the copy to learn what remains.

    :raises UnableToFlatten: the file carries a signature.
    :raises NotAPdf, DamagedPdf, EncryptedPdf, PdfTooLarge, TooManyPages, PdfTimeout: as :func:`inspect_pdf`.
    """
    refuse_oversize(path, limits)
    told = read_in_sandbox(
        "pli.pdf.jobs:flatten", {"limits": asdict(limits)}, path, limits=limits, outputs={"target": target}
    )
    return findings_from(told)


def findings_from(told: list[list[Any]]) -> tuple[Finding, ...]:
    """Findings as they travel out of the sandbox."""
    return tuple(Finding(FindingCode(code), page, detail, blocking) for code, page, detail, blocking in told)


def refuse_oversize(path: Path, limits: Limits) -> None:
    """Refuse a file by its size alone, and one that does not start like a PDF, before a child is even made."""
    size = path.stat().st_size
    if size > limits.max_file_bytes:
        raise PdfTooLarge(reason="file", bytes=size)
    with path.open("rb") as stream:
        if b"%PDF-" not in stream.read(1024):
            raise NotAPdf()


def read_in_sandbox(
    target: str,
    arguments: Mapping[str, Any],
    path: Path,
    *,
    limits: Limits,
    outputs: Mapping[str, Path] | None = None,
    beside: Mapping[str, Path] | None = None,
) -> Any:
    """Run a job on one PDF (``source``, and what it needs ``beside``) and turn the ways a child can die into words
    about the file."""
    try:
        return run_isolated(
            target,
            arguments,
            inputs={"source": path, **(beside or {})},
            outputs=outputs,
            limits=JobLimits(wall_seconds=limits.seconds, cpu_seconds=max(1, int(limits.seconds))),
            raises=(*READING_ERRORS, UnableToFlatten),
        )
    except SandboxKilled as death:
        if death.reason == "time":
            raise PdfTimeout() from death
        if death.reason in ("memory", "output"):
            raise PdfTooLarge(reason=death.reason) from death
        raise DamagedPdf(reason="crash") from death
    except SandboxFailed as failure:
        raise DamagedPdf(reason="unreadable") from failure
