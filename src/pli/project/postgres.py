"""The PostgreSQL that Pli starts for itself: initdb, start, stop, in our own few lines.

Reached through a socket in a folder closed to others, where the kernel says who calls (``peer``: only root and the
accounts that run Pli are let in). Where the socket's path is too long for the kernel, or when PLI_POSTGRES_PORT is
set, it listens on loopback too, with a long password (``scram-sha-256``). Never on another address.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

from pli.project import children
from pli.project.faults import DatabaseFailed, DiskFull, HomeInUse, PortTaken
from pli.project.home import NEEDED_MEGABYTES, free_megabytes, write_atomically
from pli.project.postgres_programs import check_reach, choose_user, find_programs, reachable_copy, run_as

# sockaddr_un.sun_path holds 108 bytes with the closing zero (unix(7)).
LONGEST_SOCKET_PATH = 107
SOCKET_PORT = 5432
ROLE = "pli"
START_SECONDS = 60.0


def free_port() -> int:
    """A loopback port that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_port_free(host: str, port: int) -> bool:
    """Whether we could listen there now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


class Cluster:
    """One database cluster under ``folder``. One process at a time prepares and starts it (PLI_HOME's lock)."""

    def __init__(self, folder: Path, *, port: int | None = None, options: tuple[str, ...] = ()) -> None:
        self.folder = folder.absolute()
        self.options = options
        self.data = self.folder / "data"
        self.socket = self.folder / "socket"
        self.log = self.folder / "log"
        self.asked_port = port
        self._process: subprocess.Popen[bytes] | None = None

    # -- what it is ---------------------------------------------------------------------------------------------

    @property
    def major(self) -> int | None:
        """The major version that made the data; None before the first start."""
        try:
            return int((self.data / "PG_VERSION").read_text().strip().partition(".")[0])
        except OSError:
            return None

    @property
    def uses_socket(self) -> bool:
        """Whether the kernel can hold the socket's path."""
        return len(os.fsencode(self.socket / f".s.PGSQL.{SOCKET_PORT}")) <= LONGEST_SOCKET_PATH

    @property
    def port(self) -> int:
        """The loopback port, remembered from one start to the next; also the socket's number when none is needed."""
        if self.asked_port:
            return self.asked_port
        with contextlib.suppress(OSError, ValueError):
            return int((self.folder / "port").read_text())
        return SOCKET_PORT

    @property
    def listens(self) -> bool:
        """Whether it opens a loopback port."""
        return not self.uses_socket or self.asked_port is not None

    def url(self, database: str = ROLE) -> str:
        """The address to connect to."""
        if self.uses_socket:
            return f"postgresql://{ROLE}@/{database}?host={quote(str(self.socket))}&port={self.port}"
        password = (self.folder / "password").read_text().strip()
        return f"postgresql://{ROLE}:{password}@127.0.0.1:{self.port}/{database}"

    # -- before the start ---------------------------------------------------------------------------------------

    def prepare(self) -> list[str]:
        """Make the cluster when there is none, recover from an unclean stop; the command that starts it.

        :raises RunError: for all that can be wrong, with its cure.
        """
        self.user = choose_user(self.data)
        programs = find_programs(self.major, self.folder)
        self._make_folders()
        self.programs = reachable_copy(programs, self.user, self.folder)
        if free_megabytes(self.folder) < NEEDED_MEGABYTES:
            raise DiskFull(folder=self.folder, free=free_megabytes(self.folder), needed=NEEDED_MEGABYTES)
        self.stop_leftover()
        if self.major is None:
            self._initdb()
        self._write_access_rules()
        self._settle_port()
        settings = {
            "port": str(self.port),
            "unix_socket_directories": str(self.socket) if self.uses_socket else "",
            "unix_socket_permissions": "0700",
            "listen_addresses": "127.0.0.1" if self.listens else "",
            "hba_file": str(self.folder / "hba.conf"),
            "ident_file": str(self.folder / "ident.conf"),
            "max_connections": "200",
            "timezone": "UTC",
            "jit": "off",
            "log_min_messages": "warning",
        }
        given = [word for option in self.options for word in option.split()]
        return [
            str(self.programs.folder / "postgres"), "-D", str(self.data),
            *(word for name, value in settings.items() for word in ("-c", f"{name}={value}")), *given,
        ]  # fmt: skip

    def _make_folders(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.user:
            check_reach(self.folder.parent, self.user)
        for folder in (self.folder, self.socket):
            folder.mkdir(mode=0o700, exist_ok=True)
            if self.user and folder.stat().st_uid != self.user.uid:
                os.chown(folder, self.user.uid, self.user.gid)

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(  # type: ignore[call-overload]  # noqa: S603
            [str(self.programs.folder / program), *arguments],
            cwd="/", env=self.environment(), capture_output=True, text=True, check=False, **run_as(self.user),
        )  # fmt: skip
        if done.returncode:
            raise self._explain((done.stdout + done.stderr).strip())

    def environment(self) -> dict[str, str]:
        """What PostgreSQL may know of our environment: nothing but where programs are."""
        return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C.UTF-8"}

    def _explain(self, output: str) -> DatabaseFailed | DiskFull:
        """The error that fits what a program of PostgreSQL said."""
        if "No space left on device" in output:
            return DiskFull(folder=self.folder, free=free_megabytes(self.folder), needed=NEEDED_MEGABYTES)
        lines = [line for line in output.splitlines() if re.search("FATAL|ERROR|error|could not|PANIC", line)]
        return DatabaseFailed(reason=(lines or output.splitlines() or ["?"])[-1].strip(), log=self.log)

    def _own(self, path: Path) -> None:
        if self.user:
            os.chown(path, self.user.uid, self.user.gid)

    def _initdb(self) -> None:
        # Made beside and renamed: a power cut leaves either no cluster or a whole one.
        half = self.folder / "data.half"
        shutil.rmtree(half, ignore_errors=True)
        password = self.folder / "password"
        write_atomically(password, secrets.token_urlsafe(32) + "\n")
        self._own(password)
        # From version 17 PostgreSQL brings its own C.UTF-8: an index then never depends on the machine's libc.
        locale = ["--locale-provider=builtin"] if self.programs.major >= 17 else []
        self._run(
            "initdb", "-D", str(half), "-U", ROLE, "--auth-local=peer", "--auth-host=scram-sha-256",
            f"--pwfile={password}", "-E", "UTF8", "--locale=C.UTF-8", *locale, "--data-checksums", "--no-instructions",
        )  # fmt: skip
        half.rename(self.data)

    def _write_access_rules(self) -> None:
        hba = "local all all peer map=pli\nhost all all 127.0.0.1/32 scram-sha-256\n"
        names = {pwd.getpwuid(os.geteuid()).pw_name}
        if self.user:
            names.add(self.user.name)
        ident = "".join(f'pli "{name}" {ROLE}\n' for name in sorted(names))
        for name, content in (("hba.conf", hba), ("ident.conf", ident)):
            write_atomically(self.folder / name, content)
            self._own(self.folder / name)

    def _settle_port(self) -> None:
        if not self.listens or is_port_free("127.0.0.1", self.port):
            return
        if self.asked_port:
            raise PortTaken(host="127.0.0.1", port=self.port, variable="PLI_POSTGRES_PORT", suggestion=free_port())
        write_atomically(self.folder / "port", str(free_port()))

    # -- a cluster that an earlier Pli left ---------------------------------------------------------------------

    def postmaster(self) -> int | None:
        """The process that serves this data folder now, whoever started it."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
            command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except (OSError, ValueError):
            return None
        serves = os.fsencode(self.data) in command and children.is_alive(pid)
        return pid if serves else None

    def stop_leftover(self) -> None:
        """Stop a server left by a Pli that was killed; forget one that a power cut or a container's end took.

        :raises HomeInUse: when it does not let go.
        """
        pid = self.postmaster()
        for sent, seconds in ((signal.SIGINT, 20.0), (signal.SIGQUIT, 5.0)):
            if pid is None:
                break
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, sent)
            pid = self._wait_gone(pid, seconds)
        if pid is not None:
            raise HomeInUse(home=self.folder, pid=pid)
        # A postmaster killed alone leaves sessions that still write: none may outlive it.
        for session in self._sessions():
            with contextlib.suppress(ProcessLookupError):
                os.kill(session, signal.SIGQUIT)
            if self._wait_gone(session, 5.0):
                raise HomeInUse(home=self.folder, pid=session)
        self._forget_reused_number()

    def _sessions(self) -> list[int]:
        """Processes that work inside the data folder (PostgreSQL's own all do)."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                with contextlib.suppress(OSError):
                    if (entry / "cwd").readlink() == self.data.resolve():
                        found.append(int(entry.name))
        return found

    def _forget_reused_number(self) -> None:
        """PostgreSQL sees by itself that its old process is gone, but not when another program took its number."""
        lock = self.data / "postmaster.pid"
        with contextlib.suppress(OSError, ValueError):
            if children.is_alive(int(lock.read_text().split("\n", 1)[0])):
                lock.unlink()

    def _wait_gone(self, pid: int, seconds: float) -> int | None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not children.is_alive(pid):
                return None
            time.sleep(0.05)
        return pid

    # -- running ------------------------------------------------------------------------------------------------

    def is_ready(self) -> bool:
        """Whether it accepts connections: the eighth line of postmaster.pid says so, as pg_ctl reads it."""
        with contextlib.suppress(OSError, IndexError):
            return (self.data / "postmaster.pid").read_text().split("\n")[7].strip() == "ready"
        return False

    def launch(self, output: int) -> subprocess.Popen[bytes]:
        """Start the server, leashed to this process; ``is_ready`` tells when it serves."""
        return children.spawn(
            self.prepare(), env=self.environment(), output=output, user=self.user, death=signal.SIGINT
        )

    def start(self) -> None:
        """Start and wait until it accepts connections (for tests and for commands that need a database for a while).

        :raises RunError: when it does not.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as output:
            self._process = self.launch(output.fileno())
        deadline = time.monotonic() + START_SECONDS
        while not self.is_ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise self.explain_log()
            time.sleep(0.02)

    def explain_log(self) -> DatabaseFailed | DiskFull:
        """Why the last start failed."""
        try:
            return self._explain(self.log.read_text(errors="replace")[-4000:])
        except OSError:
            return DatabaseFailed(reason="?", log=self.log)

    def stop(self) -> None:
        """Stop it at once, cleanly (« fast »)."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(10)
        self._process = None


def ensure_database(url: str, name: str) -> None:
    """Create the database ``name`` on the server of ``url`` unless it exists."""
    import psycopg
    from psycopg import errors, sql

    with psycopg.connect(url, autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
            with contextlib.suppress(errors.DuplicateDatabase):
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
