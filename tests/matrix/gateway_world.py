"""What Alice sent through the gateway that its readers answer."""

from __future__ import annotations

from datetime import timedelta

from pli.gateway.accepting import Arrival, Target, accept_many
from pli.gateway.api import AskState, MailMessage, MobileAsk, own_account
from pli.gateway.relaying import relay_message
from pli.gateway.sealing import open_links
from pli.kit.clock import SYSTEM_CLOCK
from pli.kit.ids import digest_token, new_token
from tests.support.people import House
from tests.support.queue import RunJobs


def tracked_places(house: House, run_jobs: RunJobs) -> dict[str, dict[str, str]]:
    """A tracked sending that stayed on this machine: the values of its addresses, by route."""
    account = own_account(house.alice)
    content = b"Subject: *SUIVI Avis\r\nContent-Type: application/zip; name=b.zip\r\n\r\nPK\r\n"
    target = Target("julie@client.example")
    arrival = Arrival(
        house.organisation.id, account.id if account else None, "alice@mercier.example", (target,), content, tag="SUIVI"
    )
    [mail_id] = accept_many([arrival])
    run_jobs()
    relay_message(mail_id)
    run_jobs()
    row = MailMessage.objects.get(id=mail_id).recipients.get()
    proof = str(row.tracked.proofs.get().id)
    values = {
        "token": open_links(row)[0].rstrip("/").rpartition("/")[2],
        "file_id": str(row.message.files.get().id),
        "proof_id": proof,
    }
    token = new_token()
    MobileAsk.objects.create(
        message=_asked_about(house), state=AskState.OPEN, token_sha256=digest_token(token), people=[],
        asked_at=SYSTEM_CLOCK.now(), expires_at=SYSTEM_CLOCK.now() + timedelta(days=1),
    )  # fmt: skip
    names = ("show", "receive", "decline", "fetch", "message", "proof")
    return {f"tracked:{name}": values for name in names} | {
        "mails:archive": {"mail_id": str(mail_id), "sending_id": str(row.tracked.id)},
        "mails:proof": {"mail_id": str(mail_id), "proof_id": proof},
        "mobiles:ask": {"token": token},
    }


def _asked_about(house: House) -> MailMessage:
    """A message that waits for its sender's answer."""
    account = own_account(house.alice)
    target = Target("julie@client.example")
    arrival = Arrival(
        house.organisation.id, account.id if account else None, "alice@mercier.example", (target,),
        b"Subject: *SIGN Devis\r\n\r\n", tag="SIGN",
    )  # fmt: skip
    [mail_id] = accept_many([arrival])
    MailMessage.objects.filter(id=mail_id).update(not_before=SYSTEM_CLOCK.now() + timedelta(days=1))
    return MailMessage.objects.get(id=mail_id)
