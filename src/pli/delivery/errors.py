"""Why delivery refuses."""

from __future__ import annotations

from pli.kit.errors import PliError


class UnableToRetry(PliError):
    """The message of a failed delivery is gone, or did not fail itself: there is nothing to send again."""

    code = "DEL-001"
    status = 409
    message = "Cet envoi ne peut pas être relancé tel quel."
    kept = "L’envoi et ses fichiers sont conservés."
    remedy = "Corrigez l’adresse chez le destinataire, puis envoyez de nouveau le document."
