"""The doctor's check of the mail gateway."""

from __future__ import annotations

from pli.kit.checks import Check, CheckState
from pli.project.config import config
from pli.project.health import runs_here
from pli.project.readiness import ask_mail
from pli.project.speech import _


def check_gateway() -> Check:
    """The gateway of this machine answers; on a machine without it there is nothing to say against it."""
    settings = config()
    if not runs_here("mail"):
        return Check("mail", CheckState.OK, _("La passerelle de courriel ne tourne pas sur cette machine."))
    if ask_mail(settings):
        return Check("mail", CheckState.OK, _("La passerelle de courriel répond."))
    return Check(
        "mail",
        CheckState.FAIL,
        _("La passerelle de courriel ne répond pas."),
        _("Voyez logs/mail.log, ou relancez-la (pli mail)."),
    )
