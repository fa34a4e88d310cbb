"""Why quotes refuse."""

from __future__ import annotations

from pli.kit.errors import PliError


class UnableToSendQuote(PliError):
    """The document can't go out as a quote."""

    code = "QUO-001"
    status = 422
    message = "Ce devis ne peut pas être envoyé : %(reason)s"
    kept = "Rien n’est parti."
    remedy = "Corrigez, puis recommencez."


class QuoteAlreadyOut(PliError):
    """The same document already waits for its client's answer."""

    code = "QUO-002"
    status = 409
    message = "Ce devis attend déjà une réponse."
    kept = "La demande en cours n’est pas touchée."
    remedy = "Retirez-la d’abord, ou attendez la réponse."


class ChoiceRefused(PliError):
    """What the client chose among options and quantities can't be ordered; ``reason`` is a French sentence."""

    code = "QUO-003"
    status = 422
    message = "Ce choix ne peut pas être commandé : %(reason)s"
    kept = "Rien n’est signé."
    remedy = "Corrigez votre choix, relisez le total, puis signez."
