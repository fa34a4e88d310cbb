"""What is put before signers: inspected, made harmless where it may be, refused in plain words where not."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pli.documents.api import (
    Document,
    Rendition,
    RenditionRole,
    StoredBytes,
    add_rendition,
    best_rendition,
    existing_blob_path,
    get_for,
    rendition_path,
    store_file,
)
from pli.kit.clock import Clock
from pli.kit.errors import Phrase, PliError
from pli.parties.api import Actor
from pli.pdf.api import (
    Finding,
    FindingCode,
    Inspection,
    add_empty_fields,
    append_pages,
    flatten_active_content,
    inspect_pdf,
)
from pli.signing.errors import UnableToSend, UnableToSignFile
from pli.signing.fields import PaperLook, PlannedField, plan_fields
from pli.signing.models import FIELDS_ADDED, PAGES_ADDED, REWRITTEN
from pli.signing.requests import CeremonyRequest
from pli.trust.api import normalise_for_signing

MAXIMUM_PAPERS = 20
# Closed by a signature: nothing in it deceives anybody, it only takes no more of them.
_CLOSED = (FindingCode.CERTIFIED_NO_CHANGE, FindingCode.SIGNATURES_LOCKED)


@dataclass(frozen=True)
class PreparedPaper:
    """One paper ready to be shown: the bytes that will be read and signed, and what differs from the original."""

    document: Document
    rendition: Rendition
    stored: StoredBytes
    inspection: Inspection
    changes: tuple[str, ...]
    is_annex: bool = False

    @property
    def page_sizes(self) -> list[list[float]]:
        """Width and height of each page as displayed, in points."""
        return [[page.width, page.height] for page in self.inspection.pages]


def prepare_papers(
    actor: Actor, request: CeremonyRequest, *, clock: Clock
) -> tuple[list[PreparedPaper], list[list[PlannedField]]]:
    """Inspect the documents an actor wants signed or read and fix the bytes to show: those to sign come first. And for
    each person asked, what they fill and where.

    A file without signatures has its active content taken out, and is rewritten when it could not be signed
    incrementally; one that is already signed is never touched.

    :raises NotFound: for a document the actor does not see.
    :raises UnableToSignFile: for a file that must not or cannot be signed, with the reason.
    :raises UnableToSend: for a place that no paper has.
    """
    wanted = (*request.document_ids, *request.annex_ids)
    if not request.document_ids or len(wanted) > MAXIMUM_PAPERS or len(set(wanted)) != len(wanted):
        raise UnableToSend(reason="Choisissez de 1 à 20 documents différents.")
    added = {one.document_id: one.pdf for one in request.added_pages}
    papers = [_prepare(get_for(actor, one), added=added.get(one, b""), clock=clock) for one in request.document_ids]
    planned = plan_fields(request, [_look_of(paper) for paper in papers])
    papers = [_with_fields(paper, rank, planned, clock) for rank, paper in enumerate(papers, start=1)]
    annexes = [_prepare(get_for(actor, one), is_annex=True, clock=clock) for one in request.annex_ids]
    return [*papers, *(replace(annex, is_annex=True) for annex in annexes)], planned


def _look_of(paper: PreparedPaper) -> PaperLook:
    return PaperLook(existing_blob_path(paper.stored.sha256), paper.document.title, paper.page_sizes)


def _with_fields(
    paper: PreparedPaper, rank: int, planned: Sequence[Sequence[PlannedField]], clock: Clock
) -> PreparedPaper:
    """The paper with the empty fields that stand in it: they must be there before the first signature."""
    fields = [one.empty_field() for person in planned for one in person if one.name and one.paper == rank]
    if not fields:
        return paper
    title = paper.document.title
    if paper.inspection.signature_count:
        reason = Phrase("il porte déjà une signature ; on ne peut plus y ajouter de champ à remplir.")
        raise UnableToSignFile(title=title, reason=reason)
    try:
        with tempfile.TemporaryDirectory(prefix="pli-fields-") as folder:
            filled, target = Path(folder) / "fields.pdf", Path(folder) / "normal.pdf"
            add_empty_fields(existing_blob_path(paper.stored.sha256), filled, fields)
            normalise_for_signing(filled, target)
            inspection, stored = inspect_pdf(target), store_file(target)
    except PliError as error:
        raise UnableToSignFile(title=title, reason=Phrase(error.message, **error.details)) from error
    _refuse_blocked(paper.document, inspection)
    rendition = _keep_prepared(paper.document, stored, paper.rendition.file_name, clock)
    changes = tuple(sorted({*paper.changes, FIELDS_ADDED}))
    return replace(paper, rendition=rendition, stored=stored, inspection=inspection, changes=changes)


def _keep_prepared(document: Document, stored: StoredBytes, file_name: str, clock: Clock) -> Rendition:
    return add_rendition(
        document.id,
        role=RenditionRole.PREPARED,
        stored=stored,
        file_name=file_name,
        made_by="system:prepare-for-signing",
        clock=clock,
    )


def _prepare(document: Document, *, is_annex: bool = False, added: bytes = b"", clock: Clock) -> PreparedPaper:
    rendition = best_rendition(document.id)
    path = rendition_path(rendition)
    try:
        inspection = inspect_pdf(path)
        if inspection.signature_count:
            _refuse_blocked(document, inspection, is_annex=is_annex)
        with tempfile.TemporaryDirectory(prefix="pli-paper-") as folder:
            made, changes = _make_fit(path, inspection, Path(folder))
            if added:
                made, changes = _with_pages(document, made, added, inspection), [*changes, PAGES_ADDED]
            if not changes:
                stored = StoredBytes(rendition.blob_id, rendition.blob.size)
                return PreparedPaper(document, rendition, stored, inspection, ())
            inspection = inspect_pdf(made)
            _refuse_blocked(document, inspection)
            stored = store_file(made)
    except UnableToSignFile:
        raise
    except PliError as error:
        raise UnableToSignFile(title=document.title, reason=Phrase(error.message, **error.details)) from error
    prepared = _keep_prepared(document, stored, rendition.file_name, clock)
    return PreparedPaper(document, prepared, stored, inspection, tuple(sorted(set(changes))))


def _make_fit(path: Path, inspection: Inspection, folder: Path) -> tuple[Path, list[str]]:
    """A form of the file that may be shown and signed, and what was changed to get there (nothing, most often)."""
    changes: list[str] = []
    current = path
    if not inspection.signature_count and any(finding.is_blocking for finding in inspection.findings):
        changes = [finding.code for finding in flatten_active_content(path, folder / "flat.pdf")]
        current = folder / "flat.pdf"
    if normalise_for_signing(current, folder / "normal.pdf"):
        changes.append(REWRITTEN)
    return folder / "normal.pdf", changes


def _with_pages(document: Document, path: Path, pages: bytes, inspection: Inspection) -> Path:
    if inspection.signature_count:
        reason = Phrase("il porte déjà une signature ; on ne peut plus y ajouter de page.")
        raise UnableToSignFile(title=document.title, reason=reason)
    behind, joined, target = (path.with_name(name) for name in ("pages.pdf", "joined.pdf", "fit.pdf"))
    behind.write_bytes(pages)
    append_pages(path, behind, joined)
    normalise_for_signing(joined, target)
    return target


def _refuse_blocked(document: Document, inspection: Inspection, *, is_annex: bool = False) -> None:
    blocking: list[Finding] = [finding for finding in inspection.findings if finding.is_blocking]
    if is_annex:
        blocking = [finding for finding in blocking if finding.code not in _CLOSED]
    if blocking:
        if blocking[0].code in _CLOSED:
            raise UnableToSignFile(title=document.title, reason=blocking[0].label)
        reason = Phrase(
            "il contient un élément qui pourrait changer ce que l’on voit. %(reason)s", reason=blocking[0].label
        )
        raise UnableToSignFile(title=document.title, reason=reason)
