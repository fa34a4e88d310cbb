"""One real PostgreSQL for the whole run, thrown away afterwards; a fresh PLI_HOME."""

from __future__ import annotations

import atexit
import gc
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

# Looking for cycles among the million objects of what is imported cost a fifth of the run: none of them goes away.
gc.disable()

# The run's whole folder stands in memory where at least this is free there, in bytes: the suite writes a tenth of it.
MEMORY = Path("/dev/shm")  # noqa: S108 - mkdtemp makes its own folder in it
ENOUGH = 3 << 30
# Nothing of it outlives the run: no flush to the disk, no log for a standby, hardly a checkpoint.
THROWN_AWAY = (
    "fsync=off", "full_page_writes=off", "synchronous_commit=off", "wal_level=minimal", "max_wal_senders=0",
    "max_wal_size=4GB", "checkpoint_timeout=1h", "shared_buffers=256MB",
)  # fmt: skip


def _spacious_memory() -> str | None:
    """Where files cost no disk: each of the thousands of fsyncs of what the product stores takes milliseconds there."""
    try:
        found = os.statvfs(MEMORY)
    except OSError:
        return None
    fits = found.f_bavail * found.f_frsize >= ENOUGH and not found.f_flag & os.ST_NOEXEC
    return str(MEMORY) if fits and os.access(MEMORY, os.W_OK) else None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _start_database() -> None:
    """Start the run's database before Django reads its settings; xdist workers inherit its address."""
    from pli.project.postgres import Cluster

    folder = Path(tempfile.mkdtemp(prefix="pli-tests-", dir=_spacious_memory()))
    folder.chmod(0o755)
    cluster = Cluster(folder / "postgres", port=_free_port(), options=tuple(f"-c {setting}" for setting in THROWN_AWAY))
    cluster.start()
    home = folder / "home"
    home.mkdir()
    os.environ["PLI_DATABASE_URL"] = cluster.url("postgres")
    os.environ["PLI_HOME"] = str(home)

    def stop() -> None:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(stop)


def _own_home(worker: str) -> None:
    """A folder of its own for each worker of xdist: what one stages or sweeps is no other's."""
    home = Path(os.environ["PLI_HOME"]) / worker
    home.mkdir(exist_ok=True)
    os.environ["PLI_HOME"] = str(home)


if worker := os.environ.get("PYTEST_XDIST_WORKER"):
    _own_home(worker)
elif "PLI_TEST_HOME" not in os.environ:
    _start_database()

# pytest-django reads the settings as soon as it knows their module: so it learns it here, once the database runs.
os.environ["DJANGO_SETTINGS_MODULE"] = "pli.project.settings"


def pytest_configure(config: pytest.Config) -> None:
    """What starts workers has read its settings: they must not find the module in their environment, or pytest-django
    reads theirs before :func:`_own_home`, and they would share one home (and one's full disk would be the other's)."""
    if getattr(config.option, "numprocesses", None):
        os.environ.pop("DJANGO_SETTINGS_MODULE", None)
        # What every worker's database is a copy of is made while they load.
        making = begin_template()
        atexit.register(lambda: (making.kill(), making.wait()))


def pytest_collection_finish() -> None:
    """From here on cycles are looked for again, among what the tests make."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    gc.enable()


import django  # noqa: E402
import pytest  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import TransactionTestCase  # noqa: E402
from django.test.utils import override_settings  # noqa: E402
from django.utils import translation  # noqa: E402

django.setup()


from tests.support.emptying import empty_database  # noqa: E402
from tests.support.keys import give_few_keys  # noqa: E402
from tests.support.queue import run_jobs  # noqa: E402
from tests.support.template import await_template, begin_template  # noqa: E402

__all__ = ["run_jobs"]

TransactionTestCase._fixture_teardown = empty_database


@pytest.fixture(autouse=True)
def _speak_french() -> None:
    """The language a request left behind in this thread is not the next test's."""
    translation.deactivate()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """A worker copies the run's migrated database. Alone, who runs one file migrates: nobody else would copy."""
    if worker:
        connection.settings_dict["TEST"]["TEMPLATE"] = await_template()


@pytest.fixture(autouse=True, scope="session")
def _quick_passwords() -> Iterator[None]:
    """Making people must not cost a second each; tests of how passwords are kept name their own hasher."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture(autouse=True, scope="session")
def _few_seal_keys() -> Iterator[None]:
    """Nor must a seal for each of their hundreds of houses."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pli.trust.authority.make_key", give_few_keys())
        yield


pytest_plugins = ("tests.support.browser",)
