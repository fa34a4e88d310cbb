"""The moves of a quote."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from pli.kit.transitions import TransitionTable


class QuoteState(models.TextChoices):
    """Where a quote stands. ACCEPTED: the client signed; SIGNED: the file is sealed, the proof made."""

    SENT = "SENT", _("Envoyé")
    READ = "READ", _("Ouvert")
    ACCEPTED = "ACCEPTED", _("Accepté, scellement en cours")
    SIGNED = "SIGNED", _("Signé")
    REFUSED = "REFUSED", _("Refusé")
    EXPIRED = "EXPIRED", _("Expiré")
    WITHDRAWN = "WITHDRAWN", _("Retiré")


_Q = QuoteState
OPEN_STATES = (_Q.SENT, _Q.READ, _Q.ACCEPTED)
QUOTE = TransitionTable(
    "quote",
    {
        (_Q.SENT, "read"): _Q.READ,
        (_Q.SENT, "accept"): _Q.ACCEPTED,
        (_Q.READ, "accept"): _Q.ACCEPTED,
        # Events of one request reach their handlers in order, unless one fails: the end may come first.
        (_Q.SENT, "sign"): _Q.SIGNED,
        (_Q.READ, "sign"): _Q.SIGNED,
        (_Q.ACCEPTED, "sign"): _Q.SIGNED,
        (_Q.SENT, "refuse"): _Q.REFUSED,
        (_Q.READ, "refuse"): _Q.REFUSED,
        (_Q.SENT, "expire"): _Q.EXPIRED,
        (_Q.READ, "expire"): _Q.EXPIRED,
        (_Q.SENT, "withdraw"): _Q.WITHDRAWN,
        (_Q.READ, "withdraw"): _Q.WITHDRAWN,
        # The sealing of what the client signed proved impossible, and somebody gave it up.
        (_Q.ACCEPTED, "withdraw"): _Q.WITHDRAWN,
    },
    final=frozenset({_Q.SIGNED, _Q.REFUSED, _Q.EXPIRED, _Q.WITHDRAWN}),
)
