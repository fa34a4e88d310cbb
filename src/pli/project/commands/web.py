"""``pli web``: the pages, under granian."""

from __future__ import annotations

import argparse
import os

from pli.project.config import config
from pli.project.database import database_for


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None: the environment says it all."""


def run(arguments: argparse.Namespace) -> int:
    """Serve pages until told to stop."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.http import HTTP1Settings

    from pli.project.tls import tls_files

    settings = config()
    with database_for(settings):
        files = tls_files(settings)
        os.environ["PLI_WEB_LEADER"] = str(os.getpid())
        Granian(
            "pli.project.wsgi:application",
            address=settings.host,
            port=settings.port,
            interface=Interfaces.WSGI,
            workers=settings.web_processes,
            # A slow client holds a thread while it uploads, so there are more than the work alone would need.
            blocking_threads=16,
            websockets=False,
            http1_settings=HTTP1Settings(header_read_timeout=15_000),
            respawn_failed_workers=True,
            respawn_interval=0.5,
            workers_kill_timeout=5,
            ssl_cert=files.cert if files else None,
            ssl_key=files.key if files else None,
            process_name=None,
        ).serve()
    return 0
