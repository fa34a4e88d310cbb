"""The moves of a webhook delivery."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from pli.kit.transitions import TransitionTable


class WebhookState(models.TextChoices):
    """Where one notification stands."""

    WAITING = "WAITING", _("En attente")
    DELIVERED = "DELIVERED", _("Reçue")
    FAILED = "FAILED", _("Abandonnée")


_W = WebhookState
WEBHOOK = TransitionTable(
    "webhook",
    {
        (_W.WAITING, "deliver"): _W.DELIVERED,
        (_W.WAITING, "postpone"): _W.WAITING,
        (_W.WAITING, "give_up"): _W.FAILED,
    },
    final=frozenset({_W.DELIVERED, _W.FAILED}),
)
