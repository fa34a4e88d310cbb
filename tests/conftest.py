"""One real PostgreSQL for the whole run, thrown away afterwards; a fresh PLI_HOME."""

from __future__ import annotations

import atexit
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

_made: Path | None = None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _start_database() -> None:
    """Start the run's database before Django reads its settings; xdist workers inherit its address."""
    from pli.project.postgres import Cluster

    folder = Path(tempfile.mkdtemp(prefix="pli-tests-"))
    folder.chmod(0o755)
    cluster = Cluster(folder / "postgres", port=_free_port(), options=("-c fsync=off", "-c full_page_writes=off"))
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


import django  # noqa: E402
import pytest  # noqa: E402
from django.test import TransactionTestCase  # noqa: E402
from django.test.utils import override_settings  # noqa: E402
from django.utils import translation  # noqa: E402

django.setup()


from tests.support.emptying import empty_database  # noqa: E402
from tests.support.queue import run_jobs  # noqa: E402

__all__ = ["run_jobs"]

TransactionTestCase._fixture_teardown = empty_database


@pytest.fixture(autouse=True)
def _speak_french() -> None:
    """The language a request left behind in this thread is not the next test's."""
    translation.deactivate()


@pytest.fixture(autouse=True)
def _quick_passwords() -> Iterator[None]:
    """Making people must not cost a second each; tests of how passwords are kept name their own hasher."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


pytest_plugins = ("tests.support.browser",)
