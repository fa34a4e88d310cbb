"""A quote's history in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from pli.journal.api import Event

_WORDS: dict[str, tuple[str | Promise, str]] = {
    "quotes.quote-sent": (_("Envoyé au client"), "waiting"),
    "quotes.quote-read": (_("Ouvert par le client"), "active"),
    "quotes.quote-passed": (_("Passé par le client à un collègue"), "active"),
    "quotes.quote-accepted": (_("Accepté et signé par le client"), "signed"),
    "quotes.quote-signed": (_("Fichier scellé, preuve établie, envoyés aux deux parties"), "signed"),
    "quotes.quote-refused": (_("Refusé par le client"), "refused"),
    "quotes.quote-expired": (_("Délai dépassé"), "idle"),
    "quotes.quote-withdrawn": (_("Retiré"), "idle"),
    "signing.signer-invited": (_("Lien envoyé"), "active"),
    "signing.code-sent": (_("Code à usage unique envoyé"), "active"),
    "signing.signer-verified": (_("Code vérifié"), "active"),
    "signing.seal-failed": (_("Scellement impossible : à voir dans la demande de signature"), "refused"),
}


@dataclass(frozen=True)
class Moment:
    """One line of the timeline."""

    at: datetime
    title: str | Promise
    tone: str
    detail: str = ""


def history(events: Iterable[Event]) -> list[Moment]:
    """What a person wants to know of it, the oldest first."""
    told = sorted((one for one in events if one.name in _WORDS), key=lambda one: (one.occurred_at, one.id))
    return [Moment(one.occurred_at, *_WORDS[one.name], _detail(one)) for one in told]


def _detail(event: Event) -> str:
    personal: dict[str, Any] = event.personal or {}
    if event.name == "quotes.quote-passed":
        return str((personal.get("recipient") or {}).get("name", ""))
    return str(personal.get("reason") or "")
