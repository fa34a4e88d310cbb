"""Before anything serves: the database at the program's level, the served files collected under hashed names."""

from __future__ import annotations

import hashlib
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connection

from pli import __version__
from pli.project.collecting import rare_collections
from pli.project.home import write_atomically

# Any fixed number will do; this one is « PLI » in ASCII.
MIGRATION_LOCK = 0x504C49
# Parts of packages that no page uses; these name modules that only exist for bundlers.
NOT_SERVED = ("django_htmx/ext/*",)


def migrate_alone() -> None:
    """Apply the missing migrations while holding an advisory lock: machines that start together wait for one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
        try:
            with rare_collections():
                call_command("migrate", interactive=False, verbosity=1)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [MIGRATION_LOCK])


def _static_key() -> str:
    """Changes when any served file does."""
    total = hashlib.sha256(__version__.encode())
    for finder in get_finders():
        for path, storage in finder.list([]):
            stat = Path(storage.path(path)).stat()
            total.update(f"{path}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
    return total.hexdigest()


def collect_static() -> bool:
    """Copy the served files, compressed and named by their content, unless nothing changed; whether it was done."""
    root = Path(settings.STATIC_ROOT)
    record, key = root / ".key", _static_key()
    if record.exists() and record.read_text() == key and (root / "staticfiles.json").exists():
        return False
    # Files of the version before stay: a page loaded a minute ago still finds its own.
    call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=list(NOT_SERVED))
    write_atomically(record, key, mode=0o644)
    return True
