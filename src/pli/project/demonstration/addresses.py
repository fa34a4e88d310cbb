"""demo.json says where Pli answers now: the ports and the address may change from one start to the next."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from pli.project.home import write_atomically


def refresh_addresses(home: Path) -> None:
    """Put today's addresses into demo.json; names, logins and passwords stay. Nothing where there is no demo.json."""
    path = home / "demo.json"
    try:
        demo: dict[str, Any] = json.loads(path.read_text())
    except (OSError, ValueError):
        return
    base = settings.PLI_BASE_URL
    host = urlsplit(base).hostname or "localhost"
    demo |= {"base_url": base, "local_outbox": f"{base}/office/messages/local/"}
    for printer in demo.get("printers", []):
        printer["uri"] = f"{settings.PLI_IPP_URL}{urlsplit(printer['uri']).path}"
    mail = settings.PLI_SMTP_PORT
    doors = {"ftp": settings.PLI_FTP_PORT, "sftp": settings.PLI_SFTP_PORT, "smtp": mail, "scan_to_mail": mail}
    for door, port in doors.items():
        for account in demo.get(door, []):
            account |= {"host": host, "port": port}
    said = json.dumps(demo, indent=2, ensure_ascii=False)
    if said != path.read_text():
        write_atomically(path, said)
