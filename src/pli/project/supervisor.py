"""``pli serve``: the database, then everything else, kept running until Ctrl-C.

One thread, one loop: a child made by a thread would lose its leash when the thread ends, and forking beside threads
is unsafe. Each part is a process group; before a part is started again whatever its group left is killed.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import selectors
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from pli.project import children
from pli.project.config import Config
from pli.project.faults import PortForbidden, PortTaken, PreparationFailed, RunError
from pli.project.home import ensure_django_key, make_home, only_supervisor, write_atomically
from pli.project.logs import RotatingLog
from pli.project.postgres import START_SECONDS, Cluster, ensure_database, free_port
from pli.project.processes import PARTS, Part
from pli.project.readiness import DISK, ask_health, ready_lines
from pli.project.speech import _, say

# A part that lives this long is well: its next restart is immediate again.
STEADY_SECONDS = 60.0
LONGEST_PAUSE = 30.0
READY_SECONDS = 90.0


@dataclass
class Member:
    """One running (or resting) instance of a part."""

    part: Part
    name: str
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    failures: int = 0
    start_at: float = 0.0
    log: RotatingLog | None = field(default=None, repr=False)

    def pause_after_failure(self, now: float) -> float:
        """Seconds to wait before the next start: none at first, then 1, 2, 4 … 30."""
        self.failures = 1 if now - self.started_at > STEADY_SECONDS else self.failures + 1
        return 0.0 if self.failures == 1 else min(LONGEST_PAUSE, 2.0 ** (self.failures - 2))


def check_doors(config: Config, parts: tuple[Part, ...] = PARTS) -> None:
    """Make sure every door's port can be had before anything is started.

    :raises PortTaken: naming the port, its variable and a free one.
    :raises PortForbidden: when this user or machine can't have it.
    """
    doors = [door for part in parts if part.count(config) for door in (part.port(config), part.other_port(config))]
    for door in doors:
        if door is None or not door[1]:
            continue
        host, port, variable = door
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
                probe.listen(1)
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    raise PortTaken(host=host, port=port, variable=variable, suggestion=free_port()) from error
                raise PortForbidden(host=host, port=port, variable=variable, reason=error.strerror) from error


class Supervisor:
    """Everything one installation runs on this machine."""

    def __init__(self, config: Config, *, demonstration: bool, parts: tuple[Part, ...] = PARTS) -> None:
        self.config = config
        self.demonstration = demonstration
        self.home = config.home
        self.cluster = None if config.database_url else Cluster(config.home / "postgres", port=_asked_port())
        self.database = Member(Part("database", ()), "database")
        self.members = [
            Member(part, part.name if part.count(config) == 1 else f"{part.name}-{number}")
            for part in parts
            for number in range(1, part.count(config) + 1)
        ]
        self.parts = parts
        self.selector = selectors.DefaultSelector()
        self.is_stopping = False
        self.environment: dict[str, str] = {}

    # -- the whole life -----------------------------------------------------------------------------------------

    def run(self) -> int:
        """Serve until told to stop.

        :raises RunError: when it can't start; nothing is left running.
        """
        make_home(self.home)
        with only_supervisor(self.home):
            children.adopt_orphans()
            self._listen_to_signals()
            try:
                self._kill_leftovers()
                check_doors(self.config, self.parts)
                ensure_django_key(self.home)
                self._start_database()
                self._prepare()
                self._serve()
            finally:
                self._stop_everything()
        return 0

    def _serve(self) -> None:
        announced = False
        deadline = time.monotonic() + READY_SECONDS
        while not self.is_stopping:
            self._start_due_members()
            self._pump(0.25)
            self._look_after()
            if not announced and not self.is_stopping:
                missing = ask_health(self.config)
                # Waiting makes no room.
                if set(missing) <= {DISK} or time.monotonic() > deadline:
                    announced = True
                    for line in ready_lines(self.config, missing):
                        say("pli", line)

    # -- signals ------------------------------------------------------------------------------------------------

    def _listen_to_signals(self) -> None:
        reader, writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        self.selector.register(reader, selectors.EVENT_READ, lambda: os.read(reader, 512))
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask_to_stop)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)

    def _ask_to_stop(self, number: int, frame: object) -> None:
        if self.is_stopping:
            # Asked twice: no more waiting.
            for member in [*self.members, self.database]:
                if member.process:
                    children.kill_group(member.process.pid)
        self.is_stopping = True

    # -- children -----------------------------------------------------------------------------------------------

    def _pump(self, seconds: float) -> None:
        """File what the children say, for at most ``seconds`` or until something happens."""
        for key, _events in self.selector.select(seconds):
            key.data()

    def _spawn(self, member: Member, launch: Callable[[int], subprocess.Popen[bytes]]) -> None:
        member.log = member.log or RotatingLog(self.home / "logs" / f"{member.name}.log")
        log = member.log
        reader, writer = os.pipe2(os.O_CLOEXEC)
        os.set_blocking(reader, False)

        def read() -> None:
            with contextlib.suppress(BlockingIOError):
                content = os.read(reader, 65536)
                if content:
                    log.write(content)
                else:
                    self.selector.unregister(reader)
                    os.close(reader)

        try:
            member.process = launch(writer)
        finally:
            os.close(writer)
            self.selector.register(reader, selectors.EVENT_READ, read)
        member.started_at = time.monotonic()
        self._remember_children()

    def _spawn_pli(self, member: Member, *arguments: str) -> None:
        command = children.python(*arguments)
        self._spawn(member, lambda output: children.spawn(command, env=self.environment, output=output))

    def _start_due_members(self) -> None:
        now = time.monotonic()
        for member in self.members:
            if member.process is None and member.start_at <= now:
                self._spawn_pli(member, *member.part.command)
                say(member.name, _("démarré (processus %d)") % member.process.pid if member.process else "")

    def _reap_ended(self) -> dict[int, int]:
        """Exit codes of the children that ended; what is left of their groups is killed first."""
        codes = {}
        for pid in children.ended_children():
            children.kill_group(pid)
            codes[pid] = children.reap(pid)
        return codes

    def _look_after(self) -> None:
        """Restart what ended, after a pause that grows while it keeps failing."""
        codes = self._reap_ended()
        now = time.monotonic()
        for member in [*self.members, self.database]:
            if member.process is None or member.process.pid not in codes or self.is_stopping:
                continue
            code = member.process.returncode = codes[member.process.pid]
            member.process = None
            pause = member.pause_after_failure(now)
            member.start_at = now + pause
            say(member.name, _("arrêt imprévu (code %d), nouveau départ dans %d s") % (code, pause))
            if member is self.database:
                self._restart_database(pause)
        if codes:
            self._kill_strays()

    def _kill_strays(self) -> None:
        """Kill adopted descendants that outlived the part that made them."""
        known = {m.process.pid for m in [*self.members, self.database] if m.process}
        for pid in children.own_children():
            if pid not in known:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def _remember_children(self) -> None:
        """Write down who runs, for the start after a crash of ours."""
        running = [
            {"name": m.name, "pid": m.process.pid, "birth": children.birth(m.process.pid)}
            for m in self.members
            if m.process
        ]
        with contextlib.suppress(OSError):
            write_atomically(self.home / "run" / "processes.json", json.dumps(running))

    def _kill_leftovers(self) -> None:
        """Kill what an earlier supervisor left; the kernel normally did it already."""
        try:
            left = json.loads((self.home / "run" / "processes.json").read_text())
        except (OSError, ValueError):
            return
        for entry in left:
            if entry["birth"] and children.birth(entry["pid"]) == entry["birth"]:
                children.kill_group(entry["pid"])
                say("pli", _("un processus laissé par l’arrêt précédent a été terminé (%s)") % entry["name"])

    # -- database and preparation -------------------------------------------------------------------------------

    def _start_database(self) -> None:
        url = self.config.database_url
        if self.cluster:
            if self.cluster.major is None:
                say("database", _("création de la base de données"))
            self._launch_cluster(self.cluster)
            url = self.cluster.url()
            ensure_database(self.cluster.url("postgres"), "pli")
            say("database", _("prête (PostgreSQL %s)") % self.cluster.programs.version)
        self.environment = {
            **os.environ,
            "PLI_HOME": str(self.home),
            "PLI_DATABASE_URL": url,
            "PYTHONUNBUFFERED": "1",
            "PLI_SUPERVISED": "1",
        }
        self.environment.pop("PLI_DATABASE_URL_FILE", None)

    def _launch_cluster(self, cluster: Cluster) -> None:
        cluster.log = self.home / "logs" / "database.log"
        self._spawn(self.database, cluster.launch)
        process = self.database.process
        deadline = time.monotonic() + START_SECONDS
        while process and not cluster.is_ready():
            self._pump(0.02)
            if process.pid in children.ended_children() or time.monotonic() > deadline:
                self._pump(0.1)
                raise cluster.explain_log()

    def _restart_database(self, pause: float) -> None:
        if self.cluster is None:
            return
        deadline = time.monotonic() + pause
        while time.monotonic() < deadline and not self.is_stopping:
            self._pump(0.25)
        with contextlib.suppress(RunError):
            self._launch_cluster(self.cluster)
            say("database", _("prête (PostgreSQL %s)") % self.cluster.programs.version)

    def _prepare(self) -> None:
        """Migrations, served files, first-start steps: in a process of their own, whose failure stops the start."""
        say("pli", _("préparation (base de données, fichiers)"))
        member = Member(Part("prepare", ()), "prepare")
        flag = ("--demonstration",) if self.demonstration else ()
        self._spawn_pli(member, "prepare", *flag)
        while member.process and not self.is_stopping:
            self._pump(0.05)
            codes = self._reap_ended()
            if member.process.pid in codes:
                self._pump(0.05)
                code = member.process.returncode = codes[member.process.pid]
                if code and member.log:
                    raise PreparationFailed(reason=member.log.failure() or str(code), log=member.log.path)
                return

    # -- stopping -----------------------------------------------------------------------------------------------

    def _stop_everything(self) -> None:
        self.is_stopping = True
        running = [member for member in self.members if member.process]
        if running:
            say("pli", _("arrêt en cours"))
        for member in running:
            children.kill_group(member.process.pid, signal.SIGTERM) if member.process else None
        self._wait_for(running, max((m.part.stop_seconds for m in running), default=0.0))
        self._kill_strays()
        if self.database.process:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.database.process.pid, signal.SIGINT)
            self._wait_for([self.database], 20.0, last=signal.SIGQUIT)
        (self.home / "run" / "processes.json").unlink(missing_ok=True)
        if running:
            say("pli", _("arrêté"))

    def _wait_for(self, members: list[Member], seconds: float, *, last: signal.Signals = signal.SIGKILL) -> None:
        """Wait until ``members`` have ended; then send the last signal to the groups that remain."""
        deadline = time.monotonic() + seconds
        left = {member.process.pid: member for member in members if member.process}
        while left:
            self._pump(0.05)
            for pid, code in self._reap_ended().items():
                if member := left.pop(pid, None):
                    if member.process:
                        member.process.returncode = code
                    member.process = None
            if time.monotonic() > deadline:
                for pid in left:
                    children.kill_group(pid, last)
                deadline += 5.0
                last = signal.SIGKILL


def _asked_port() -> int | None:
    text = os.environ.get("PLI_POSTGRES_PORT")
    return int(text) if text else None


def serve(config: Config, *, demonstration: bool) -> int:
    """Run everything; what ``./run`` and ``pli serve`` do."""
    return Supervisor(config, demonstration=demonstration).run()
