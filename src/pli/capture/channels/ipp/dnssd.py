"""Announcing shared printers on the local network (RFC 6763, Bonjour Printing): only where asked for, twice.

An announcement carries the path of the printer, and so its secret: whoever is on the network may print. So it takes
``PLI_DNSSD=1`` on the server *and* the box ticked on a shared printer.
"""

from __future__ import annotations

import logging
import socket
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.db import DatabaseError, connection

from pli.capture.channels.ipp.attributes import MODEL
from pli.capture.errors import AddressLost
from pli.capture.models import PrinterQueue
from pli.capture.printing.addresses import open_address

if TYPE_CHECKING:
    from zeroconf import ServiceInfo

log = logging.getLogger(__name__)
EVERY_SECONDS = 30.0


@dataclass(frozen=True)
class Announcement:
    """A printer as the network hears of it."""

    uuid: str
    name: str
    address: str

    def service(self) -> ServiceInfo:
        """Its DNS-SD service. iOS shows it only with the ``_universal`` subtype and a non-empty URF key."""
        from zeroconf import ServiceInfo

        parts = urlsplit(self.address)
        kind = f"_universal._sub._{parts.scheme}._tcp.local."
        host = parts.hostname or "localhost"
        properties = {
            "txtvers": "1", "qtotal": "1", "rp": parts.path.lstrip("/"), "ty": MODEL, "product": f"({MODEL})",
            "note": "", "UUID": self.uuid, "Color": "T", "Duplex": "T", "priority": "0",
            "pdl": "application/pdf,image/urf,image/pwg-raster,image/jpeg",
            "URF": "CP1,IS1,MT1,OB9,PQ3-4-5,RS300,SRGB24,V1.4,W8,DM1",
        }  # fmt: skip
        if parts.scheme == "ipps":
            properties["TLS"] = "1.2"
        label = self.name.encode()[:60].decode(errors="ignore").replace(".", " ")
        return ServiceInfo(
            kind, f"{label}._{parts.scheme}._tcp.local.", port=parts.port or 631, properties=properties,
            server=f"{self.uuid}.local.", addresses=_addresses(host),
        )  # fmt: skip


def announced_printers() -> set[Announcement]:
    """The printers to announce now."""
    found = set()
    for printer in PrinterQueue.objects.filter(is_announced=True, is_shared=True, is_active=True):
        try:
            address = open_address(printer.id, printer.secret_sealed)
        except AddressLost:
            continue
        found.add(Announcement(str(printer.id), printer.name, address))
    return found


def _addresses(host: str) -> list[bytes]:
    """The IPv4 addresses of the host in the printers' address."""
    found = {item[4][0] for item in socket.getaddrinfo(host, None, socket.AF_INET, socket.SOCK_STREAM)}
    return [socket.inet_aton(str(address)) for address in sorted(map(str, found))]


class Announcer(threading.Thread):
    """Keeps the network told: looks every half minute at which printers are to be announced."""

    def __init__(self) -> None:
        super().__init__(name="dns-sd", daemon=True)
        self._stopping = threading.Event()

    def run(self) -> None:
        """Until :meth:`stop`."""
        from zeroconf import Zeroconf

        told: dict[Announcement, ServiceInfo] = {}
        network = Zeroconf()
        try:
            while not self._stopping.is_set():
                try:
                    self._tell(network, told, announced_printers())
                except (DatabaseError, OSError) as error:
                    log.warning("printers are not announced: %s", type(error).__name__)
                finally:
                    connection.close()
                self._stopping.wait(EVERY_SECONDS)
        finally:
            network.close()

    @staticmethod
    def _tell(network: object, told: dict[Announcement, ServiceInfo], wanted: set[Announcement]) -> None:
        for gone in told.keys() - wanted:
            network.unregister_service(told.pop(gone))  # type: ignore[attr-defined]
        for new in wanted - told.keys():
            service = new.service()
            network.register_service(service, allow_name_change=True)  # type: ignore[attr-defined]
            told[new] = service

    def stop(self) -> None:
        """Withdraw the announcements and end."""
        self._stopping.set()
        self.join(5)
