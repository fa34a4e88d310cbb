"""The moves of a message and of its sending to one recipient."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from pli.kit.transitions import TransitionTable


class MailState(models.TextChoices):
    """Where a message stands; each recipient has their own state besides."""

    ACCEPTED = "ACCEPTED", _("Reçu")
    HANDLED = "HANDLED", _("Pris en charge")
    REFUSED = "REFUSED", _("Refusé")


class RelayState(models.TextChoices):
    """Where the sending to one recipient stands."""

    WAITING = "WAITING", _("Attend son tour")
    QUEUED = "QUEUED", _("À transmettre")
    RELAYED = "RELAYED", _("Transmis")
    FAILED = "FAILED", _("Non remis")
    BOUNCED = "BOUNCED", _("Revenu")
    CANCELLED = "CANCELLED", _("Annulé")


class Report(models.TextChoices):
    """What is known of a message's way after it left here, or while it waits (RFC 3464 §2.3.3)."""

    DELAYED = "DELAYED", _("Retardé, de nouveaux essais suivent")
    RELAYED = "RELAYED", _("Transmis plus loin, sans autre nouvelle")
    EXPANDED = "EXPANDED", _("Remis à une liste")
    DELIVERED = "DELIVERED", _("Remis au destinataire")


class AskState(models.TextChoices):
    """What became of a question to the sender: OPEN until it is answered, too late, or of no use any more."""

    OPEN = "OPEN", _("En attente")
    ANSWERED = "ANSWERED", _("Répondu")
    EXPIRED = "EXPIRED", _("Expiré")
    WITHDRAWN = "WITHDRAWN", _("Retiré")


_M = MailState
_R = RelayState

# ACCEPTED: durable, its tag not yet obeyed. A message without a tag is HANDLED from the start.
MAIL = TransitionTable(
    "mail",
    {
        (_M.ACCEPTED, "handle"): _M.HANDLED,
        (_M.ACCEPTED, "refuse"): _M.REFUSED,
        (_M.ACCEPTED, "withdraw"): _M.HANDLED,
    },
    final=frozenset({_M.HANDLED, _M.REFUSED}),
)

# WAITING: the tag is not obeyed yet, or it is not this signer's turn. QUEUED: to be sent, being sent, or to be tried
# again, or held until its hour. BOUNCED: a server further on sent it back.
RELAY = TransitionTable(
    "relay",
    {
        (_R.WAITING, "queue"): _R.QUEUED,
        (_R.WAITING, "cancel"): _R.CANCELLED,
        (_R.QUEUED, "relay"): _R.RELAYED,
        (_R.QUEUED, "fail"): _R.FAILED,
        (_R.QUEUED, "cancel"): _R.CANCELLED,
        (_R.RELAYED, "bounce"): _R.BOUNCED,
        (_R.FAILED, "retry"): _R.QUEUED,
    },
    final=frozenset({_R.BOUNCED, _R.CANCELLED}),
)
