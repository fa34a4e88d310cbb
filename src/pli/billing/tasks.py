"""Billing's jobs."""

from __future__ import annotations

from procrastinate.contrib.django import app

from pli.billing.invoices import issue_due_invoices


@app.periodic(cron="20 5 * * *", periodic_id="billing.invoice")
@app.task(queue="billing", name="billing.invoice", queueing_lock="billing.invoice")
def invoice(timestamp: int) -> None:
    """Invoice the month that ended, wherever it was not done yet."""
    issue_due_invoices()
