"""The moves of a delivery."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from pli.kit.transitions import TransitionTable


class DeliveryState(models.TextChoices):
    """Where a sending stands."""

    HANDED = "HANDED", _("Confié")
    DELIVERED = "DELIVERED", _("Remis")
    FAILED = "FAILED", _("Échoué")
    ABANDONED = "ABANDONED", _("Abandonné")


_D = DeliveryState
DELIVERY = TransitionTable(
    "delivery",
    {
        (_D.HANDED, "deliver"): _D.DELIVERED,
        (_D.HANDED, "fail"): _D.FAILED,
        (_D.FAILED, "deliver"): _D.DELIVERED,
        (_D.FAILED, "retry"): _D.HANDED,
        (_D.FAILED, "abandon"): _D.ABANDONED,
        # Somebody had the message sent again all the same.
        (_D.ABANDONED, "deliver"): _D.DELIVERED,
    },
    final=frozenset({_D.DELIVERED}),
)
