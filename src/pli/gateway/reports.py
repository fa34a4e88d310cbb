"""Delivery reports (RFC 3464): written to a sender who is owed one, and read when a server further on sends one.

A server that knows RFC 3461 is asked to report itself; for one that does not, « relayed » is all that can be said.
"""

from __future__ import annotations

import email.policy
from datetime import datetime, timedelta
from email.message import EmailMessage, Message
from email.utils import format_datetime

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from pli.documents.api import BlobMissing, existing_blob_path
from pli.gateway import events
from pli.gateway.accepting import USEFUL_FOR, Arrival, Target, accept_many
from pli.gateway.mime.heads import LONGEST_HEAD, head_end
from pli.gateway.models import MailRecipient
from pli.gateway.states import Report
from pli.gateway.tracked.sending import note_delivered
from pli.journal.api import record
from pli.kit.clock import Clock

TELL_DELAY_AFTER = timedelta(hours=4)
"""As mail servers do: an hour of greylisting is no news."""
_NEWER: dict[str, tuple[str, ...]] = {
    Report.DELAYED: ("", Report.DELAYED),
    Report.RELAYED: ("", Report.DELAYED),
    Report.EXPANDED: ("", Report.DELAYED, Report.RELAYED),
    Report.DELIVERED: ("", Report.DELAYED, Report.RELAYED, Report.EXPANDED),
}
_SUBJECTS = {
    Report.DELAYED: _("Retard d’acheminement"),
    Report.RELAYED: _("Courriel transmis"),
    Report.DELIVERED: _("Courriel remis"),
}
_SENTENCES = {
    Report.DELAYED: _(
        "Votre courriel n’a pas encore pu être remis à %(address)s. Pli essaie encore : vous n’avez rien à faire."
    ),
    Report.RELAYED: _(
        "Votre courriel à %(address)s a été transmis à un serveur qui ne dit pas ce qu’il en fait ensuite."
    ),
    Report.DELIVERED: _("Votre courriel à %(address)s a été remis."),
}


def wants(recipient: MailRecipient, when: str) -> bool:
    """Whether the sender is to be told of SUCCESS, FAILURE or DELAY; who said nothing wants all but SUCCESS."""
    return when in recipient.notify.split(",") if recipient.notify else when != "SUCCESS"


def note_report(recipient: MailRecipient, report: Report, status: str, *, clock: Clock) -> bool:
    """A server further on says what became of it; an older saying never hides a newer. In the caller's transaction."""
    mine = MailRecipient.objects.filter(id=recipient.id, report__in=_NEWER[report]).exclude(report=report)
    if not mine.update(report=report, reported_at=clock.now()):
        return False
    record(
        events.MAIL_REPORTED, organisation_id=recipient.message.organisation_id,
        subject=("mail", recipient.message_id), actor="system:gateway", clock=clock,
        data={"recipient_id": str(recipient.id), "report": report.value, "status": status},
    )  # fmt: skip
    if report == Report.DELIVERED:
        note_delivered(recipient, status, clock=clock)
    return True


def report_success(recipient: MailRecipient, report: Report, reply: str, *, clock: Clock) -> None:
    """It left for a server that will report nothing itself (RFC 3461 §5.2.2), or came where it was to come.

    In the caller's transaction.
    """
    if wants(recipient, "SUCCESS") and note_report(recipient, report, "2.0.0", clock=clock):
        _write(recipient, report, "2.0.0", reply, clock.now())


def report_delay(recipient: MailRecipient, reply: str, *, clock: Clock) -> None:
    """It has been tried for hours and will be tried again: the sender is told once. In the caller's transaction."""
    begun = recipient.give_up_at - USEFUL_FOR
    if clock.now() < begun + TELL_DELAY_AFTER or not wants(recipient, "DELAY"):
        return
    if note_report(recipient, Report.DELAYED, "4.4.7", clock=clock):
        _write(recipient, Report.DELAYED, "4.4.7", reply, clock.now())


def _write(recipient: MailRecipient, report: Report, status: str, reply: str, at: datetime) -> None:
    """From nobody, so that it is never answered; the same report is the same bytes, which are kept once."""
    message = recipient.message
    if not message.sender or message.account_id is None:
        return
    with translation.override(message.organisation.language):
        content = _compose(recipient, report, status, reply, at)
    needs_utf8 = not message.sender.isascii()
    accept_many([Arrival(message.organisation_id, None, "", (Target(message.sender),), content, needs_utf8=needs_utf8)])


def _compose(recipient: MailRecipient, report: Report, status: str, reply: str, at: datetime) -> bytes:
    message, domain = recipient.message, settings.PLI_SMTP_DOMAIN
    told = EmailMessage(policy=email.policy.SMTP if message.sender.isascii() else email.policy.SMTPUTF8)
    told["From"] = f"MAILER-DAEMON@{domain}"
    told["To"] = message.sender
    told["Date"] = format_datetime(at)
    told["Message-ID"] = f"<{report.value.lower()}.{recipient.id.hex}@{domain}>"
    told["Auto-Submitted"] = "auto-replied"
    told["Subject"] = str(_SUBJECTS[report])
    told["MIME-Version"] = "1.0"
    told["Content-Type"] = 'multipart/report; report-type="delivery-status"'
    told.attach(_text("plain", str(_SENTENCES[report]) % {"address": recipient.address}))
    told.attach(_status(recipient, report, status, reply))
    told.attach(_text("rfc822-headers", _head_of(recipient)))
    told.set_boundary(f"pli-{recipient.id.hex}")
    return told.as_bytes()


def _text(subtype: str, text: str) -> EmailMessage:
    part = EmailMessage(policy=email.policy.SMTP)
    part.set_content(text, subtype=subtype)
    del part["MIME-Version"]
    return part


def _status(recipient: MailRecipient, report: Report, status: str, reply: str) -> EmailMessage:
    message, about, one = recipient.message, Message(), Message()
    if message.envelope_id:
        about["Original-Envelope-Id"] = message.envelope_id
    about["Reporting-MTA"] = f"dns; {settings.PLI_SMTP_DOMAIN}"
    if recipient.original:
        one["Original-Recipient"] = recipient.original
    one["Final-Recipient"] = f"rfc822; {_ascii(recipient.address)}"
    one["Action"], one["Status"] = report.value.lower(), status
    if reply:
        one["Diagnostic-Code"] = f"smtp; {_ascii(reply[:300])}"
    if report == Report.DELAYED:
        one["Will-Retry-Until"] = format_datetime(recipient.give_up_at)
    part = EmailMessage(policy=email.policy.SMTP)
    part["Content-Type"] = "message/delivery-status"
    part.set_payload([about, one])
    return part


def _ascii(said: str) -> str:
    """As RFC 6533 §3 writes what is not ASCII."""
    return "".join(sign if sign.isascii() else f"\\x{{{ord(sign):X}}}" for sign in said)


def _head_of(recipient: MailRecipient) -> str:
    """The fields of the message as its sender wrote them; the server's own disk may have lost them."""
    try:
        with existing_blob_path(recipient.message.blob_id).open("rb") as source:
            head = source.read(LONGEST_HEAD)
    except BlobMissing:
        return ""
    return head[: head_end(head)].decode("utf-8", "replace").replace("\r\n", "\n")
