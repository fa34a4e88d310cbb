"""``GET /healthz``: 200 when every part is ready, else 503 naming the part. Says nothing a stranger could use."""

from __future__ import annotations

import json
from dataclasses import dataclass

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from pli.project.config import config
from pli.project.home import NEEDED_MEGABYTES, free_megabytes
from pli.project.readiness import ask_files, ask_mail, ask_printer

# Workers say they live every five seconds (PROCRASTINATE_WORKER_DEFAULTS).
HEARTBEAT_SECONDS = 15


@dataclass(frozen=True)
class PartHealth:
    """One part: ready or not, in a sentence."""

    is_ready: bool
    sentence: str


def _database() -> PartHealth:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return PartHealth(is_ready=False, sentence=_("La base de données ne répond pas."))
    return PartHealth(is_ready=True, sentence=_("La base de données répond."))


def count_live_workers() -> int:
    """Workers that gave a sign of life lately.

    :raises DatabaseError: when the database does not answer.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - make_interval(secs => %s)",
            [HEARTBEAT_SECONDS],
        )
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def _worker() -> PartHealth:
    try:
        alive = count_live_workers()
    except DatabaseError:
        alive = 0
    if not alive:
        return PartHealth(is_ready=False, sentence=_("Aucun traitement en arrière-plan ne tourne."))
    return PartHealth(is_ready=True, sentence=_("Les traitements en arrière-plan tournent."))


def _disk() -> PartHealth:
    if free_megabytes(config().home) < NEEDED_MEGABYTES:
        return PartHealth(is_ready=False, sentence=_("Le disque est presque plein."))
    return PartHealth(is_ready=True, sentence=_("Il reste de la place sur le disque."))


def _printer() -> PartHealth:
    """The virtual printer of this machine, when the supervisor runs one here."""
    settings = config()
    if not runs_here("printer"):
        return PartHealth(is_ready=True, sentence=_("L’imprimante virtuelle ne tourne pas sur cette machine."))
    if ask_printer(settings):
        return PartHealth(is_ready=True, sentence=_("L’imprimante virtuelle répond."))
    return PartHealth(is_ready=False, sentence=_("L’imprimante virtuelle ne répond pas."))


def runs_here(name: str) -> bool:
    """Whether the supervisor of this machine runs a part of that name."""
    try:
        running = json.loads((config().home / "run" / "processes.json").read_text())
    except (OSError, ValueError):
        return False
    return any(str(entry.get("name", "")).startswith(name) for entry in running)


def _files() -> PartHealth:
    """What receives scans on this machine, when the supervisor runs it here."""
    if not runs_here("files"):
        return PartHealth(is_ready=True, sentence=_("La réception des numérisations ne tourne pas sur cette machine."))
    if ask_files(config()):
        return PartHealth(is_ready=True, sentence=_("La réception des numérisations tourne."))
    return PartHealth(is_ready=False, sentence=_("La réception des numérisations ne répond pas."))


def _mail() -> PartHealth:
    """The mail gateway of this machine, when the supervisor runs it here."""
    if not runs_here("mail"):
        return PartHealth(is_ready=True, sentence=_("La passerelle de courriel ne tourne pas sur cette machine."))
    if ask_mail(config()):
        return PartHealth(is_ready=True, sentence=_("La passerelle de courriel répond."))
    return PartHealth(is_ready=False, sentence=_("La passerelle de courriel ne répond pas."))


PARTS = {
    "database": _database,
    "worker": _worker,
    "disk": _disk,
    "printer": _printer,
    "files": _files,
    "mail": _mail,
}


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """The state of every part, for supervisors and probes."""
    found = {name: check() for name, check in PARTS.items()}
    is_ready = all(part.is_ready for part in found.values())
    return JsonResponse(
        {
            "status": "ok" if is_ready else "unavailable",
            "parts": {
                name: {"status": "ok" if part.is_ready else "failed", "message": part.sentence}
                for name, part in found.items()
            },
        },
        status=200 if is_ready else 503,
    )
