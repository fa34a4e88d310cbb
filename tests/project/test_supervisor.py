"""``pli serve`` as a person runs it: started, hurt, stopped, started again. One installation through the whole file."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.project.server import Server
from tests.support.processes import open_folder

pytestmark = pytest.mark.faults


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with open_folder("serve") as folder:
        made = Server(folder / "home")
        try:
            made.start(PLI_WORKER_PROCESSES="1")
            yield made
        finally:
            made.stop()


def test_everything_is_ready(server: Server) -> None:
    status, body = server.health()
    assert (status, body["status"]) == (200, "ok")
    assert set(body["parts"]) >= {"database", "worker", "disk"}
    assert f"http://localhost:{server.port}" in server.said()


def test_a_second_pli_on_the_same_folder_is_refused(server: Server) -> None:
    second = server.command("serve")
    assert second.returncode == 1
    assert "RUN-001" in second.stderr and str(server.process.pid if server.process else "") in second.stderr


def test_a_taken_port_is_named_with_its_cure(server: Server, tmp_path: Path) -> None:
    other = server.command("serve", PLI_HOME=str(tmp_path / "other"))
    assert other.returncode == 1
    assert "RUN-003" in other.stderr and str(server.port) in other.stderr and "PLI_PORT=" in other.stderr


def test_the_secret_folders_are_closed(server: Server) -> None:
    for name in ("keys", "blobs", "run", "logs"):
        assert (server.home / name).stat().st_mode & 0o077 == 0, name
    assert (server.home / "keys" / "django.key").stat().st_mode & 0o777 == 0o600


def test_a_killed_worker_is_replaced(server: Server) -> None:
    before = server.members()["worker"]
    os.kill(before, signal.SIGKILL)
    server.wait(lambda: server.members().get("worker", before) != before, 20)
    assert server.health()[0] == 200


def test_doctor_finds_nothing_broken(server: Server) -> None:
    done = server.command("doctor")
    assert "✓ database" in done.stdout and "✓ worker" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 0, done.stdout


def test_a_killed_database_comes_back(server: Server) -> None:
    postmaster = int((server.home / "postgres/data/postmaster.pid").read_text().split("\n", 1)[0])
    os.kill(postmaster, signal.SIGKILL)
    server.wait(lambda: server.said().count("prête (PostgreSQL") == 2, 40)
    server.wait(lambda: server.health()[0] == 200, 40)


def test_a_killed_supervisor_leaves_nothing_and_the_next_start_works(server: Server) -> None:
    assert server.process is not None
    server.process.kill()
    server.process.wait()
    process, server.process = server.process, None
    server.wait(lambda: not server.processes(), 20)
    assert process.returncode == -signal.SIGKILL
    server.start(PLI_WORKER_PROCESSES="1")
    assert server.health()[0] == 200


def test_it_stops_within_seconds_and_leaves_nothing(server: Server) -> None:
    took = server.stop(signal.SIGINT)
    assert server.process is not None and server.process.returncode == 0
    assert took < 25, took
    assert server.processes() == []
    assert not (server.home / "postgres/data/postmaster.pid").exists()
