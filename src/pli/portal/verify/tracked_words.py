"""What a tracked sending's number says, in sentences a person understands."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from pli.gateway.api import TrackedState
from pli.portal.verify.words import Sentence

_S = TrackedState
_OUTCOMES: dict[str, tuple[str, str, str | Promise]] = {
    _S.PREPARED: ("waiting", "clock", _("Cette preuve existe : l’avis repart vers son destinataire.")),
    _S.DEPOSITED: ("waiting", "clock", _("Cette preuve existe : l’envoi est déposé et attend son destinataire.")),
    _S.RECEIVED: ("signed", "certificate", _("Cette preuve existe : l’envoi a été reçu par son destinataire.")),
    _S.DECLINED: ("refused", "certificate", _("Cette preuve existe : l’envoi a été refusé par son destinataire.")),
    _S.UNCLAIMED: ("idle", "certificate", _("Cette preuve existe : l’envoi n’a été ni reçu ni refusé à temps.")),
    _S.UNDELIVERED: ("refused", "certificate", _("Cette preuve existe : l’avis n’a pas pu être remis.")),
    _S.WITHDRAWN: ("idle", "certificate", _("Cette preuve existe : l’envoi a été retiré avant son nouveau départ.")),
}
_PROOFS: dict[str, str | Promise] = {
    _S.DEPOSITED: _("Bon de dépôt"),
    _S.RECEIVED: _("Preuve de réception"),
    _S.DECLINED: _("Preuve de refus"),
    _S.UNCLAIMED: _("Preuve de non-réclamation"),
    _S.UNDELIVERED: _("Constat de non-remise"),
}


def outcome_of(state: str) -> Sentence:
    """Where the sending stands, in one sentence."""
    tone, icon, title = _OUTCOMES[state]
    return Sentence(tone, icon, str(title), "")


def proof_words(kind: str) -> str:
    """What one of its proofs is called."""
    return str(_PROOFS[kind])
