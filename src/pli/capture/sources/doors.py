"""Where a drop account's sender connects to."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

from pli.capture.states import SourceKind


@dataclass(frozen=True)
class Door:
    """``port``: 0 when the server's administrator closed this door."""

    host: str
    port: int


def door_of(channel: SourceKind) -> Door | None:
    """The address an FTPS, SFTP or mail account connects to; None for what connects to nothing of ours."""
    ports = {
        SourceKind.FTP: settings.PLI_FTP_PORT,
        SourceKind.SFTP: settings.PLI_SFTP_PORT,
        SourceKind.MAIL: settings.PLI_SMTP_PORT,
    }
    if channel not in ports:
        return None
    host = settings.PLI_SMTP_DOMAIN if channel == SourceKind.MAIL else urlsplit(settings.PLI_BASE_URL).hostname
    return Door(host or "localhost", ports[channel])


def mail_address(login: str | None) -> str:
    """Where scans are mailed to, for a source with an address at the gateway."""
    return f"{login}@{settings.PLI_SMTP_DOMAIN}"
