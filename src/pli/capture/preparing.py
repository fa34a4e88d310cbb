"""The PDF of a capture that came as something else: made once, in the sandbox, beside what came."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from pli.capture.channels.imap.taking import refuse_message
from pli.capture.electronic import draw_invoice
from pli.capture.errors import NotADocument, UnreadableImage, UnreadablePrint
from pli.capture.models import Capture
from pli.capture.sources.sniffing import HEIC, JPEG, LOOKED_AT, MAIL, PDF, PNG, PWG, TIFF, UNKNOWN, URF, XML, sniff
from pli.documents.api import StoredBytes, existing_blob_path, keep_blob, store_file
from pli.kit.errors import PliError
from pli.kit.ids import new_id
from pli.kit.sandbox import JobLimits, SandboxFailed, SandboxKilled, run_isolated

PHOTOS = "application/vnd.pli.photos+zip"
_RASTER = "pli.capture.channels.ipp.raster:convert"
_PICTURES = "pli.capture.channels.pictures:convert"
_BOOK = "pli.capture.channels.photos.book:bind"
# Lines of a raster are unpacked in Python: about a second of CPU for a dense page of A4 in colour at 300 dpi.
_DEATH_LABELS = {
    "memory": "elle est trop grande",
    "output": "elle est trop grande",
    "time": "sa lecture demande trop de temps",
}
LIMITS = JobLimits(wall_seconds=300, cpu_seconds=240, file_bytes=1 << 30)


def prepare_pdf(capture: Capture) -> StoredBytes:
    """The bytes to examine: the capture's own when they are a PDF, else the PDF made from them. Safe to repeat.

    :raises UnreadablePrint, UnreadableImage: when no page can be made of it.
    :raises UnreadableInvoice: when it is XML, but no invoice one can read.
    :raises MailWithoutDocument: when it is a message that was kept because it holds none.
    :raises NotADocument: when it is neither PDF nor picture nor invoice; :raises UnableToStore: when the disk refuses.
    """
    job = _job_of(capture)
    if job is None:
        return StoredBytes(capture.blob_id, capture.blob.size)
    if capture.prepared is not None:
        return StoredBytes(capture.prepared.sha256, capture.prepared.size)
    target, media_type = job
    if media_type == XML:
        return _keep_invoice(capture)
    stored = _convert(existing_blob_path(capture.blob_id), target, media_type)
    capture.prepared = keep_blob(stored, PDF)
    capture.save(update_fields=["prepared"])
    return stored


def _keep_invoice(capture: Capture) -> StoredBytes:
    stored, facts = draw_invoice(capture)
    capture.prepared = keep_blob(stored, PDF)
    capture.wishes = {**capture.wishes, "read": {"kind": capture.wishes["kind"], "facts": facts}}
    capture.save(update_fields=["prepared", "wishes"])
    return stored


def _job_of(capture: Capture) -> tuple[str, str] | None:
    """What makes a PDF of it, by its first bytes; None for what is examined as it is."""
    if capture.blob.media_type == PHOTOS:
        return _BOOK, PHOTOS
    if capture.blob.media_type == MAIL:
        refuse_message(existing_blob_path(capture.blob_id).read_bytes())
    with existing_blob_path(capture.blob_id).open("rb") as file:
        media_type = sniff(file.read(LOOKED_AT))
    if capture.channel == "ipp":
        return (_RASTER, media_type) if media_type in (PWG, URF, JPEG) else None
    if media_type in (JPEG, PNG, TIFF):
        return _PICTURES, media_type
    if media_type == XML:
        return "", XML
    if media_type in (UNKNOWN, HEIC):
        raise NotADocument(name=capture.file_name)
    return None


def _refusal(target: str) -> type[PliError]:
    return UnreadablePrint if target == _RASTER else UnreadableImage


def _convert(source: Path, job: str, media_type: str) -> StoredBytes:
    staging = Path(settings.PLI_HOME) / "staging"
    staging.mkdir(parents=True, exist_ok=True)
    # The staging sweep removes what a killed worker leaves under this name.
    target = staging / f"blob-pages-{new_id()}"
    try:
        run_isolated(
            job,
            {"media_type": media_type},
            inputs={"source": source},
            outputs={"target": target},
            limits=LIMITS,
            raises=(UnreadablePrint, UnreadableImage),
        )
        return store_file(target)
    except (SandboxKilled, SandboxFailed) as death:
        reason = _DEATH_LABELS.get(getattr(death, "reason", ""), "sa lecture a été interrompue")
        raise _refusal(job)(reason=reason) from death
    finally:
        target.unlink(missing_ok=True)
