"""A real ``pli serve`` for tests, in a throw-away PLI_HOME on a free port."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from pli.project import children
from pli.project.postgres import free_port

# A start takes seconds on an idle machine; a loaded one is waited for.
PATIENCE = 240.0


class Server:
    """One installation: start it, ask it, kill parts of it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port = free_port()
        self.printer_port = free_port()
        self.ftp_port, self.sftp_port, self.smtp_port = free_port(), free_port(), free_port()
        self.output = home.parent / f"{home.name}.out"
        self.process: subprocess.Popen[bytes] | None = None

    def environment(self, **more: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PLI_", "DJANGO_"))}
        return {
            **kept,
            "PLI_HOME": str(self.home),
            "PLI_PORT": str(self.port),
            "PLI_IPP_PORT": str(self.printer_port),
            "PLI_FTP_PORT": str(self.ftp_port),
            "PLI_SFTP_PORT": str(self.sftp_port),
            "PLI_SMTP_PORT": str(self.smtp_port),
            "LANG": "C.UTF-8",
            **more,
        }

    def command(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run ``pli words…`` to its end."""
        return subprocess.run(
            [sys.executable, "-m", "pli.project.cli", *words],
            env=self.environment(**more), capture_output=True, text=True, timeout=PATIENCE, check=False,
        )  # fmt: skip

    def start(self, **more: str) -> None:
        """Start everything and wait until it says it is ready."""
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "pli.project.cli", "serve"],
                env=self.environment(**more), stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            )  # fmt: skip
        self.wait(lambda: "Pli est prêt" in self.said())

    def said(self) -> str:
        return self.output.read_text()

    def wait(self, condition: Any, seconds: float = PATIENCE) -> None:
        """Wait for ``condition()``; what the server said is in the failure."""
        deadline = time.monotonic() + seconds
        while not condition():
            ended = self.process is not None and self.process.poll() is not None
            if time.monotonic() > deadline or ended:
                logs = "".join(path.read_text()[-1500:] for path in sorted((self.home / "logs").glob("*.log")))
                raise AssertionError(f"not in {seconds} s:\n{self.said()}\n{logs}")
            time.sleep(0.1)

    def health(self) -> tuple[int, dict[str, Any]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", "/healthz", headers={"Host": "localhost"})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def members(self) -> dict[str, int]:
        """Process numbers by name, as the supervisor wrote them down."""
        running = json.loads((self.home / "run" / "processes.json").read_text())
        return {entry["name"]: entry["pid"] for entry in running}

    def processes(self) -> list[int]:
        """Every live process that belongs to this installation: its environment or its command says so."""
        mark = os.fsencode(self.home)
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and int(entry.name) != os.getpid() and children.is_alive(int(entry.name)):
                try:
                    said = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
                except OSError:
                    continue
                if mark in said:
                    found.append(int(entry.name))
        return found

    def stop(self, sent: signal.Signals = signal.SIGTERM) -> float:
        """Ask it to stop; the seconds it took."""
        if self.process is None or self.process.poll() is not None:
            return 0.0
        began = time.monotonic()
        self.process.send_signal(sent)
        self.process.wait(60)
        return time.monotonic() - began
