"""How a sending from a list moves, and each of its rows."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from pli.kit.transitions import TransitionTable


class ListState(models.TextChoices):
    """STOPPED: something keeps every row from going out; the rows that have not gone wait."""

    UPLOADED = "UPLOADED", _("Colonnes à choisir")
    CHECKED = "CHECKED", _("À confirmer")
    SENDING = "SENDING", _("En cours d’envoi")
    STOPPED = "STOPPED", _("Arrêté")
    DONE = "DONE", _("Terminé")
    CANCELLED = "CANCELLED", _("Annulé")


class RowState(models.TextChoices):
    """WRONG never goes out; LEFT was given up before it went."""

    WRONG = "WRONG", _("En erreur")
    READY = "READY", _("Prête")
    SENT = "SENT", _("Envoyée")
    FAILED = "FAILED", _("Échec")
    LEFT = "LEFT", _("Abandonnée")


_L = ListState

LIST = TransitionTable(
    "sending-list",
    {
        (_L.UPLOADED, "check"): _L.CHECKED,
        (_L.CHECKED, "check"): _L.CHECKED,  # other columns were chosen
        (_L.CHECKED, "confirm"): _L.SENDING,
        (_L.SENDING, "stop"): _L.STOPPED,
        (_L.STOPPED, "resume"): _L.SENDING,
        (_L.SENDING, "finish"): _L.DONE,
        (_L.UPLOADED, "cancel"): _L.CANCELLED,
        (_L.CHECKED, "cancel"): _L.CANCELLED,
        (_L.SENDING, "cancel"): _L.CANCELLED,
        (_L.STOPPED, "cancel"): _L.CANCELLED,
    },
    final=frozenset({_L.DONE, _L.CANCELLED}),
)
