"""The PDF of a capture that came as something else: made once, in the sandbox, beside what came."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from pli.capture.errors import UnreadablePrint
from pli.capture.models import Capture
from pli.documents.api import StoredBytes, existing_blob_path, keep_blob, store_file
from pli.kit.ids import new_id
from pli.kit.sandbox import JobLimits, SandboxFailed, SandboxKilled, run_isolated

PREPARED = ("image/pwg-raster", "image/urf", "image/jpeg")
# Lines of a raster are unpacked in Python: about a second of CPU for a dense page of A4 in colour at 300 dpi.
_LIMITS = JobLimits(wall_seconds=300, cpu_seconds=240, file_bytes=1 << 30)


def prepare_pdf(capture: Capture) -> StoredBytes:
    """The bytes to examine: the capture's own when they are a PDF, else the PDF made from them. Safe to repeat.

    :raises UnreadablePrint: when no page can be made of it; :raises UnableToStore: when the disk refuses.
    """
    if capture.blob.media_type not in PREPARED:
        return StoredBytes(capture.blob_id, capture.blob.size)
    if capture.prepared is not None:
        return StoredBytes(capture.prepared.sha256, capture.prepared.size)
    stored = _convert(existing_blob_path(capture.blob_id), capture.blob.media_type)
    capture.prepared = keep_blob(stored, "application/pdf")
    capture.save(update_fields=["prepared"])
    return stored


def _convert(source: Path, media_type: str) -> StoredBytes:
    staging = Path(settings.PLI_HOME) / "staging"
    staging.mkdir(parents=True, exist_ok=True)
    # The staging sweep removes what a killed worker leaves under this name.
    target = staging / f"blob-pages-{new_id()}"
    try:
        run_isolated(
            "pli.capture.channels.ipp.raster:convert",
            {"media_type": media_type},
            inputs={"source": source},
            outputs={"target": target},
            limits=_LIMITS,
            raises=(UnreadablePrint,),
        )
        return store_file(target)
    except (SandboxKilled, SandboxFailed) as death:
        raise UnreadablePrint(reason="sa lecture a été interrompue") from death
    finally:
        target.unlink(missing_ok=True)
