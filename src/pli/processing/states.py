"""The moves of a run and of its pieces."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from pli.kit.transitions import TransitionTable


class RunState(models.TextChoices):
    """Where a run stands. DONE: nothing is being worked on any more; some of its pieces may wait for a person."""

    READING = "READING", _("En lecture")
    MAKING = "MAKING", _("En cours")
    DONE = "DONE", _("Terminé")
    PARKED = "PARKED", _("À traiter")
    CANCELLED = "CANCELLED", _("Annulé")


_R = RunState
RUN = TransitionTable(
    "run",
    {
        (_R.READING, "split"): _R.MAKING,
        (_R.READING, "park"): _R.PARKED,
        (_R.READING, "cancel"): _R.CANCELLED,
        (_R.MAKING, "finish"): _R.DONE,
        (_R.MAKING, "cancel"): _R.CANCELLED,
        (_R.PARKED, "retry"): _R.READING,
        (_R.PARKED, "cancel"): _R.CANCELLED,
        (_R.DONE, "resume"): _R.MAKING,
        (_R.DONE, "cancel"): _R.CANCELLED,
        (_R.CANCELLED, "read_on"): _R.READING,
        (_R.CANCELLED, "make_rest"): _R.MAKING,
    },
)


class PieceState(models.TextChoices):
    """Where one future document stands."""

    WAITING = "WAITING", _("En attente")
    DONE = "DONE", _("Fait")
    TO_INDEX = "TO_INDEX", _("À indexer")
    PARKED = "PARKED", _("À traiter")
    DISMISSED = "DISMISSED", _("Écarté")
    CANCELLED = "CANCELLED", _("Annulé")


_P = PieceState
PIECE = TransitionTable(
    "piece",
    {
        (_P.WAITING, "file"): _P.DONE,
        (_P.WAITING, "ask"): _P.TO_INDEX,
        (_P.WAITING, "park"): _P.PARKED,
        (_P.WAITING, "cancel"): _P.CANCELLED,
        (_P.TO_INDEX, "complete"): _P.WAITING,
        (_P.PARKED, "complete"): _P.WAITING,
        (_P.TO_INDEX, "cancel"): _P.CANCELLED,
        (_P.PARKED, "cancel"): _P.CANCELLED,
        (_P.TO_INDEX, "dismiss"): _P.DISMISSED,
        (_P.PARKED, "retry"): _P.WAITING,
        (_P.PARKED, "dismiss"): _P.DISMISSED,
        (_P.DISMISSED, "retry"): _P.WAITING,
        (_P.CANCELLED, "make_rest"): _P.WAITING,
        (_P.CANCELLED, "reopen"): _P.PARKED,
    },
    final=frozenset({_P.DONE}),
)
