"""The moves of a ceremony and of a signer, as tables one can read."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from pli.kit.transitions import TransitionTable


class CeremonyState(models.TextChoices):
    """« Everybody has signed » and « the file is sealed » are two facts: SEALING lies between them."""

    IN_PROGRESS = "IN_PROGRESS", _("En attente de signature")
    SEALING = "SEALING", _("Scellement en cours")
    SEAL_FAILED = "SEAL_FAILED", _("Scellement impossible")
    COMPLETED = "COMPLETED", _("Signé")
    REFUSED = "REFUSED", _("Refusé")
    EXPIRED = "EXPIRED", _("Expiré")
    WITHDRAWN = "WITHDRAWN", _("Retiré")


class SignerState(models.TextChoices):
    """Where one person stands."""

    WAITING = "WAITING", _("Attend son tour")
    INVITED = "INVITED", _("Invité")
    OPENED = "OPENED", _("A ouvert")
    VERIFIED = "VERIFIED", _("Code vérifié")
    SIGNED = "SIGNED", _("A signé")
    REFUSED = "REFUSED", _("A refusé")
    DELEGATED = "DELEGATED", _("A désigné quelqu’un d’autre")
    CLOSED = "CLOSED", _("Sans réponse")


_C = CeremonyState
_S = SignerState

CEREMONY = TransitionTable(
    "ceremony",
    {
        (_C.IN_PROGRESS, "all_signed"): _C.SEALING,
        (_C.IN_PROGRESS, "refuse"): _C.REFUSED,
        (_C.IN_PROGRESS, "expire"): _C.EXPIRED,
        (_C.IN_PROGRESS, "withdraw"): _C.WITHDRAWN,
        (_C.IN_PROGRESS, "fail_seal"): _C.SEAL_FAILED,
        (_C.SEALING, "complete"): _C.COMPLETED,
        (_C.SEALING, "fail_seal"): _C.SEAL_FAILED,
        (_C.SEAL_FAILED, "retry_seal"): _C.SEALING,
        # It failed on the first signatures while others were still awaited: they still are.
        (_C.SEAL_FAILED, "resume"): _C.IN_PROGRESS,
        (_C.SEAL_FAILED, "withdraw"): _C.WITHDRAWN,
    },
    final=frozenset({_C.COMPLETED, _C.REFUSED, _C.EXPIRED, _C.WITHDRAWN}),
)

SIGNER = TransitionTable(
    "signer",
    {
        (_S.WAITING, "invite"): _S.INVITED,
        (_S.INVITED, "invite"): _S.INVITED,
        (_S.OPENED, "invite"): _S.INVITED,
        (_S.VERIFIED, "invite"): _S.INVITED,
        (_S.INVITED, "open"): _S.OPENED,
        (_S.OPENED, "open"): _S.OPENED,
        (_S.VERIFIED, "open"): _S.OPENED,
        (_S.OPENED, "verify"): _S.VERIFIED,
        (_S.VERIFIED, "verify"): _S.VERIFIED,
        (_S.VERIFIED, "sign"): _S.SIGNED,
        (_S.VERIFIED, "refuse"): _S.REFUSED,
        (_S.OPENED, "refuse"): _S.REFUSED,
        (_S.VERIFIED, "delegate"): _S.DELEGATED,
        (_S.WAITING, "close"): _S.CLOSED,
        (_S.INVITED, "close"): _S.CLOSED,
        (_S.OPENED, "close"): _S.CLOSED,
        (_S.VERIFIED, "close"): _S.CLOSED,
    },
    final=frozenset({_S.SIGNED, _S.REFUSED, _S.DELEGATED, _S.CLOSED}),
)

OPEN_SIGNER_STATES = (_S.INVITED, _S.OPENED, _S.VERIFIED)
# Who did something a proof is made of.
ANSWERED_STATES = (_S.SIGNED, _S.REFUSED, _S.DELEGATED)
