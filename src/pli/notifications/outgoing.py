"""A kept message made ready to leave: its secrets put back, its layout drawn."""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings

from pli.kit.clock import Clock
from pli.notifications.attachments import attached_file, logo_of
from pli.notifications.catalogue import KINDS
from pli.notifications.layout import Look, mail_html
from pli.notifications.merge import Segment, as_text
from pli.notifications.models import Channel, Message
from pli.notifications.plugs import OutgoingEmail, OutgoingSms
from pli.notifications.secret_values import reveal_secrets
from pli.notifications.sms import BadSenderName, sender_name
from pli.parties.api import Organisation


def segments_of(message: Message) -> tuple[Segment, ...]:
    """The body of a kept message."""
    return tuple(Segment(kind, value) for kind, value in message.body)


def look_of(organisation: Organisation, *, template: str, language: str, logo: str = "") -> Look:
    """How an organisation's mails of one kind look."""
    kind = KINDS.get(template)
    button = kind.button(language) if kind else ""
    return Look(organisation.name, organisation.colour, language, button, logo)


def html_of(message: Message, secrets: Mapping[str, str] | None, *, logo: str = "") -> str:
    """The HTML body of a kept message; secrets masked when they are not given."""
    look = look_of(message.organisation, template=message.template, language=message.language, logo=logo)
    return mail_html(segments_of(message), secrets, look, title=message.title)


def outgoing_of(message: Message, *, clock: Clock) -> OutgoingEmail | OutgoingSms:
    """What the gateway is given.

    :raises SecretLost: when its links or codes can't be read any more.
    :raises PlugError: when an attached file can't be read for now.
    """
    secrets = reveal_secrets(message)
    text = as_text(segments_of(message), secrets)
    if message.channel == Channel.SMS:
        return OutgoingSms(message.message_id, message.to_address, sms_sender(message.organisation), text)
    logo = logo_of(message.organisation)
    return OutgoingEmail(
        message_id=message.message_id,
        sender_name=message.sender_name,
        sender_address=settings.PLI_MAIL_FROM,
        reply_to=message.reply_to,
        to_name=message.to_name,
        to_address=message.to_address,
        subject=message.title,
        text=text,
        html=html_of(message, secrets, logo="cid:logo" if logo else ""),
        language=message.language,
        written_at=clock.now(),
        attachments=tuple(attached_file(kept) for kept in message.attachments),
        logo=logo,
    )


def sms_sender(organisation: Organisation) -> str:
    """The sender name: the installation's (operators want it registered), else the organisation's, else « Pli »."""
    try:
        return settings.PLI_SMS_SENDER or sender_name(organisation.name)
    except BadSenderName:
        return "Pli"
