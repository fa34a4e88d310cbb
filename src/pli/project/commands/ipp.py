"""``pli ipp``: the virtual printer, under granian in its ASGI mode (bodies reach it piece by piece)."""

from __future__ import annotations

import argparse
import os

from pli.project.config import config
from pli.project.database import database_for, start_django


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None: the environment says it all."""


def run(arguments: argparse.Namespace) -> int:
    """Serve printers until told to stop."""
    from granian import Granian
    from granian.constants import Interfaces, Loops
    from granian.http import HTTP1Settings

    from pli.project.tls import tls_files

    settings = config()
    with database_for(settings):
        files = tls_files(settings)
        os.environ["PLI_PRINTER_LEADER"] = str(os.getpid())
        server = Granian(
            "pli.project.printer:application",
            address=settings.host,
            port=settings.ipp_port or 8631,
            interface=Interfaces.ASGINL,
            loop=Loops.uvloop,
            workers=settings.ipp_processes,
            websockets=False,
            # Paths are secrets: nothing writes them down.
            log_access=False,
            http1_settings=HTTP1Settings(header_read_timeout=15_000),
            respawn_failed_workers=True,
            respawn_interval=0.5,
            workers_kill_timeout=5,
            ssl_cert=files.cert if files else None,
            ssl_key=files.key if files else None,
            process_name=None,
        )
        if not settings.dnssd:
            server.serve()
            return 0
        start_django()
        from pli.capture.api import Announcer

        announcer = Announcer()
        announcer.start()
        try:
            server.serve()
        finally:
            announcer.stop()
    return 0
