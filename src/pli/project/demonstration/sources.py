"""The demonstration's scanners: a copier by FTPS, an old ERP by SFTP, a watched folder."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from pli.capture.api import (
    FolderOptions,
    FtpOptions,
    GatewayOptions,
    InputSource,
    SftpOptions,
    SourceKind,
    SourceSettings,
    create_source,
    folder_of,
    mail_address,
    renew_source_secret,
    sftp_fingerprints,
    sources_for,
)
from pli.parties.api import StaffActor

_WANTED = (
    SourceSettings("Copieur de l’accueil", FtpOptions(), kind="invoice", asks_first=True),
    SourceSettings("Ancien ERP", SftpOptions(), kind="invoice"),
    SourceSettings("Copieur de l’atelier", GatewayOptions()),
    SourceSettings("Dossier des numérisations", FolderOptions(keeps_done=True, takes_subfolders=True)),
)


def make_sources(actor: StaffActor) -> dict[str, list[dict[str, Any]]]:
    """Make them, and describe them for demo.json: passwords are only known now, so what is there gets a new one."""
    described: dict[str, list[dict[str, Any]]] = {"ftp": [], "sftp": [], "folders": [], "scan_to_mail": []}
    for chosen in _WANTED:
        source = sources_for(actor).filter(name=chosen.name).first()
        if source is None:
            source, secret = create_source(actor, chosen=chosen)
        else:
            secret = renew_source_secret(actor, source.id)[1] if source.login else ""
        if source.channel == SourceKind.FOLDER:
            folder = folder_of(source)
            folder.mkdir(parents=True, exist_ok=True)
            described["folders"].append({"name": source.name, "path": str(folder)})
        elif source.channel == SourceKind.MAIL:
            described["scan_to_mail"].append(_describe(source, secret) | {"tls": "starttls"})
        else:
            described[source.channel.lower()].append(_describe(source, secret))
    return described


def _host() -> str:
    return urlsplit(settings.PLI_BASE_URL).hostname or "localhost"


def _describe(source: InputSource, secret: str) -> dict[str, Any]:
    if source.channel == SourceKind.MAIL:
        return {
            "name": source.name, "address": mail_address(source.login), "host": _host(),
            "port": settings.PLI_SMTP_PORT, "user": source.login, "password": secret,
        }  # fmt: skip
    is_sftp = source.channel == SourceKind.SFTP
    told = {
        "name": source.name,
        "host": _host(),
        "port": settings.PLI_SFTP_PORT if is_sftp else settings.PLI_FTP_PORT,
        "user": source.login,
        "password": secret,
    }
    return told | ({"fingerprints": sftp_fingerprints()} if is_sftp else {"tls": "explicit"})
