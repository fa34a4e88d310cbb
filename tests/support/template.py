"""One migrated database for the whole run, which whoever needs one copies: migrating takes ten seconds each time.

``python -m tests.support.template`` makes it, unless it is there. Tests of the first start make none of it.
"""

from __future__ import annotations

import gc
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg
from benches.support.tables import read_tables, run_program
from psycopg import sql

from pli.project.postgres import ROLE, Cluster

NAME = "pli_template"
# Its name until all of it is there.
_HALF = "pli_template_half"
_LOCK = 0x504C4954
_ROOT = Path(__file__).resolve().parents[2]


def begin_template() -> subprocess.Popen[bytes]:
    """Make it in a process of its own, meanwhile."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "pli.project.settings"}
    return subprocess.Popen([sys.executable, "-m", "tests.support.template"], cwd=_ROOT, env=environment)


def await_template() -> str:
    """The template's name, once whole: whoever makes it is waited for, and when nobody does it is made now."""
    with _alone() as server:
        is_there = _exists(server)
    if not is_there:
        made = begin_template().wait()
        assert made == 0, "the template database could not be made"
    return NAME


def write_tables(to: Path) -> Path:
    """The template as a file of SQL, for a server of one's own."""
    run_program("pg_dump", "--no-owner", f"--file={to}", f"--dbname={_url(await_template())}")
    return to


def give_tables(home: Path) -> None:
    """Put the template where an installation's own server looks for its data."""
    cluster = Cluster(home / "postgres", options=("-c fsync=off", "-c full_page_writes=off"))
    cluster.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            read_tables(write_tables(Path(folder) / "tables.sql"), cluster.url("postgres"), ROLE)
    finally:
        cluster.stop()


def _alone() -> psycopg.Connection[tuple[object, ...]]:
    """The run's server, while nobody makes the template."""
    server = psycopg.connect(_url("postgres"), autocommit=True)
    server.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
    return server


def _url(database: str) -> str:
    return re.sub(r"/postgres(?=\?|$)", f"/{database}", os.environ["PLI_DATABASE_URL"])


def _exists(server: psycopg.Connection[tuple[object, ...]]) -> bool:
    return server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone() is not None


def _make() -> None:
    gc.disable()  # as the tests themselves while they load
    with _alone() as server:
        if _exists(server):
            return
        half = sql.Identifier(_HALF)
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(half))
        server.execute(sql.SQL("CREATE DATABASE {}").format(half))
        os.environ["PLI_DATABASE_URL"] = _url(_HALF)
        _migrate()
        server.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(half, sql.Identifier(NAME)))


def _migrate() -> None:
    import django
    from django.core.management import call_command
    from django.db import connections

    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    connections.close_all()


if __name__ == "__main__":
    _make()
