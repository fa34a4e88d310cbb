"""What « État du système » says of messages: can they leave, and are they leaving."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.errors import PlugError, fill_sentence
from pli.notifications.models import Channel, Message, MessageState
from pli.notifications.routing import gateway_for, is_local
from pli.notifications.secret_values import key_path
from pli.notifications.sms import BadSenderName, check_sender_name

CheckState = Literal["ok", "warning", "error"]
_LATE = timedelta(minutes=15)


@dataclass(frozen=True)
class Check:
    """One line of « État du système »: what was found, and what to do about it (empty when all is well)."""

    name: str
    state: CheckState
    sentence: str
    cure: str = ""


def check_mail() -> Check:
    """Whether e-mails can leave: the server is reached and accepts the password; nothing is sent."""
    cure = _("Donnez l’adresse de votre serveur : PLI_MAIL_URL=smtp://utilisateur:motdepasse@serveur:587/?tls=starttls")
    return _check_channel(Channel.EMAIL, _("E-mail"), cure)


def check_sms() -> Check:
    """Whether SMS can leave: the provider's account answers, where it can be asked without sending."""
    sender = settings.PLI_SMS_SENDER
    if sender:
        try:
            check_sender_name(sender)
        except BadSenderName:
            return Check(
                _("SMS"), "error", _("Le nom d’expéditeur « %(name)s » n’est pas permis.") % {"name": sender},
                _("PLI_SMS_SENDER : 11 lettres ou chiffres au plus, pas seulement des chiffres."),
            )  # fmt: skip
    cure = _("Donnez votre fournisseur : PLI_SMS_URL=ovh://… ou une adresse Apprise ; sans lui, préférez l’e-mail.")
    return _check_channel(Channel.SMS, _("SMS"), cure)


def check_message_queue(*, clock: Clock = SYSTEM_CLOCK) -> Check:
    """Whether messages leave in time, and whether some failed since yesterday."""
    name, now = _("Messages"), clock.now()
    late = Message.objects.filter(state=MessageState.WAITING, created_at__lt=now - _LATE).count()
    failed = Message.objects.filter(state=MessageState.FAILED, created_at__gte=now - timedelta(days=1)).count()
    if late:
        sentence = ngettext(
            "%(count)d message attend depuis plus d’un quart d’heure.",
            "%(count)d messages attendent depuis plus d’un quart d’heure.",
            late,
        )
        return Check(name, "error", sentence % {"count": late}, _("Voyez la raison dans l’historique « Messages »."))
    if failed:
        sentence = ngettext(
            "%(count)d message n’a pas pu partir depuis hier.",
            "%(count)d messages n’ont pas pu partir depuis hier.",
            failed,
        )
        return Check(name, "warning", sentence % {"count": failed}, _("Corrigez l’adresse, puis « Renvoyer »."))
    return Check(name, "ok", _("Tous les messages partent."))


def check_message_key() -> Check:
    """Whether the key that hides links and codes is private."""
    path, name = key_path(), _("Clé des messages")
    if not path.exists():
        return Check(name, "ok", _("Elle sera faite au premier envoi."))
    if path.stat().st_mode & 0o077:
        return Check(name, "error", _("D’autres comptes peuvent lire %(path)s.") % {"path": path}, f"chmod 600 {path}")
    return Check(name, "ok", _("Elle n’est lisible que par Pli."))


def _check_channel(channel: str, name: str, cure: str) -> Check:
    if is_local(channel):
        return Check(name, "warning", _("Les messages ne quittent pas cette machine (boîte d’envoi locale)."), cure)
    try:
        return Check(name, "ok", gateway_for(channel).probe())
    except PlugError as error:
        return Check(name, "error", fill_sentence("%(reason)s", error.details, _), cure)
