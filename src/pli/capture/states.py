"""The moves of a capture."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from pli.kit.transitions import TransitionTable


class CaptureState(models.TextChoices):
    """Where a capture stands."""

    RECEIVED = "RECEIVED", _("Reçu")
    FILED = "FILED", _("Classé")
    PARKED = "PARKED", _("À traiter")
    DISMISSED = "DISMISSED", _("Écarté")


_C = CaptureState
CAPTURE = TransitionTable(
    "capture",
    {
        (_C.RECEIVED, "file"): _C.FILED,
        (_C.RECEIVED, "park"): _C.PARKED,
        (_C.PARKED, "retry"): _C.RECEIVED,
        (_C.PARKED, "dismiss"): _C.DISMISSED,
    },
    final=frozenset({_C.FILED, _C.DISMISSED}),
)
