"""Archive's jobs."""

from __future__ import annotations

from procrastinate.contrib.django import app

from pli.archive.services import rehash_blobs


@app.periodic(cron="15 * * * *", periodic_id="archive.rehash")
@app.task(queue="archive", name="archive.rehash", queueing_lock="archive.rehash")
def rehash(timestamp: int) -> None:
    """Re-read a share of what is kept."""
    rehash_blobs()
