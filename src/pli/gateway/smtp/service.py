"""``pli mail``: the SMTP door, its threads, and its orderly end."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import ssl
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pli.gateway.smtp.door import Door
from pli.gateway.smtp.server import GatewayLmtp, GatewaySmtp

log = logging.getLogger(__name__)
SILENT_SECONDS = 300.0
# What one connection may ask, so that none is held for ever by nonsense.
_CALLS = {"*": 1000, "AUTH": 10, "MAIL": 100_000, "RCPT": 1_000_000, "DATA": 100_000, "RSET": 100_000, "NOOP": 10_000}


@dataclass(frozen=True)
class MailDoors:
    """Where it listens; a port of 0 is no door. ``lmtp`` is for a mail server of the same machine.

    Whoever reaches it is believed: ``lmtp_socket`` is for its owner and group, ``lmtp_port`` for all programs here.
    """

    host: str
    name: str
    smtp_port: int
    smtps_port: int = 0
    lmtp_port: int = 0
    lmtp_socket: str = ""
    tls: ssl.SSLContext | None = None


class MailService:
    """The door of one process."""

    def __init__(self, doors: MailDoors) -> None:
        from pli.gateway.accepting import Acceptor

        self.doors = doors
        self.acceptor = Acceptor()
        self.door = Door(self.acceptor)
        self._stopping: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def run(self) -> int:
        """Serve until told to stop; what was received whole is made durable and acknowledged first."""
        logging.getLogger("mail.log").setLevel(logging.ERROR)
        # The thread that commits must not keep the one that talks waiting for its turn.
        sys.setswitchinterval(0.0005)
        asyncio.run(self._serve())
        return 0

    def stop(self) -> None:
        """End in order; from any thread."""
        if self._loop is not None and self._stopping is not None:
            self._loop.call_soon_threadsafe(self._stopping.set)

    async def _serve(self) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            try:
                self._loop.add_signal_handler(number, self._stopping.set)
            except (ValueError, RuntimeError):
                log.debug("not in the main thread: somebody else stops this service")
        self.acceptor.start()
        servers = [server async for server in self._open()]
        try:
            await self._stopping.wait()
        finally:
            for server in servers:
                server.close()
            if self.doors.lmtp_socket:
                Path(self.doors.lmtp_socket).unlink(missing_ok=True)
            self.acceptor.stop()
            await asyncio.to_thread(self.acceptor.join, 5)
            await asyncio.to_thread(self.door.close)

    async def _open(self) -> Any:
        doors = self.doors
        loop = asyncio.get_running_loop()
        if doors.smtp_port:
            yield await loop.create_server(lambda: self._smtp(doors.tls), doors.host, doors.smtp_port, backlog=512)
        if doors.smtps_port:
            yield await loop.create_server(
                lambda: self._smtp(None, is_secure=True), doors.host, doors.smtps_port, ssl=doors.tls, backlog=512
            )
        if doors.lmtp_port:
            yield await loop.create_server(self._lmtp, "127.0.0.1", doors.lmtp_port)
        if doors.lmtp_socket:
            before = os.umask(0o117)
            try:
                yield await loop.create_unix_server(self._lmtp, doors.lmtp_socket)
            finally:
                os.umask(before)

    def _smtp(self, tls: ssl.SSLContext | None, *, is_secure: bool = False) -> GatewaySmtp:
        return GatewaySmtp(
            self.door, hostname=self.doors.name, ident="Pli", tls_context=tls, enable_SMTPUTF8=True,
            auth_require_tls=not is_secure, timeout=SILENT_SECONDS, data_size_limit=1, command_call_limit=dict(_CALLS),
            loop=asyncio.get_running_loop(),
        )  # fmt: skip

    def _lmtp(self) -> GatewaySmtp:
        return GatewayLmtp(
            self.door, is_trusted=True, hostname=self.doors.name, ident="Pli", enable_SMTPUTF8=True,
            timeout=SILENT_SECONDS, data_size_limit=1, command_call_limit=dict(_CALLS), loop=asyncio.get_running_loop(),
        )  # fmt: skip
