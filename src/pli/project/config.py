"""What the environment says, read once: PLI_* variables, each secret also as ``…_FILE``."""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from pli.project.faults import SettingsContradict


def read_secret(name: str, default: str = "") -> str:
    """The value of ``name``, or the content of the file named by ``name_FILE``."""
    path = os.environ.get(f"{name}_FILE")
    return Path(path).read_text().strip() if path else os.environ.get(name, default)


def default_home() -> Path:
    """Where data live when PLI_HOME is silent: /var/lib/pli for root, else under the user's own data folder."""
    if os.geteuid() == 0:
        return Path("/var/lib/pli")
    base = os.environ.get("XDG_DATA_HOME") or str(Path(pwd.getpwuid(os.geteuid()).pw_dir) / ".local/share")
    return Path(base) / "pli"


@dataclass(frozen=True)
class Config:
    """The installation's settings that come from outside the database."""

    home: Path
    host: str
    port: int
    base_url: str
    database_url: str
    debug: bool
    tls: str
    """How the doors serve TLS: ``""`` not at all, ``files`` with PLI_TLS_CERT/KEY, ``own`` with Pli's own authority."""
    tls_cert: Path | None
    tls_key: Path | None
    web_processes: int
    worker_processes: int
    ipp_port: int
    """The virtual printer's; 0: none here."""
    ipp_url: str
    """Where workstations reach the printer, e.g. ``ipps://pli.example.fr:8631``."""
    ipp_processes: int
    dnssd: bool
    """Whether shared printers that ask for it are announced on the local network."""
    ftp_port: int
    """The FTPS box's; 0: none here."""
    ftp_passive: range | None
    """The ports of FTP's transfers, for a firewall that must know them; None: any."""
    ftp_address: str
    """The address FTP tells for its transfers, when a router stands between; empty: the one that was called."""
    sftp_port: int
    """The SFTP box's; 0: none here."""
    smtp_port: int
    """The mail gateway's; 0: none here."""
    smtps_port: int
    """The same with TLS from the first byte; 0: none."""
    lmtp_port: int
    lmtp_socket: str
    """Where a mail server of this machine hands over what it has accepted; 0: none."""
    smtp_domain: str
    """What follows the @ in the gateway's own addresses."""
    smtp_bounces: bool
    """Whether messages leave under an address of the gateway's own, so that it reads what comes back."""
    smtp_max_bytes: int
    """The largest message without ``*LIEN``."""


def _number(name: str, default: int, *, least: int = 1, most: int = 65535) -> int:
    text = os.environ.get(name) or str(default)
    if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
        raise SettingsContradict(reason=f"{name}={text}")
    return int(text)


def _tls() -> str:
    cert, key, wanted = (os.environ.get(name, "") for name in ("PLI_TLS_CERT", "PLI_TLS_KEY", "PLI_TLS"))
    if bool(cert) != bool(key) or (cert and wanted) or wanted not in ("", "own"):
        raise SettingsContradict(reason=f"PLI_TLS_CERT={cert} PLI_TLS_KEY={key} PLI_TLS={wanted}")
    return "files" if cert else wanted


def _base_url(default: str) -> str:
    url = (os.environ.get("PLI_BASE_URL") or default).rstrip("/")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SettingsContradict(reason=f"PLI_BASE_URL={url}")
    return url


def _ipp_url(base_url: str, port: int, *, is_tls: bool) -> str:
    host = urlsplit(base_url).hostname or "localhost"
    shown = f"[{host}]" if ":" in host else host
    url = (os.environ.get("PLI_IPP_URL") or f"{'ipps' if is_tls else 'ipp'}://{shown}:{port}").rstrip("/")
    parts = urlsplit(url)
    # Always with its port: without one, ipps:// means 631 to some clients and 443 to others.
    if parts.scheme not in ("ipp", "ipps") or not parts.hostname or not parts.port or parts.path:
        raise SettingsContradict(reason=f"PLI_IPP_URL={url}")
    return url


def _ports(name: str) -> range | None:
    text = os.environ.get(name) or ""
    if not text:
        return None
    first, dash, last = text.partition("-")
    if not (dash and first.isascii() and first.isdigit() and last.isascii() and last.isdigit()):
        raise SettingsContradict(reason=f"{name}={text}")
    if not 1024 <= int(first) <= int(last) <= 65535:
        raise SettingsContradict(reason=f"{name}={text}")
    return range(int(first), int(last) + 1)


def _path(name: str) -> Path | None:
    text = os.environ.get(name)
    return Path(text).absolute() if text else None


@cache
def config() -> Config:
    """The configuration of this process.

    :raises SettingsContradict: when a value is senseless or two contradict each other.
    """
    port = _number("PLI_PORT", 8000)
    tls = _tls()
    processors = len(os.sched_getaffinity(0))
    base_url = _base_url(f"{'https' if tls else 'http'}://localhost:{port}")
    ipp_port = _number("PLI_IPP_PORT", 8631, least=0)
    return Config(
        home=Path(os.environ.get("PLI_HOME") or default_home()).absolute(),
        host=os.environ.get("PLI_HOST") or "127.0.0.1",
        port=port,
        base_url=base_url,
        database_url=read_secret("PLI_DATABASE_URL"),
        debug=os.environ.get("PLI_DEBUG") == "1",
        tls=tls,
        tls_cert=_path("PLI_TLS_CERT"),
        tls_key=_path("PLI_TLS_KEY"),
        web_processes=_number("PLI_WEB_PROCESSES", min(4, max(2, processors)), most=64),
        worker_processes=_number("PLI_WORKER_PROCESSES", min(4, max(2, processors)), most=64),
        ipp_port=ipp_port,
        ipp_url=_ipp_url(base_url, ipp_port or 8631, is_tls=bool(tls)),
        ipp_processes=_number("PLI_IPP_PROCESSES", min(4, processors), most=64),
        dnssd=os.environ.get("PLI_DNSSD") == "1",
        ftp_port=_number("PLI_FTP_PORT", 8021, least=0),
        ftp_passive=_ports("PLI_FTP_PASSIVE_PORTS"),
        ftp_address=os.environ.get("PLI_FTP_ADDRESS", ""),
        sftp_port=_number("PLI_SFTP_PORT", 8022, least=0),
        smtp_port=_number("PLI_SMTP_PORT", 8025, least=0),
        smtps_port=_number("PLI_SMTPS_PORT", 0, least=0),
        lmtp_port=_number("PLI_LMTP_PORT", 0, least=0),
        lmtp_socket=os.environ.get("PLI_LMTP_SOCKET", ""),
        smtp_domain=os.environ.get("PLI_SMTP_DOMAIN") or urlsplit(base_url).hostname or "localhost",
        smtp_bounces=os.environ.get("PLI_SMTP_BOUNCES") == "1",
        smtp_max_bytes=_number("PLI_SMTP_MAX_BYTES", 25 << 20, least=100_000, most=1 << 30),
    )
