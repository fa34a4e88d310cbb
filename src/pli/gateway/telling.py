"""Answers to the sender: what their message could not do, whom it did not reach."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from pli.gateway.models import MailMessage, MailRecipient
from pli.gateway.tracked.models import TrackedSending
from pli.gateway.tracked.states import TrackedState
from pli.kit.clock import PARIS, Clock
from pli.kit.errors import PliError, fill_sentence
from pli.notifications.api import Channel, Recipient, send_notice


def tell_refused(message: MailMessage, error: PliError, *, clock: Clock) -> None:
    """What the subject asked could not be done, and why. In the caller's transaction."""
    with translation.override(message.organisation.language):
        sentences = (error.message, error.kept or "Rien n’est parti vers vos destinataires.", error.remedy)
        reason = " ".join(filter(None, (fill_sentence(one, error.details, _) for one in sentences)))
    _send(message, "gateway.refused", reason, "", f"gateway.refused:{message.id}", clock)


def tell_undelivered(recipient: MailRecipient, reason: str, *, clock: Clock) -> None:
    """A recipient who will not get the message, and what the server said. In the caller's transaction."""
    key = f"gateway.undelivered:{recipient.id}:{recipient.state}"
    _send(recipient.message, "gateway.undelivered", reason, recipient.address, key, clock)


def _send(message: MailMessage, template: str, reason: str, address: str, key: str, clock: Clock) -> None:
    account = message.account
    if account is None or not message.sender:
        # A device, or a message that asked never to be answered (RFC 5321 §4.5.5).
        return
    owner = account.member.account
    with translation.override(message.organisation.language):
        subject = message.subject or _("(sans objet)")
    send_notice(
        organisation_id=message.organisation_id,
        template=template,
        channel=Channel.EMAIL,
        to=Recipient(owner.name or owner.email, message.sender, message.organisation.language),
        fields={
            "expéditeur": message.organisation.name,
            "document": subject,
            "motif": reason,
            "message": address,
            "lien": f"{settings.PLI_BASE_URL}/office/mail/{message.id}/",
        },
        subject=("mail", message.id),
        dedupe_key=key,
        clock=clock,
    )


def tell_mobiles_wanted(message: MailMessage, names: str, link: str, until: datetime, *, clock: Clock) -> None:
    """Whose numbers are missing, and where to give them. In the caller's transaction.

    A sender who wrote as nobody (RFC 5321 §4.5.5) is written to at their account's own address.
    """
    account = message.account
    if account is None:
        return
    owner = account.member.account
    language = message.organisation.language
    with translation.override(language):
        subject = message.subject or _("(sans objet)")
    send_notice(
        organisation_id=message.organisation_id,
        template="gateway.mobiles",
        channel=Channel.EMAIL,
        to=Recipient(owner.name or owner.email, message.sender or owner.email, language),
        fields={
            "expéditeur": message.organisation.name,
            "document": subject,
            "message": names,
            "date_limite": f"{until.astimezone(PARIS):%d/%m/%Y %H:%M}",
        },
        secrets={"lien": link},
        subject=("mail", message.id),
        dedupe_key=f"gateway.mobiles:{message.id}",
        clock=clock,
    )


def tell_tracked(sending: TrackedSending, *, clock: Clock) -> None:
    """What a recipient answered, or that they did not. In the caller's transaction."""
    recipient = sending.recipient
    with translation.override(recipient.message.organisation.language):
        said = str(TrackedState(sending.state).label)
    key = f"gateway.tracked:{sending.id}:{sending.state}"
    _send(recipient.message, "gateway.tracked", said, recipient.address, key, clock)
