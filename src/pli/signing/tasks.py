"""Signing's jobs: each a few lines that call a service."""

from __future__ import annotations

from uuid import UUID

from procrastinate.contrib.django import app

from pli.kit.clock import SYSTEM_CLOCK
from pli.kit.retry import RETRY
from pli.signing.closing import due_expiries, expire_ceremony
from pli.signing.in_person import due_in_person, end_in_person
from pli.signing.invitations import due_reminders, remind_signer
from pli.signing.own_signing import seal_own_signature
from pli.signing.prepared.held import go_on, held_organisations
from pli.signing.prepared.list_job import run_list
from pli.signing.renewals import renew_evidence
from pli.signing.resuming import stuck_ceremonies
from pli.signing.sealing import seal_ceremony


@app.task(queue="signing", name="signing.seal", retry=RETRY)
def seal(ceremony_id: str) -> None:
    """Seal what is signed in a ceremony and bring it as far as it can go."""
    seal_ceremony(UUID(ceremony_id))


@app.periodic(cron="* * * * *", periodic_id="signing.deadlines")
@app.task(queue="signing", name="signing.deadlines", queueing_lock="signing.deadlines")
def watch_deadlines(timestamp: int) -> None:
    """End what is past its deadline, remind who is late, take up again whatever stopped halfway."""
    for ceremony_id in due_expiries(SYSTEM_CLOCK):
        expire_ceremony(ceremony_id)
    for signer_id in due_reminders(SYSTEM_CLOCK):
        remind_signer(signer_id, by="reminder")
    for signer_id in due_in_person(SYSTEM_CLOCK):
        end_in_person(signer_id)
    for ceremony_id in stuck_ceremonies(SYSTEM_CLOCK):
        seal.configure(lock=f"ceremony:{ceremony_id}").defer(ceremony_id=str(ceremony_id))
    for organisation_id in held_organisations():
        go_on(organisation_id)


@app.task(queue="signing", name="signing.send_list", retry=RETRY)
def send_list(list_id: str) -> None:
    """Send the rows of a confirmed list."""
    run_list(UUID(list_id))


@app.periodic(cron="35 * * * *", periodic_id="signing.renewals")
@app.task(queue="signing", name="signing.renewals", queueing_lock="signing.renewals")
def renew_timestamps(timestamp: int) -> None:
    """Give a new timestamp to the proofs whose own ends within half a year."""
    renew_evidence()


@app.task(queue="signing", name="signing.own_signature", retry=RETRY)
def seal_own(signature_id: str) -> None:
    """Put the signature of a member's own key into its document."""
    seal_own_signature(UUID(signature_id))
