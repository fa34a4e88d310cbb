"""Jobs of the notifications room."""

from __future__ import annotations

from uuid import UUID

from procrastinate.contrib.django import app

from pli.kit.retry import RETRY
from pli.notifications.scheduling import QUEUE, SEND_TASK


@app.task(name=SEND_TASK, queue=QUEUE, retry=RETRY)
def send_message(message_id: str) -> None:
    """Try to send one message; does nothing when it has left, was cancelled or is in another worker's hands."""
    from pli.notifications.sending import deliver

    deliver(UUID(message_id))


@app.periodic(cron="* * * * *")
@app.task(name="pli.notifications.sweep", queue=QUEUE, queueing_lock="pli.notifications.sweep", pass_context=False)
def sweep(timestamp: int) -> None:
    """Take up messages whose job was lost, give up those past their use, erase expired links and codes."""
    from pli.notifications.sending import sweep_messages

    sweep_messages()
