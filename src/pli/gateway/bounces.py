"""What comes back: an envelope of our own says which recipient it is about, flufl.bounce and RFC 3464 say why."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from uuid import UUID

from django.conf import settings
from django.db import transaction

from pli.documents.api import existing_blob_path
from pli.gateway import events
from pli.gateway.mime.heads import plain
from pli.gateway.models import MailMessage, MailRecipient
from pli.gateway.queueing import relay_later
from pli.gateway.reports import note_report, wants
from pli.gateway.sealing import bounce_code
from pli.gateway.states import RELAY, RelayState, Report
from pli.gateway.telling import tell_undelivered
from pli.gateway.tracked.sending import note_undelivered
from pli.journal.api import record
from pli.kit.clock import Clock
from pli.kit.ids import same_secret

LARGEST_BOUNCE = 2 << 20
_ADDRESS = re.compile(r"retour\+([0-9a-f]{32})\.([0-9a-f]{16})@(.+)", re.IGNORECASE)


@dataclass(frozen=True)
class Returned:
    """What a bounce says. ``is_final``: it will not be tried again out there."""

    is_final: bool
    status: str = ""
    reason: str = ""
    report: Report | None = None
    """What it says of a message that did not fail."""


def return_path(message: MailMessage, recipient: MailRecipient) -> str:
    """The envelope's sender: the message's own, or an address here that knows its recipient (PLI_SMTP_BOUNCES)."""
    if not settings.PLI_SMTP_BOUNCES or not message.sender:
        return message.sender
    return f"retour+{recipient.id.hex}.{bounce_code(recipient.id)}@{settings.PLI_SMTP_DOMAIN}"


def is_bounce_address(address: str) -> bool:
    """Whether ``return_path`` made it."""
    return _recipient_of(address) is not None


def organisation_of_bounce(address: str) -> UUID | None:
    """Whose message a bounce to this address is about; None when it is about none of ours."""
    recipient_id = _recipient_of(address)
    if recipient_id is None:
        return None
    return MailRecipient.objects.filter(id=recipient_id).values_list("message__organisation_id", flat=True).first()


def _recipient_of(address: str) -> UUID | None:
    match = _ADDRESS.fullmatch(address)
    if match is None or match.group(3).lower() != settings.PLI_SMTP_DOMAIN.lower():
        return None
    recipient_id = UUID(match.group(1))
    return recipient_id if same_secret(bounce_code(recipient_id), match.group(2).lower()) else None


def note_bounce(bounce: MailMessage, own: MailRecipient, *, clock: Clock) -> None:
    """Read a bounce that came to ``own``, show it on the sender's board, and hand it on to the sender as it is."""
    recipient_id = _recipient_of(own.address)
    about = MailRecipient.objects.select_related("message__organisation", "message__account__member__account")
    found = about.filter(id=recipient_id).first() if recipient_id else None
    told = read_bounce(existing_blob_path(bounce.blob_id).read_bytes()[:LARGEST_BOUNCE])
    with transaction.atomic():
        MailRecipient.objects.filter(id=own.id, state=RelayState.QUEUED).update(
            state=RelayState.RELAYED, relayed_at=clock.now(), provider="pli"
        )
        if found is None:
            return
        if told.is_final:
            _record(found, told, clock)
        elif told.report:
            note_report(found, told.report, told.status, clock=clock)
        _hand_on(bounce, found.message.sender, clock)


def _record(found: MailRecipient, told: Returned, clock: Clock) -> None:
    moved = MailRecipient.objects.filter(id=found.id, state__in=RELAY.sources("bounce")).update(
        state=RelayState.BOUNCED, reason=told.reason[:400], sealed_link=None
    )
    if moved:
        found.refresh_from_db()
        record(
            events.MAIL_BOUNCED, organisation_id=found.message.organisation_id, subject=("mail", found.message_id),
            actor="system:gateway", clock=clock,
            data={"recipient_id": str(found.id), "status": told.status, "reason": told.reason[:400]},
        )  # fmt: skip
        note_undelivered(found.message, found, told.reason, clock=clock)
        if wants(found, "FAILURE"):
            tell_undelivered(found, told.reason, clock=clock)


def _hand_on(bounce: MailMessage, address: str, clock: Clock) -> None:
    """The sender's own mailbox gets the bounce too, from nobody: a bounce of it is answered to no one."""
    from pli.gateway.accepting import USEFUL_FOR

    MailMessage.objects.filter(id=bounce.id).update(sender="")
    MailRecipient.objects.get_or_create(
        message=bounce, position=1000,
        defaults={
            "address": address, "state": RelayState.QUEUED, "next_try_at": clock.now(),
            "give_up_at": clock.now() + USEFUL_FOR,
        },
    )  # fmt: skip
    relay_later([bounce.id])


def read_bounce(content: bytes) -> Returned:
    """What a message that came back says. Anything may come: what is no bounce is not final."""
    message = email.message_from_bytes(content, policy=email.policy.compat32)
    blocks = list(_status_blocks(message))
    final = next((block for block in blocks if plain(block.get("Action", "")).lower() == "failed"), None)
    if final is not None:
        status = plain(final.get("Status", ""))[:20]
        said = plain(final.get("Diagnostic-Code", "")).partition(";")[2].strip() or status
        return Returned(is_final=True, status=status, reason=said[:400] or "le serveur du destinataire l’a refusé")
    for block in blocks:
        action = plain(block.get("Action", "")).upper()
        if action in Report:
            return Returned(is_final=False, status=plain(block.get("Status", ""))[:20], report=Report(action))
    if blocks:
        return Returned(is_final=False)
    return Returned(is_final=_is_condemned(message), reason="le serveur du destinataire l’a refusé")


def _status_blocks(message: Message) -> Iterator[Message]:
    """The recipients' blocks of a delivery status (RFC 3464 §2.3)."""
    try:
        for part in message.walk():
            if part.get_content_type() == "message/delivery-status":
                inside = part.get_payload()
                blocks = inside if isinstance(inside, list) else []
                yield from (block for block in blocks if isinstance(block, Message) and "Action" in block)
    except (RecursionError, ValueError, LookupError):
        return


def _is_condemned(message: Message) -> bool:
    """What the many programs that follow no norm mean."""
    from flufl.bounce import all_failures

    try:
        _temporary, permanent = all_failures(message)
    except Exception:  # noqa: BLE001 - forty detectors over mail that anybody wrote: what breaks them is no bounce
        return False
    return bool(permanent)
