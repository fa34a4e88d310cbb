"""Jobs of the gateway."""

from __future__ import annotations

from uuid import UUID

from procrastinate.contrib.django import app

from pli.gateway.queueing import HANDLE_TASK, PROVE_TASK, QUEUE, RELAY_TASK
from pli.kit.clock import SYSTEM_CLOCK
from pli.kit.retry import RETRY


@app.task(name=HANDLE_TASK, queue=QUEUE, retry=RETRY)
def handle(message_id: str) -> None:
    """Obey one message's tag; does nothing when that is done."""
    from pli.gateway.handling import handle_message

    handle_message(UUID(message_id))


@app.task(name=RELAY_TASK, queue=QUEUE, retry=RETRY)
def relay(message_id: str) -> None:
    """Send one message to those of its recipients who are due."""
    from pli.gateway.relaying import relay_message

    relay_message(UUID(message_id))


@app.task(name=PROVE_TASK, queue=QUEUE, retry=RETRY)
def prove(sending_id: str, kind: str) -> None:
    """Make one proof of a tracked sending; does nothing when it is there."""
    from pli.gateway.tracked.proofs import make_proof

    make_proof(UUID(sending_id), kind)


@app.periodic(cron="*/10 * * * *", periodic_id="pli.gateway.tracked")
@app.task(name="pli.gateway.tracked", queue=QUEUE, queueing_lock="pli.gateway.tracked")
def watch_tracked(timestamp: int) -> None:
    """Close tracked sendings whose last day has passed; ask again for proofs that a lost job left out."""
    from pli.gateway.tracked.proofs import ask_missing_proofs, keep_earlier_proving
    from pli.gateway.tracked.sending import expire_tracked

    expire_tracked(clock=SYSTEM_CLOCK)
    ask_missing_proofs()
    keep_earlier_proving()


@app.periodic(cron="* * * * *", periodic_id="pli.gateway.sweep")
@app.task(name="pli.gateway.sweep", queue=QUEUE, queueing_lock="pli.gateway.sweep")
def sweep(timestamp: int) -> None:
    """Take up what a lost job left behind; erase links that expired or that a real mail server leaves no use for."""
    from pli.gateway.relaying import sweep_mail

    sweep_mail()
