"""What is well, what is not, what to do: read by administrators."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from pli.kit.checks import CheckState
from pli.kit.clock import SYSTEM_CLOCK
from pli.office.access import StaffRequest, staff_required
from pli.office.system.checks import run_checks
from pli.parties.api import Role

ORDER = {CheckState.FAIL: 0, CheckState.WARN: 1, CheckState.OK: 2}
TONES = {CheckState.FAIL: "refused", CheckState.WARN: "waiting", CheckState.OK: "signed"}
WORDS = {
    CheckState.FAIL: gettext_lazy("À corriger"),
    CheckState.WARN: gettext_lazy("À surveiller"),
    CheckState.OK: gettext_lazy("En ordre"),
}
# The checks of the floor above are named for a terminal: here in full.
NAMES = {
    "database": gettext_lazy("Base de données"), "worker": gettext_lazy("Traitements en arrière-plan"),
    "queue": gettext_lazy("File des travaux"), "disk": gettext_lazy("Disque"),
    "home": gettext_lazy("Dossier des données"),
    "base_url": gettext_lazy("Adresse publique"), "tls": gettext_lazy("Chiffrement (TLS)"),
    "clock": gettext_lazy("Horloge"), "files": gettext_lazy("Réception des numérisations"),
    "sources": gettext_lazy("Sources de numérisation"),
    # By these the doctor names a check that has not answered.
    "home_rights": gettext_lazy("Dossier des données"), "tls_certificate": gettext_lazy("Chiffrement (TLS)"),
    "machine_clock": gettext_lazy("Horloge"), "check_files": gettext_lazy("Réception des numérisations"),
    "check_sources": gettext_lazy("Sources de numérisation"), "check_keys": gettext_lazy("Certificats"),
    "check_timestamps": gettext_lazy("Horodatage"), "check_sandbox": gettext_lazy("Isolement des fichiers lus"),
    "check_messages": gettext_lazy("Messages"), "check_outbox": gettext_lazy("Suites des événements"),
    "check_anchors": gettext_lazy("Ancrages du journal"), "check_ceremonies": gettext_lazy("Scellements"),
    "check_captures": gettext_lazy("Fichiers reçus"), "check_gateway": gettext_lazy("Passerelle de courriel"),
    "check_renewals": gettext_lazy("Horodatages des preuves"),
}  # fmt: skip


@never_cache
@require_GET
@staff_required(Role.ADMIN)
def show(request: StaffRequest) -> HttpResponse:
    """Look at everything now; what is wrong comes first."""
    found = run_checks(request.actor.organisation_id, language=get_language() or "fr")
    found.sort(key=lambda check: ORDER[check.state])
    worst = found[0].state if found else CheckState.OK
    context = {
        "checks": [(one, NAMES.get(one.name, one.name), TONES[one.state], WORDS[one.state]) for one in found],
        "wrong": sum(one.state is CheckState.FAIL for one in found),
        "worst": TONES[worst],
        "verdict": _verdict(worst),
        "looked_at": SYSTEM_CLOCK.now(),
    }
    return render(request, "office/system/show.html", context)


def _verdict(worst: CheckState) -> str:
    return {
        CheckState.OK: _("Tout est en ordre."),
        CheckState.WARN: _("Pli fonctionne ; quelques points sont à surveiller."),
        CheckState.FAIL: _("Quelque chose est à corriger."),
    }[worst]
