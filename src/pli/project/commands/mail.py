"""``pli mail``: the mail gateway (SMTP submission)."""

from __future__ import annotations

import argparse
import ssl

from pli.project.config import config
from pli.project.database import database_for, start_django


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None: the environment says it all."""


def run(arguments: argparse.Namespace) -> int:
    """Serve until told to stop."""
    settings = config()
    with database_for(settings):
        start_django()
        from pli.gateway.api import MailDoors, MailService
        from pli.project.own_certificate import ensure_own_certificate
        from pli.project.tls import certificate_files

        files = certificate_files(settings)
        # Pages may be served in plain text behind a proxy; passwords never cross without TLS here.
        certificate, key = (files.cert, files.key) if files else ensure_own_certificate(settings)
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.minimum_version = ssl.TLSVersion.TLSv1_2
        tls.load_cert_chain(certificate, key)
        doors = MailDoors(
            settings.host, settings.smtp_domain, settings.smtp_port, settings.smtps_port, settings.lmtp_port,
            settings.lmtp_socket, tls,
        )  # fmt: skip
        return MailService(doors).run()
