"""``pli files``: what receives scans, in one process: watched folders, FTPS, SFTP, mailboxes."""

from __future__ import annotations

import argparse
import signal

from pli.project.config import config
from pli.project.database import database_for, start_django


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None: the environment says it all."""


def run(arguments: argparse.Namespace) -> int:
    """Serve until told to stop."""
    settings = config()
    with database_for(settings):
        start_django()
        from pli.capture.api import Doors, FilesService
        from pli.project.own_certificate import ensure_own_certificate
        from pli.project.tls import certificate_files

        files = certificate_files(settings)
        # Pages may be served in plain text behind a proxy; FTP has none before it, so it has TLS of its own.
        certificate, key = (files.cert, files.key) if files else ensure_own_certificate(settings)
        service = FilesService(
            Doors(
                home=settings.home,
                host=settings.host,
                ftp_port=settings.ftp_port,
                sftp_port=settings.sftp_port,
                certificate=certificate,
                key=key,
                passive=settings.ftp_passive,
                public_address=settings.ftp_address,
            )
        )
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda _number, _frame: service.stop())
        return service.run()
