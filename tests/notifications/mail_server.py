"""Mail servers for the tests: a real one (aiosmtpd) and a scripted one that misbehaves on demand."""

from __future__ import annotations

import email
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP as Server
from aiosmtpd.smtp import Envelope, Session


@dataclass
class Letters:
    """What a real server received."""

    port: int = 0
    envelopes: list[Envelope] = field(default_factory=list)

    async def handle_DATA(self, server: Server, session: Session, envelope: Envelope) -> str:
        self.envelopes.append(envelope)
        return f"250 2.0.0 queued as {len(self.envelopes)}"

    @property
    def messages(self) -> list[EmailMessage]:
        parsed = [email.message_from_bytes(e.content or b"", policy=default) for e in self.envelopes]
        return [m for m in parsed if isinstance(m, EmailMessage)]


@contextmanager
def real_server(**options: Any) -> Iterator[Letters]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    letters = Letters(port)
    controller = Controller(letters, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield letters
    finally:
        controller.stop(no_assert=True)


class _Scripted(socketserver.StreamRequestHandler):
    """Answers each verb as the script says: a reply, or ``close`` to cut the line there."""

    server: ScriptedServer

    def handle(self) -> None:
        script = self.server.script
        if not self._answer(script.get("CONNECT", "220 ready")):
            return
        while line := self.rfile.readline():
            self.server.commands.append(line.decode().strip())
            verb = line.split(b" ")[0].split(b":")[0].strip().upper().decode()
            if verb == "QUIT":
                self._answer(script.get("QUIT", "221 bye"))
                return
            if verb == "DATA":
                if not self._data(script):
                    return
                continue
            default_reply = "250 PIPELINING" if verb in ("EHLO", "HELO") else "250 ok"
            if not self._answer(script.get(verb, default_reply)):
                return

    def _data(self, script: dict[str, str]) -> bool:
        if not self._answer(script.get("DATA", "354 go on")):
            return False
        if not script.get("DATA", "354").startswith("354"):
            return True
        body = b""
        while line := self.rfile.readline():
            if script.get("MID-DATA") == "close":
                return False
            if line == b".\r\n":
                self.server.bodies.append(body)
                return self._answer(script.get("DOT", "250 queued"))
            body += line
        return False

    def _answer(self, reply: str) -> bool:
        if reply == "close":
            return False
        self.wfile.write(f"{reply}\r\n".encode())
        return True


class ScriptedServer(socketserver.ThreadingTCPServer):
    """``script[verb]`` is the reply to it; CONNECT, MID-DATA and DOT are moments rather than verbs."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, script: dict[str, str]) -> None:
        self.script = script
        self.bodies: list[bytes] = []
        self.commands: list[str] = []
        super().__init__(("127.0.0.1", 0), _Scripted)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.server_address[1]}/?tls=none"


@contextmanager
def scripted_server(**script: str) -> Iterator[ScriptedServer]:
    """A server that follows ``script``; write MID_DATA for MID-DATA."""
    server = ScriptedServer({verb.replace("_", "-"): reply for verb, reply in script.items()})
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
