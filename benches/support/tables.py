"""Tables that another database has: a file of SQL instead of every migration."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from pli.project.postgres import ensure_database
from pli.project.postgres_programs import find_programs


def run_program(name: str, *arguments: str) -> None:
    """Run a program of PostgreSQL to its end.

    :raises RuntimeError: what it complained of.
    """
    program = find_programs(None, Path("/")).folder / name
    done = subprocess.run([str(program), *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)


def read_tables(tables: Path, server_url: str, database: str) -> None:
    """Fill the database of that name, made unless it is there, with what ``pg_dump`` wrote as SQL."""
    ensure_database(server_url, database)
    url = re.sub(r"/postgres(?=\?|$)", f"/{database}", server_url)
    options = ("--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", "--output=/dev/null")
    run_program("psql", *options, f"--file={tables}", f"--dbname={url}")
