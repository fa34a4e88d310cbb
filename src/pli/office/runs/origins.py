"""How a file came in, in words: « Imprimé · Factures », « Dossier surveillé · Copieur de l’accueil »."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from pli.capture.api import Capture, SourceKind, arrival_names
from pli.processing.api import Run

_CHANNEL_LABELS: dict[str, Any] = {
    "upload": _("Déposé à l’écran"),
    "photos": _("Photographié"),
    "rest": _("Envoyé par l’API"),
    "cli": _("Envoyé en ligne de commande"),
    "ipp": _("Imprimé"),
    **{kind.lower(): kind.label for kind in SourceKind},
}
_CAPTURE = "capture:"


def say_origin(channel: str, name: str = "") -> str:
    """A channel, and the printer or the source of it."""
    return " · ".join(filter(None, (str(_CHANNEL_LABELS.get(channel, "")), name)))


def origins_of_captures(captures: Iterable[Capture]) -> dict[UUID, str]:
    """How each of these came in."""
    found = list(captures)
    names = arrival_names([one.id for one in found])
    return {one.id: say_origin(one.channel, names.get(one.id, "")) for one in found}


def origins_of_runs(runs: Iterable[Run]) -> Mapping[UUID, str]:
    """How the file of each of these came in; of a file played again, by which channel it had."""
    found = {run.id: run for run in runs}
    captures = {
        run.id: UUID(run.origin.removeprefix(_CAPTURE)) for run in found.values() if run.origin.startswith(_CAPTURE)
    }
    names = arrival_names(captures.values())
    return {
        run.id: say_origin(run.channel, names.get(captures[run.id], "") if run.id in captures else run.queue)
        for run in found.values()
    }
