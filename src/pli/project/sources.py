"""The doctor's checks of what receives scans."""

from __future__ import annotations

from pli.capture.api import troubled_sources
from pli.kit.checks import Check, CheckState
from pli.project.config import config
from pli.project.readiness import ask_files
from pli.project.speech import _


def check_files() -> Check:
    """The process runs here and its doors open; on a machine without it there is nothing to say against it."""
    settings = config()
    if not (settings.home / "run" / "files.json").exists():
        return Check("files", CheckState.OK, _("La réception des numérisations ne tourne pas sur cette machine."))
    if ask_files(settings):
        return Check("files", CheckState.OK, _("La réception des numérisations tourne."))
    return Check(
        "files",
        CheckState.FAIL,
        _("La réception des numérisations ne répond pas."),
        _("Voyez logs/files.log, ou relancez-la (pli files)."),
    )


def check_sources() -> Check:
    """No folder, account or mailbox complains."""
    troubled = troubled_sources()
    if not troubled:
        return Check("sources", CheckState.OK, _("Les sources de numérisation ne signalent rien."))
    return Check(
        "sources",
        CheckState.WARN,
        _("%d source(s) de numérisation signalent un problème.") % troubled,
        _("Voyez Réglages, Sources de numérisation."),
    )
