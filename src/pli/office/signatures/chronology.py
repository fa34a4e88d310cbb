"""What happened to a request, in words: read from the journal, so that the screen and the proof tell the same."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pli.journal.api import Event
from pli.signing.api import Signer

_WORDS = {
    "signing.ceremony-sent": (gettext_lazy("Demande envoyée"), "active"),
    "signing.signer-invited": (gettext_lazy("Invitation envoyée"), "active"),
    "signing.signer-opened": (gettext_lazy("Lien ouvert"), "active"),
    "signing.code-sent": (gettext_lazy("Code envoyé"), "active"),
    "signing.code-refused": (gettext_lazy("Code faux ou périmé"), "waiting"),
    "signing.signer-verified": (gettext_lazy("Code vérifié"), "active"),
    "signing.signer-signed": (gettext_lazy("Signature apposée"), "signed"),
    "signing.signer-approved": (gettext_lazy("Accord donné"), "signed"),
    "signing.signer-delegated": (gettext_lazy("Quelqu’un d’autre a été désigné"), "waiting"),
    "signing.in-person-awaited": (gettext_lazy("Attendu sur place"), "waiting"),
    "signing.in-person-opened": (gettext_lazy("Signature ouverte sur place"), "active"),
    "signing.signer-refused": (gettext_lazy("Signature refusée"), "refused"),
    "signing.revision-sealed": (gettext_lazy("Fichier scellé et horodaté"), "signed"),
    "signing.seal-delayed": (
        gettext_lazy("Scellement remis à plus tard : service d’horodatage injoignable"),
        "waiting",
    ),
    "signing.seal-failed": (gettext_lazy("Scellement impossible"), "refused"),
    "signing.evidence-made": (gettext_lazy("Fichier de preuve établi"), "signed"),
    "signing.evidence-renewed": (gettext_lazy("Horodatage de la preuve renouvelé"), "signed"),
    "signing.ceremony-completed": (gettext_lazy("Demande terminée : signée par tous"), "signed"),
    "signing.ceremony-refused": (gettext_lazy("Demande close par un refus"), "refused"),
    "signing.ceremony-expired": (gettext_lazy("Délai dépassé"), "refused"),
    "signing.ceremony-withdrawn": (gettext_lazy("Demande retirée"), "refused"),
}


_WITH_A_REASON = ("signing.signer-refused", "signing.signer-delegated", "signing.ceremony-withdrawn")
_NOT_A_RENEWAL = ("sent", "turn", "delegated")


@dataclass(frozen=True)
class Moment:
    """One line of the chronology."""

    at: datetime
    title: str
    who: str = ""
    detail: str = ""
    tone: str = "idle"


def chronology(events: Iterable[Event], signers: Iterable[Signer]) -> list[Moment]:
    """The events in order, with the names of those concerned."""
    names = {str(signer.id): signer.name for signer in signers}
    moments = []
    for event in events:
        if event.name in _WORDS:
            words, tone = _WORDS[event.name]
            who = names.get(str(event.data.get("signer_id", "")), "")
            moments.append(Moment(event.occurred_at, str(words), who, _detail(event), tone))
    return moments


def _detail(event: Event) -> str:
    if event.name in _WITH_A_REASON and event.personal:
        return str(event.personal.get("reason", ""))
    if event.name == "signing.signer-invited" and event.data.get("reason") in ("office", "in_person"):
        return _("ouverte depuis Pli, sans e-mail ; l’ancien lien ne fonctionne plus")
    if event.name == "signing.signer-invited" and event.data.get("reason") not in _NOT_A_RENEWAL:
        return _("nouveau lien ; l’ancien ne fonctionne plus")
    return ""
