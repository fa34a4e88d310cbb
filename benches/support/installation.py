"""A whole installation for a bench: a durable PostgreSQL of its own, a fresh PLI_HOME, all gone at the end."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benches.support.tables import read_tables


@contextmanager
def installation(tables: Path | None = None) -> Iterator[Path]:
    """Django set up over an empty database that flushes to the disk as in production; its PLI_HOME is returned.

    ``tables``: a file of SQL that stands for the migrations.
    """
    from pli.project.home import ensure_django_key, make_home
    from pli.project.postgres import Cluster, free_port

    folder = Path(tempfile.mkdtemp(prefix="pli-bench-"))
    folder.chmod(0o755)
    cluster = Cluster(folder / "postgres", port=free_port())
    cluster.start()
    try:
        if tables:
            read_tables(tables, cluster.url("postgres"), "postgres")
        home = folder / "home"
        make_home(home)
        ensure_django_key(home)
        os.environ.update(
            PLI_HOME=str(home), PLI_DATABASE_URL=cluster.url("postgres"), DJANGO_SETTINGS_MODULE="pli.project.settings"
        )
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", interactive=False, verbosity=0)
        yield home
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)
