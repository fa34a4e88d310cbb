"""The moves of a capture."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from pli.kit.transitions import TransitionTable


class CaptureState(models.TextChoices):
    """Where a capture stands."""

    RECEIVED = "RECEIVED", _("Reçu")
    WAITING = "WAITING", _("À confirmer")
    FILED = "FILED", _("Classé")
    PASSED = "PASSED", _("En traitement")
    PARKED = "PARKED", _("À traiter")
    DISMISSED = "DISMISSED", _("Écarté")


_C = CaptureState
CAPTURE = TransitionTable(
    "capture",
    {
        (_C.RECEIVED, "file"): _C.FILED,
        (_C.RECEIVED, "pass"): _C.PASSED,
        (_C.RECEIVED, "park"): _C.PARKED,
        (_C.RECEIVED, "hold"): _C.WAITING,
        (_C.WAITING, "confirm"): _C.RECEIVED,
        (_C.WAITING, "dismiss"): _C.DISMISSED,
        (_C.PARKED, "retry"): _C.RECEIVED,
        (_C.PARKED, "dismiss"): _C.DISMISSED,
        # Taken back by the computer that sent it.
        (_C.RECEIVED, "withdraw"): _C.DISMISSED,
        (_C.WAITING, "withdraw"): _C.DISMISSED,
        (_C.PARKED, "withdraw"): _C.DISMISSED,
    },
    final=frozenset({_C.FILED, _C.PASSED, _C.DISMISSED}),
)


class JobState(models.TextChoices):
    """Where a print job stands, for the computer that sent it: over once its document is durable."""

    OPEN = "OPEN", _("En cours d’envoi")
    RECEIVED = "RECEIVED", _("Reçue")
    CANCELED = "CANCELED", _("Annulée")
    ABORTED = "ABORTED", _("Interrompue")


_J = JobState
PRINT_JOB = TransitionTable(
    "print job",
    {
        (_J.OPEN, "receive"): _J.RECEIVED,
        (_J.OPEN, "cancel"): _J.CANCELED,
        (_J.OPEN, "abort"): _J.ABORTED,
        (_J.RECEIVED, "withdraw"): _J.CANCELED,
    },
    final=frozenset({_J.CANCELED, _J.ABORTED}),
)


class SourceKind(models.TextChoices):
    """What a source of scans is."""

    FOLDER = "FOLDER", _("Dossier surveillé")
    FTP = "FTP", _("Compte FTPS")
    SFTP = "SFTP", _("Compte SFTP")
    IMAP = "IMAP", _("Boîte aux lettres")
    MAIL = "MAIL", _("Adresse de la passerelle")
