"""The API's jobs."""

from __future__ import annotations

from uuid import UUID

from procrastinate.contrib.django import app

from pli.api.idempotency import forget_old_answers
from pli.api.webhooks.sending import deliver, sweep_webhooks
from pli.kit.retry import RETRY


@app.task(queue="webhooks", name="api.deliver-webhook", retry=RETRY)
def deliver_webhook(delivery_id: str) -> None:
    """Try once to hand a message to an endpoint."""
    deliver(UUID(delivery_id))


@app.periodic(cron="* * * * *", periodic_id="api.webhooks")
@app.task(queue="webhooks", name="api.sweep-webhooks", queueing_lock="api.sweep-webhooks")
def sweep(timestamp: int) -> None:
    """Take up again the messages whose job was lost."""
    sweep_webhooks()


@app.periodic(cron="25 * * * *", periodic_id="api.idempotency")
@app.task(queue="webhooks", name="api.forget-answers", queueing_lock="api.forget-answers")
def forget(timestamp: int) -> None:
    """Forget the answers kept for idempotency after a week."""
    forget_old_answers()
