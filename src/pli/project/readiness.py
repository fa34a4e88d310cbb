"""Is it up, and what to tell the person who started it."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pli.project.config import Config
from pli.project.home import NEEDED_MEGABYTES, free_megabytes
from pli.project.speech import _, gettext_noop, tr

DISK = "disk"
_PART_LABELS = {
    "web": gettext_noop("les pages ne répondent pas"),
    "database": gettext_noop("la base de données ne répond pas"),
    "worker": gettext_noop("les traitements en arrière-plan ne tournent pas"),
    "printer": gettext_noop("l’imprimante virtuelle ne répond pas"),
    "files": gettext_noop("la réception des numérisations ne répond pas"),
    "mail": gettext_noop("la passerelle de courriel ne répond pas"),
}
# The process says every three seconds that it lives.
FILES_SILENT_SECONDS = 20.0


def _loopback(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104


def ask_health(config: Config, *, seconds: float = 2.0) -> tuple[str, ...]:
    """The parts that /healthz says are not ready; ``web`` when nobody answers."""
    host = _loopback(config.host)
    if config.tls:
        # Our own loopback: the certificate bears the public name, not this address.
        context = ssl._create_unverified_context()  # noqa: S323
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(
            host, config.port, timeout=seconds, context=context
        )
    else:
        connection = http.client.HTTPConnection(host, config.port, timeout=seconds)
    try:
        connection.request("GET", "/healthz", headers={"Host": "localhost"})
        answer = connection.getresponse()
        body: dict[str, Any] = json.loads(answer.read(100_000))
    except (OSError, http.client.HTTPException, ValueError):
        return ("web",)
    finally:
        connection.close()
    if answer.status == 200:
        return ()
    parts = body.get("parts", {})
    return tuple(name for name, part in parts.items() if part.get("status") != "ok") or ("web",)


def ask_printer(config: Config, *, seconds: float = 2.0) -> bool:
    """Whether the virtual printer of this machine answers, its database with it."""
    host = _loopback(config.host)
    connection: http.client.HTTPConnection
    if config.tls:
        context = ssl._create_unverified_context()  # noqa: S323
        connection = http.client.HTTPSConnection(host, config.ipp_port, timeout=seconds, context=context)
    else:
        connection = http.client.HTTPConnection(host, config.ipp_port, timeout=seconds)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def ask_mail(config: Config, *, seconds: float = 2.0) -> bool:
    """Whether the mail gateway of this machine greets who connects."""
    if not config.smtp_port:
        return True
    try:
        with socket.create_connection((_loopback(config.host), config.smtp_port), timeout=seconds) as line:
            line.settimeout(seconds)
            is_greeted = line.recv(4) == b"220 "
            line.sendall(b"QUIT\r\n")
            return is_greeted
    except OSError:
        return False


def ask_files(config: Config, *, seconds: float = 2.0) -> bool:
    """Whether what receives scans on this machine lives, and its doors open."""
    try:
        told: dict[str, Any] = json.loads((config.home / "run" / "files.json").read_text())
    except (OSError, ValueError):
        return False
    if time.time() - float(told.get("at", 0)) > FILES_SILENT_SECONDS:
        return False
    doors = [port for port in (config.ftp_port, config.sftp_port) if port]
    return all(_is_open(_loopback(config.host), port, seconds) for port in doors)


def _is_open(host: str, port: int, seconds: float) -> bool:
    try:
        with socket.create_connection((host, port), timeout=seconds):
            return True
    except OSError:
        return False


def demonstration_lines(config: Config) -> list[str]:
    """The demonstration's logins, from demo.json when there is one."""
    try:
        demo: dict[str, Any] = json.loads((config.home / "demo.json").read_text())
    except (OSError, ValueError):
        return []
    lines = [_("Comptes de démonstration :")]
    people = [*demo.get("users", []), *demo.get("portal", [])]
    for person in people:
        label = person.get("role") or person.get("label") or ""
        lines.append(f"  {label:<12} {person.get('email', '')}   {person.get('password', '')}")
    return lines if people else []


def ready_lines(config: Config, missing: Sequence[str]) -> list[str]:
    """What is printed once, when the start is over. ``missing``: the parts that are not ready."""
    shown = [*demonstration_lines(config), _("Données : %s · Ctrl-C pour arrêter") % config.home]
    if not missing:
        return [_("Pli est prêt : %s") % config.base_url, *shown]
    lines = [_disk_line(config.home)] if DISK in missing else []
    if set(missing) == {DISK}:
        # All of it runs: what is there can be read, and what is new is taken as soon as there is room.
        return [_("Pli répond, mais manque de place : %s") % config.base_url, *lines, *shown]
    parts = ", ".join(tr(_PART_LABELS.get(name, name)) for name in missing if name != DISK)
    return [_("Pli n’est pas entièrement prêt : %s. « pli doctor » dit quoi faire.") % parts, *lines]


def _disk_line(home: Path) -> str:
    free = free_megabytes(home)
    told = {"folder": home, "free": free, "needed": NEEDED_MEGABYTES, "lacking": max(1, NEEDED_MEGABYTES - free)}
    return (
        _(
            "Il reste %(free)s Mo sur le disque qui porte %(folder)s ; il en faut au moins %(needed)s pour recevoir "
            "des documents. Ce qui est enregistré l’est toujours et peut être lu. Libérez au moins %(lacking)s Mo : "
            "Pli reprend alors de lui-même. Ou arrêtez-le et déplacez PLI_HOME sur un disque plus grand."
        )
        % told
    )
