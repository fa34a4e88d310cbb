"""Documents' jobs."""

from __future__ import annotations

import time
from uuid import UUID

from procrastinate.contrib.django import app

from pli.documents.blobs import sweep_staging
from pli.documents.images import prune_page_images
from pli.documents.reading import read_document
from pli.kit.retry import RETRY


@app.task(queue="documents", name="documents.read", retry=RETRY)
def read(document_id: str) -> None:
    """Read the text of one document."""
    read_document(UUID(document_id))


@app.periodic(cron="40 * * * *", periodic_id="documents.staging")
@app.task(queue="documents", name="documents.staging", queueing_lock="documents.staging")
def clean_staging(timestamp: int) -> None:
    """Remove what killed writers left half-written more than a day ago, and page images nobody looks at."""
    sweep_staging(older_than_seconds=86_400, now=time.time())
    prune_page_images()
