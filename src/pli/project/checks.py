"""The doctor's checks of what this floor owns: database, queue, disk, folder, address, certificate, clock."""

from __future__ import annotations

import os
import stat
import time
from datetime import UTC, datetime
from urllib.parse import urlsplit

from cryptography import x509
from django.db import DatabaseError, connection

from pli.kit.checks import Check, CheckState
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.project.config import config
from pli.project.faults import TlsUnusable
from pli.project.home import NEEDED_MEGABYTES, SECRET_FOLDERS, free_megabytes
from pli.project.postgres_programs import OLDEST_MAJOR
from pli.project.queue import queue_state
from pli.project.speech import _
from pli.project.tls import certificate_files

COMFORTABLE_MEGABYTES = 5_000
LONG_WAIT_SECONDS = 300


def database() -> Check:
    """It answers, and is recent enough."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SHOW server_version_num")
            version = int(cursor.fetchone()[0])
    except DatabaseError as error:
        reason = str(error).strip().splitlines()[0]
        return Check(
            "database",
            CheckState.FAIL,
            _("La base de données ne répond pas : %s") % reason,
            _("Démarrez Pli, ou vérifiez PLI_DATABASE_URL."),
        )
    if version // 10000 < OLDEST_MAJOR:
        return Check(
            "database",
            CheckState.FAIL,
            _("PostgreSQL %d est trop ancien.") % (version // 10000),
            _("Passez à la version %d ou plus récente.") % OLDEST_MAJOR,
        )
    return Check("database", CheckState.OK, _("La base de données répond (PostgreSQL %d).") % (version // 10000))


def queue() -> list[Check]:
    """Somebody works, nothing waits for long, nothing has failed for good."""
    try:
        state = queue_state()
    except DatabaseError:
        return [
            Check(
                "queue", CheckState.FAIL, _("L’état des traitements ne peut pas être lu."), _("Lancez « pli migrate ».")
            )
        ]
    found = []
    if not state.workers:
        found.append(
            Check(
                "worker",
                CheckState.FAIL,
                _("Aucun traitement en arrière-plan ne tourne."),
                _("Démarrez Pli (pli serve), ou un traitement seul (pli worker)."),
            )
        )
    else:
        found.append(Check("worker", CheckState.OK, _("%d traitement(s) en arrière-plan.") % state.workers))
    if state.oldest_seconds > LONG_WAIT_SECONDS:
        found.append(
            Check(
                "queue",
                CheckState.WARN,
                _("Des travaux attendent depuis %d minutes.") % (state.oldest_seconds // 60),
                _("Ajoutez des traitements (PLI_WORKER_PROCESSES), ou voyez leurs journaux."),
            )
        )
    if state.failed:
        found.append(
            Check(
                "queue",
                CheckState.WARN,
                _("%d travaux ont échoué pour de bon.") % state.failed,
                _("Leur raison est dans les journaux des traitements (logs/worker*.log)."),
            )
        )
    return found


def disk() -> Check:
    """Room for tomorrow's documents."""
    free = free_megabytes(config().home)
    state = CheckState.OK if free >= COMFORTABLE_MEGABYTES else CheckState.WARN
    if free < NEEDED_MEGABYTES:
        state = CheckState.FAIL
    cure = "" if state is CheckState.OK else _("Libérez de la place, ou déplacez PLI_HOME sur un disque plus grand.")
    return Check("disk", state, _("Il reste %d Mo pour les documents.") % free, cure)


def home_rights() -> Check:
    """The folders that hold secrets are closed to other accounts of the machine."""
    home = config().home
    open_folders = [
        name
        for name in (*SECRET_FOLDERS, "trust")
        if (home / name).exists() and stat.S_IMODE((home / name).stat().st_mode) & 0o077
    ]
    if open_folders:
        return Check(
            "home",
            CheckState.WARN,
            _("D’autres comptes de la machine peuvent entrer dans : %s.") % ", ".join(open_folders),
            _("Lancez : %s") % " ".join(["chmod 700", *(str(home / name) for name in open_folders)]),
        )
    if not os.access(home, os.W_OK):
        return Check("home", CheckState.FAIL, _("PLI_HOME ne peut pas être écrit."), _("Corrigez ses droits."))
    return Check("home", CheckState.OK, _("Les dossiers secrets sont fermés (%s).") % home)


def base_url() -> Check:
    """The address put in e-mails is one their readers can open."""
    parts = urlsplit(config().base_url)
    if parts.hostname in ("localhost", "127.0.0.1", "::1"):
        return Check(
            "base_url",
            CheckState.WARN,
            _("Les liens envoyés mènent à %s : ils ne s’ouvrent que sur cette machine.") % config().base_url,
            _("Indiquez l’adresse publique dans PLI_BASE_URL."),
        )
    if parts.scheme != "https":
        return Check(
            "base_url",
            CheckState.FAIL,
            _("Les liens envoyés ne sont pas chiffrés (%s).") % config().base_url,
            _("Servez Pli en https : voyez docs/tls.md."),
        )
    return Check("base_url", CheckState.OK, _("Les liens envoyés mènent à %s.") % config().base_url)


def tls_certificate(clock: Clock = SYSTEM_CLOCK) -> Check:
    """The doors' certificate serves, and for a while still."""
    try:
        files = certificate_files(config())
    except TlsUnusable as error:
        return Check("tls", CheckState.FAIL, str(error), _("Vérifiez PLI_TLS_CERT et PLI_TLS_KEY."))
    if files is None:
        return Check("tls", CheckState.OK, _("Le chiffrement est laissé au serveur placé devant Pli."))
    end = x509.load_pem_x509_certificate(files.cert.read_bytes()).not_valid_after_utc
    days = (end - clock.now()).days
    if days < 15:
        return Check(
            "tls",
            CheckState.FAIL if days < 0 else CheckState.WARN,
            _("Le certificat des portes finit dans %d jours.") % days,
            _("Renouvelez-le, puis redémarrez Pli."),
        )
    return Check("tls", CheckState.OK, _("Le certificat des portes est valable encore %d jours.") % days)


def machine_clock(clock: Clock = SYSTEM_CLOCK) -> Check:
    """The machine, the database and the calendar agree: timestamps are evidence."""
    here = clock.now()
    built = datetime(2026, 1, 1, tzinfo=UTC)
    drift = 0.0
    try:
        before = time.monotonic()
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            there = cursor.fetchone()[0]
        drift = abs((there - here).total_seconds()) - (time.monotonic() - before)
    except DatabaseError:
        pass
    if here < built or drift > 2:
        return Check(
            "clock",
            CheckState.FAIL,
            _("L’horloge de la machine est fausse, ou diffère de %d s de celle de la base.") % max(drift, 0),
            _("Activez la mise à l’heure automatique (chrony ou systemd-timesyncd)."),
        )
    return Check("clock", CheckState.OK, _("L’horloge de la machine et celle de la base s’accordent."))
