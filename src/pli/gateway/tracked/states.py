"""The course of one tracked sending to one recipient."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from pli.kit.transitions import TransitionTable


class TrackedState(models.TextChoices):
    """Where it stands."""

    PREPARED = "PREPARED", _("À déposer")
    DEPOSITED = "DEPOSITED", _("Déposé, pas encore lu")
    RECEIVED = "RECEIVED", _("Reçu")
    DECLINED = "DECLINED", _("Refusé par le destinataire")
    UNCLAIMED = "UNCLAIMED", _("Non réclamé")
    UNDELIVERED = "UNDELIVERED", _("Non remis")
    WITHDRAWN = "WITHDRAWN", _("Retiré avant son départ")


_T = TrackedState
TRACKED_PREFIX = "ES"
"""What its number begins with."""

# PREPARED: its notice waits to leave. DEPOSITED: the next server took the notice, and what it announces waits here.
# UNCLAIMED: the last day passed and nobody answered. UNDELIVERED: the notice was refused, or came back.
TRACKED = TransitionTable(
    "tracked",
    {
        (_T.PREPARED, "deposit"): _T.DEPOSITED,
        (_T.PREPARED, "fail"): _T.UNDELIVERED,
        (_T.PREPARED, "withdraw"): _T.WITHDRAWN,
        (_T.DEPOSITED, "receive"): _T.RECEIVED,
        (_T.DEPOSITED, "decline"): _T.DECLINED,
        (_T.DEPOSITED, "expire"): _T.UNCLAIMED,
        (_T.DEPOSITED, "fail"): _T.UNDELIVERED,
        (_T.UNDELIVERED, "retry"): _T.PREPARED,
    },
    final=frozenset({_T.RECEIVED, _T.DECLINED, _T.UNCLAIMED, _T.WITHDRAWN}),
)
# What a proof is made of, as soon as it is so.
PROVEN = (_T.DEPOSITED, _T.RECEIVED, _T.DECLINED, _T.UNCLAIMED, _T.UNDELIVERED)
