"""Writing a message, withdrawing it, sending it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parseaddr
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from email_validator import EmailNotValidError, validate_email

from pli.journal.api import Happening, record, record_many
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.ids import new_id
from pli.kit.transitions import UnableToMove
from pli.notifications.attachments import AttachmentRef, fit_in_a_mail
from pli.notifications.catalogue import LANGUAGES, TEN_MINUTES, NoticeKind, kind_of
from pli.notifications.compose import Composed, compose, values_for, wording_of
from pli.notifications.errors import UnableToResend
from pli.notifications.events import MESSAGE_RESENT
from pli.notifications.hold import hold_until_commit
from pli.notifications.merge import canonical, clean_value
from pli.notifications.models import Channel, Message, MessageSecret, MessageState
from pli.notifications.scheduling import schedule_all, schedule_sending
from pli.notifications.secret_values import has_secrets, keep_secrets, wipe_secrets
from pli.notifications.sending import ACTOR, tell
from pli.notifications.states import MESSAGE
from pli.parties.api import Organisation

# How long after giving up a link may still be sent again by hand; a code that old is of no use.
SECOND_CHANCE = timedelta(days=7)
BAD_EMAIL = "l’adresse e-mail n’est pas valable"
BAD_MOBILE = "le numéro de mobile n’est pas valable (attendu : +33 6 12 34 56 78)"
TOO_HEAVY = "les pièces jointes dépassent 15 Mo : aucun serveur ne les accepterait"


@dataclass(frozen=True)
class Recipient:
    """Whom a message goes to: an e-mail address, or a mobile number in E.164."""

    name: str
    address: str
    language: str = field(default="fr")


def send_notice(
    *,
    organisation_id: UUID,
    template: str,
    channel: str,
    to: Recipient,
    fields: Mapping[str, str],
    secrets: Mapping[str, str] | None = None,
    attachments: Sequence[AttachmentRef] = (),
    subject: tuple[str, UUID],
    dedupe_key: str,
    reply_to: str = "",
    clock: Clock = SYSTEM_CLOCK,
) -> Message:
    """Word a message and queue it, in the caller's transaction: it leaves when that commits, never otherwise.

    The same ``dedupe_key`` in the same organisation gives back the message that is already there. ``secrets`` (links,
    codes) are encrypted apart and erased once they have left. An address no server would take makes a message in
    state FAILED with its reason, so that one bad address never undoes the caller's work.

    :raises ValueError: for an error of the caller (unknown template, no such wording, a needed field missing, no
        transaction).
    """
    if not transaction.get_connection().in_atomic_block:
        raise ValueError("a message is written in the transaction of what it tells of")
    kind, known = kind_of(template), Message.objects.filter(organisation_id=organisation_id, dedupe_key=dedupe_key)
    if already := known.first():
        return already
    hidden = {canonical(name): str(value) for name, value in (secrets or {}).items()}
    language = to.language if to.language in LANGUAGES else "fr"
    organisation = Organisation.objects.get(id=organisation_id)
    name = clean_value(to.name)
    values = values_for(fields, organisation=organisation, to_name=name, language=language, clock=clock)
    wording = wording_of(organisation_id, template, channel, language)
    composed = compose(kind, wording, channel=channel, values=values, secrets=hidden)
    address, reason = _checked_address(channel, to.address)
    if not reason and channel == Channel.EMAIL and not fit_in_a_mail(list(attachments)):
        reason = TOO_HEAVY
    row: dict[str, Any] = {
        "organisation": organisation, "template": template, "channel": channel, "language": language,
        "subject_type": subject[0], "subject_id": subject[1], "dedupe_key": dedupe_key,
        "to_name": name, "to_address": address, "reply_to": _reply_to(reply_to or organisation.contact_email),
        "sender_name": values["societe"], "secret_names": sorted(hidden),
        "attachments": [a.as_json() for a in attachments] if channel == Channel.EMAIL else [],
    }  # fmt: skip
    try:
        with transaction.atomic():
            return _write(kind, row, composed, hidden, reason=reason, clock=clock)
    except IntegrityError:
        return known.get()


def _write(
    kind: NoticeKind,
    row: Mapping[str, Any],
    composed: Composed,
    hidden: Mapping[str, str],
    *,
    reason: str,
    clock: Clock,
) -> Message:
    now, identity = clock.now(), new_id()
    message = Message.objects.create(
        id=identity, message_id=_message_id(identity), title=composed.title,
        body=[[s.kind, s.value] for s in composed.body], text_sha256=composed.text_sha256, segments=composed.segments,
        created_at=now, next_try_at=now, give_up_at=now + kind.useful_for, reason=reason,
        state=MessageState.FAILED if reason else MessageState.WAITING, **row,
    )  # fmt: skip
    if reason:
        tell(message, clock)
        return message
    chance = timedelta(0) if kind.useful_for <= TEN_MINUTES else SECOND_CHANCE
    keep_secrets(message, hidden, expires_at=message.give_up_at + chance)
    schedule_sending(message.id)
    return message


def _message_id(identity: UUID) -> str:
    """RFC 5322 §3.6.4: unique, and the same however often the message is tried."""
    domain = settings.PLI_MAIL_FROM.rpartition("@")[2] or "pli.invalid"
    return f"<{identity}@{domain}>"


def _checked_address(channel: str, address: str) -> tuple[str, str]:
    """The address as a provider wants it, and why it can't be used (empty when it can)."""
    if channel == Channel.SMS:
        import phonenumbers

        try:
            number = phonenumbers.parse(address, "FR")
        except phonenumbers.NumberParseException:
            return clean_value(address), BAD_MOBILE
        if not phonenumbers.is_valid_number(number):
            return clean_value(address), BAD_MOBILE
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), ""
    try:
        return validate_email(address, check_deliverability=False, test_environment=True).normalized, ""
    except EmailNotValidError:
        return clean_value(address), BAD_EMAIL


def _reply_to(address: str) -> str:
    try:
        return validate_email(parseaddr(address)[1], check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError:
        return ""


def cancel_messages_about(subject: tuple[str, UUID], *, actor: str = ACTOR, clock: Clock = SYSTEM_CLOCK) -> int:
    """Withdraw every message about ``subject`` that has not left; gives how many were.

    One that is leaving this very instant can't be called back: it is withdrawn only if this try fails.
    """
    waiting = Message.objects.filter(
        subject_type=subject[0], subject_id=subject[1], state__in=MESSAGE.sources("cancel")
    ).order_by("id")
    with transaction.atomic():
        return sum(cancel_message(message, actor=actor, clock=clock) for message in waiting)


def cancel_message(message: Message, *, actor: str, clock: Clock = SYSTEM_CLOCK) -> bool:
    """Withdraw one message that has not left; False when it has, or is leaving this instant."""
    with transaction.atomic():
        if not hold_until_commit(message.id):
            Message.objects.filter(id=message.id, state=MessageState.WAITING).update(cancel_asked_at=clock.now())
            return False
        cancellable = Message.objects.filter(id=message.id, state__in=MESSAGE.sources("cancel"))
        if not cancellable.update(state=MessageState.CANCELLED, claim=None, reason=""):
            return False
        message.refresh_from_db()
        wipe_secrets(message.id)
        tell(message, clock, actor=actor)
        return True


def resend_message(message: Message, *, actor: str, clock: Clock = SYSTEM_CLOCK) -> Message:
    """Send a message again at a person's wish; gives the message that will leave.

    One that failed is tried again under the same Message-ID. One that was sent leaves anew as a copy, unless it
    carried a link or a code: those are erased, and only the room that made them can make others.

    :raises UnableToResend: when its link or code is gone.
    :raises UnableToMove: when it is waiting or was cancelled, or a copy of it is still waiting.
    """
    with transaction.atomic():
        message = Message.objects.select_for_update(of=("self",)).get(id=message.id)
        if message.state == MessageState.SENT:
            return _send_copy(message, clock)
        _try_anew(message, clock.now())
        if not has_secrets(message):
            raise UnableToResend
        message.save()
        MessageSecret.objects.filter(message=message).update(expires_at=message.give_up_at + SECOND_CHANCE)
        record(
            MESSAGE_RESENT, organisation_id=message.organisation_id, actor=actor, clock=clock,
            subject=(message.subject_type, message.subject_id), data={"message_id": str(message.id)},
        )  # fmt: skip
        schedule_sending(message.id)
        return message


@transaction.atomic
def resend_failed(messages: Sequence[Message], *, actor: str, clock: Clock = SYSTEM_CLOCK) -> set[UUID]:
    """As :func:`resend_message` of each of these that failed, in as many statements for a hundred as for one; gives
    those that will leave. One that did not fail, or whose link or code is gone, is left."""
    wanted = Message.objects.filter(id__in=[one.id for one in messages], state=MessageState.FAILED)
    failed = list(wanted.order_by("id").select_for_update(of=("self",)))
    kept = set(MessageSecret.objects.filter(message__in=failed).values_list("message_id", flat=True))
    leaving = [one for one in failed if one.id in kept or not one.secret_names]
    now, by_end = clock.now(), dict[datetime, list[UUID]]()
    for one in leaving:
        _try_anew(one, now)
        by_end.setdefault(one.give_up_at, []).append(one.id)
    Message.objects.bulk_update(leaving, _TRIED_ANEW)
    for end, ids in by_end.items():
        MessageSecret.objects.filter(message__in=ids).update(expires_at=end + SECOND_CHANCE)
    if leaving:
        record_many([_resent(one, actor) for one in leaving], clock=clock)
        schedule_all([one.id for one in leaving])
    return {one.id for one in leaving}


_TRIED_ANEW = ("state", "reason", "next_try_at", "give_up_at", "tries", "cancel_asked_at")


def _try_anew(message: Message, now: datetime) -> None:
    message.state, message.reason = MessageState(MESSAGE.next_state(message.state, "retry")), ""
    message.next_try_at, message.give_up_at = now, now + kind_of(message.template).useful_for
    message.tries, message.cancel_asked_at = 0, None


def _resent(message: Message, actor: str) -> Happening:
    subject = (message.subject_type, message.subject_id)
    return Happening(MESSAGE_RESENT, message.organisation_id, subject, actor, {"message_id": str(message.id)})


def _send_copy(message: Message, clock: Clock) -> Message:
    if message.secret_names:
        raise UnableToResend
    copies = Message.objects.filter(resend_of=message)
    if copies.filter(state=MessageState.WAITING).exists():
        raise UnableToMove(state=MessageState.WAITING)
    now, identity = clock.now(), new_id()
    original = message.id
    message.pk, message._state.adding = identity, True
    message.resend_of_id, message.message_id = original, _message_id(identity)
    message.dedupe_key = f"resend:{original}:{copies.count() + 1}"
    message.state, message.tries, message.sent_at = MessageState.WAITING, 0, None
    message.provider = message.provider_id = message.server_reply = message.reason = ""
    message.created_at = message.next_try_at = now
    message.give_up_at = now + kind_of(message.template).useful_for
    message.save(force_insert=True)
    schedule_sending(message.id)
    return message
