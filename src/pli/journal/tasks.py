"""Jobs of the journal."""

from __future__ import annotations

from procrastinate.contrib.django import app

from pli.journal import anchors, chain, dispatch
from pli.kit.retry import RETRY


@app.task(name=dispatch.TASK, retry=RETRY)
def dispatch_events(event_ids: list[str]) -> None:
    """Bring events to their handlers."""
    dispatch.dispatch_events(event_ids)


@app.periodic(cron="* * * * * */15")
@app.task(name="journal.sweep-outbox", queue="sweeps", queueing_lock="journal.sweep-outbox")
def sweep_outbox(timestamp: int) -> None:
    """Find what was lost or failed on its way to a handler."""
    dispatch.sweep_outbox()


@app.periodic(cron="* * * * * */5")
@app.task(name="journal.chain", queue="sweeps", queueing_lock="journal.chain")
def chain_waiting(timestamp: int) -> None:
    """Give the events recorded since the last time their place in the chain."""
    chain.chain_all()


@app.periodic(cron="*/2 * * * *")
@app.task(name="journal.anchor", queue="sweeps", queueing_lock="journal.anchor")
def anchor(timestamp: int) -> None:
    """Make the day's anchors, and ask again for the tokens that are missing."""
    anchors.anchor_due()
