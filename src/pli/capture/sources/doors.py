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
    """The address an FTPS or SFTP account connects to; None for what connects to nothing of ours."""
    ports = {SourceKind.FTP: settings.PLI_FTP_PORT, SourceKind.SFTP: settings.PLI_SFTP_PORT}
    if channel not in ports:
        return None
    return Door(urlsplit(settings.PLI_BASE_URL).hostname or "localhost", ports[channel])
