"""The embedded PostgreSQL against what happens to machines."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from pli.project import home, postgres
from pli.project.faults import DatabaseFailed, DiskFull, HomeInUse, HomeOutOfReach, OtherPostgresVersion
from pli.project.postgres import Cluster, ensure_database, free_port
from pli.project.postgres_programs import copy_programs, find_programs

pytestmark = pytest.mark.faults
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
FAST = ("-c fsync=off",)


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="pli-pg-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="module")
def template() -> Iterator[Path]:
    """A cluster made once: its copies spare each test the making."""
    made = Path(tempfile.mkdtemp(prefix="pli-pg-"))
    made.chmod(0o755)
    cluster = Cluster(made / "postgres", options=FAST)
    cluster.start()
    cluster.stop()
    yield made / "postgres"
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def place(folder: Path, template: Path) -> Path:
    """A folder that holds a stopped cluster."""
    subprocess.run(["cp", "-a", str(template), str(folder / "postgres")], check=True)
    return folder / "postgres"


def _value(cluster: Cluster) -> object:
    with psycopg.connect(cluster.url("postgres")) as connection:
        return connection.execute("SELECT 42").fetchone()


def test_an_unclean_stop_is_recovered_from(place: Path) -> None:
    cluster = Cluster(place, options=FAST)
    cluster.start()
    ensure_database(cluster.url("postgres"), "pli")
    ensure_database(cluster.url("postgres"), "pli")
    assert cluster._process
    cluster._process.send_signal(signal.SIGKILL)
    cluster._process.wait()
    # Its number now belongs to another program: ours, alive.
    lock = cluster.data / "postmaster.pid"
    lock.write_text(f"{os.getpid()}\n" + lock.read_text().split("\n", 1)[1])
    again = Cluster(place, options=FAST)
    again.start()
    assert _value(again) == (42,)
    again.stop()
    assert not lock.exists()


def test_a_server_left_running_is_taken_over(place: Path) -> None:
    left = Cluster(place, options=FAST)
    left.start()
    again = Cluster(place, options=FAST)
    again.start()
    assert _value(again) == (42,)
    again.stop()


@needs_root
def test_only_root_and_our_own_accounts_get_in(folder: Path, place: Path) -> None:
    cluster = Cluster(place, options=FAST)
    cluster.start()
    place.chmod(0o755)
    cluster.socket.chmod(0o777)
    (cluster.socket / f".s.PGSQL.{cluster.port}").chmod(0o777)
    psql = copy_programs(cluster.programs, folder / "programs").folder / "psql"
    refused = subprocess.run(
        [str(psql), "-c", "SELECT 1", cluster.url("postgres")],
        user="nobody", group="nogroup", extra_groups=[], capture_output=True, text=True, check=False, cwd="/",
    )  # fmt: skip
    cluster.stop()
    assert refused.returncode != 0 and "Peer authentication failed" in refused.stderr


def test_a_folder_too_deep_for_sockets_uses_loopback_and_a_password(folder: Path, template: Path) -> None:
    deep = folder / ("d" * 90)
    deep.mkdir()
    subprocess.run(["cp", "-a", str(template), str(deep / "postgres")], check=True)
    cluster = Cluster(deep / "postgres", options=FAST)
    cluster.start()
    url = cluster.url("postgres")
    assert not cluster.uses_socket and "@127.0.0.1:" in url
    assert _value(cluster) == (42,)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url.replace("pli:", "pli:x"), connect_timeout=5)
    cluster.stop()


def test_another_major_version_is_named_and_left_alone(folder: Path) -> None:
    data = folder / "postgres" / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("12\n")
    with pytest.raises(OtherPostgresVersion) as refused:
        Cluster(folder / "postgres").prepare()
    assert "postgresql-12" in refused.value.remedy % refused.value.details
    assert [path.name for path in data.iterdir()] == ["PG_VERSION"]


def test_a_full_disk_is_said_before_anything_is_made(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "free_megabytes", lambda path: 3)
    with pytest.raises(DiskFull):
        Cluster(folder / "postgres").prepare()
    monkeypatch.setattr(home, "free_megabytes", lambda path: 3)
    with pytest.raises(DiskFull):
        home.make_home(folder / "home")


def test_what_postgres_says_of_a_full_disk_is_understood(folder: Path) -> None:
    cluster = Cluster(folder / "postgres")
    assert isinstance(cluster._explain("FATAL:  could not write lock file: No space left on device"), DiskFull)
    found = cluster._explain("x\nFATAL:  something else\nHINT: y")
    assert isinstance(found, DatabaseFailed) and found.details["reason"] == "FATAL:  something else"


@needs_root
def test_a_closed_folder_above_is_named_and_not_opened(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(HomeOutOfReach) as refused:
        Cluster(closed / "home" / "postgres").prepare()
    assert refused.value.details["folder"] == closed
    assert closed.stat().st_mode & 0o777 == 0o700


@needs_root
def test_programs_in_a_closed_checkout_are_copied(folder: Path, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    copy = copy_programs(find_programs(None, folder), closed / "programs")
    monkeypatch.setenv("PLI_POSTGRES_BIN", str(copy.folder))
    cluster = Cluster(place, options=FAST)
    cluster.start()
    assert cluster.programs.folder.is_relative_to(place)
    assert _value(cluster) == (42,)
    cluster.stop()


@needs_root
def test_it_works_for_an_ordinary_user(folder: Path) -> None:
    python = "/usr/bin/python3"
    versions = [
        subprocess.run(
            [p, "-c", "import sys; print(sys.version_info[:2])"], capture_output=True, text=True, check=False
        )
        for p in (python, sys.executable)
    ]
    if versions[0].stdout != versions[1].stdout:
        pytest.skip("no Python outside the environment for the user nobody")
    shutil.copytree(
        Path(postgres.__file__).parent.parent, folder / "lib" / "pli", ignore=shutil.ignore_patterns("vendor*")
    )
    programs = copy_programs(find_programs(None, folder), folder / "programs")
    for path in (folder / "lib").rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    work = folder / "work"
    work.mkdir()
    shutil.chown(work, "nobody")
    code = (
        "from pathlib import Path; from pli.project.postgres import Cluster; import subprocess\n"
        f"c = Cluster(Path('{work}/postgres')); c.start()\n"
        "print(subprocess.run([str(c.programs.folder / 'psql'), '-Atc', 'SELECT current_user', c.url('postgres')],"
        " capture_output=True, text=True)); c.stop()\n"
    )
    done = subprocess.run(
        [python, "-c", code], user="nobody", group="nogroup", extra_groups=[], cwd="/", capture_output=True, text=True,
        env={"PYTHONPATH": str(folder / "lib"), "PLI_POSTGRES_BIN": str(programs.folder), "PATH": os.environ["PATH"]},
        check=False, timeout=60,
    )  # fmt: skip
    assert "stdout='pli\\n'" in done.stdout, done.stdout + done.stderr


def test_a_remembered_port_that_is_taken_is_replaced(folder: Path) -> None:
    import socket

    deep = folder / ("d" * 90)
    (deep / "postgres").mkdir(parents=True)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        (deep / "postgres" / "port").write_text(str(port))
        cluster = Cluster(deep / "postgres")
        cluster._settle_port()
        assert cluster.port != port
    assert free_port() > 1023


def test_the_folder_belongs_to_one_supervisor(tmp_path: Path) -> None:
    home.make_home(tmp_path / "home")
    with home.only_supervisor(tmp_path / "home"):
        assert home.is_supervised(tmp_path / "home")
        began = time.monotonic()
        with pytest.raises(HomeInUse) as refused, home.only_supervisor(tmp_path / "home"):
            pass
        assert refused.value.details["pid"] == str(os.getpid()) and time.monotonic() - began < 1
    assert not home.is_supervised(tmp_path / "home")
